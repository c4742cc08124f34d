// What time brings: expired deliveries, silent agents, overdue schedules, invocations that a crash left half written,
// old history, rollouts of agent releases, signs of life to be written down. It decides when; control decides what.
// Owned by service, one per server; one executor for every method. Keeps nothing that must survive: all of it is found
// in the store again. When the store is full or away, a round ends and the next one comes after its period.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "common/async/clock.h"
#include "common/async/scope.h"
#include "common/log/log.h"
#include "server/control/ports.h"
#include "server/control/runner.h"
#include "server/model/rollout.h"

namespace assist::server::scheduler {

namespace asio = boost::asio;

class Scheduler {
 public:
  struct Options {
    std::chrono::milliseconds deliveries{2'000};   ///< Between looks for expired deliveries; how late they may close.
    std::chrono::milliseconds silence{15'000};     ///< Between looks for silent tasks.
    std::chrono::milliseconds overdue{10'000};     ///< Between looks for schedules of which nothing was heard.
    std::chrono::milliseconds unfinished{10'000};  ///< Between looks for half-written invocations; the first at once.
    std::chrono::milliseconds turns{2'000};        ///< Between looks for machines whose turn has come (waves).
    std::chrono::milliseconds rollouts{3'000};     ///< Between looks at rollouts of agent releases.
    std::chrono::milliseconds retention{60'000};   ///< Between looks for what is too old.
    std::chrono::milliseconds breath{20};          ///< Between slices of deleting, so that calls are not held up.
    std::chrono::milliseconds seen{60'000};        ///< Between writings of last-seen times.
  };
  /// References outlive this.
  Scheduler(Options options, asio::any_io_executor executor, Clock& clock, control::Runner& runner,
            control::SeenSource& seen, Log& log);

  void Start();
  /// Ends all rounds, then writes the signs of life that are left. Nothing of this runs after it returns.
  asio::awaitable<void> Stop();

 private:
  asio::awaitable<void> ExpireDeliveries();
  asio::awaitable<void> CloseSilentTasks();
  asio::awaitable<void> MarkOverdue();
  asio::awaitable<void> CompleteInvocations();
  asio::awaitable<void> WakeWaves();
  asio::awaitable<void> StepRollouts();
  asio::awaitable<bool> StepRollout(model::RolloutKey rollout);
  asio::awaitable<void> ForgetOld();
  asio::awaitable<void> WriteSeen();
  asio::awaitable<void> WriteSeenOnce();
  void Failed(std::string_view round, const Error& error);

  const Options options_;
  Clock& clock_;
  control::Runner& runner_;
  control::SeenSource& seen_;
  Log& log_;
  Scope scope_;
};

}  // namespace assist::server::scheduler
