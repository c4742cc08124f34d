// The schedules of this machine: accepted, run at their times, missed with a reason, changed, stopped, told
// (README.md here). Owned by agent/service, one per agent. One executor: every method on it.
//
// It goes on without the server, and across restarts of agent and machine: what it knows stands in the journal, and
// every occurrence is accounted for there before anything of it starts. Runs are tasks of task_engine.
// Full: schedules beyond the journal's bound are not accepted; the server offers them again.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/journal/journal.h"
#include "agent/task_engine/task_engine.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/log/log.h"
#include "common/schedule/zone.h"
#include "protocol/wire/task.h"

namespace assist::agent::timetable {

namespace asio = boost::asio;

struct Options {
  std::chrono::milliseconds look_every{20'000};   ///< The clock is looked at so often at least: it may have been set.
  std::chrono::seconds zone_every{60};            ///< At a look, the zone of the machine is asked for so often at most.
  std::chrono::milliseconds retry{500};           ///< After the journal or task_engine had no room.
  std::chrono::milliseconds tell_retry_min{500};  ///< Between tries of a report; doubles up to the most, with jitter.
  std::chrono::milliseconds tell_retry_max{15'000};
  std::size_t senders = 4;  ///< Reports on their way at a time.
};

/// The zone of the machine at this moment, for cron expressions that name none. May read a small file.
using LocalZone = std::function<std::shared_ptr<const Zone>()>;

class Timetable {
 public:
  /// The references outlive this object.
  Timetable(Options options, asio::any_io_executor executor, Clock& clock, Random& random, ZoneSource& zones,
            LocalZone local, std::string boot_id, journal::Journal& journal, task_engine::TaskEngine& engine,
            task_engine::ReportSink& sink, Log& log);
  ~Timetable();
  Timetable(const Timetable&) = delete;
  Timetable& operator=(const Timetable&) = delete;

  /// For TaskEngine::SetRunBoard(), before the engine starts.
  [[nodiscard]] task_engine::RunBoard& board() noexcept;
  /// Once, after the engine was started, before anything else here: takes up the schedules of the journal.
  asio::awaitable<Status> Start();
  /// Entries of a `run` list whose `repeat` is not Once. Returns when what can be accepted is journaled and synced.
  asio::awaitable<task_engine::Accepted> Accept(std::vector<wire::TaskEntry> run);
  /// Entries of a `stop` list for schedules. Returns when the ends are journaled and synced. Those that are not known
  /// here become task_engine's.
  asio::awaitable<void> StopSchedules(std::vector<wire::TaskEntry> stop);
  /// The link to the server is back: reports that wait for their next try are sent now.
  void Nudge();
  /// Ends this object's work. Nothing of this runs after it returns.
  asio::awaitable<void> Stop();

  [[nodiscard]] bool Knows(const std::string& id) const;
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace assist::agent::timetable
