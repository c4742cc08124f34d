// An event that coroutines of one executor wait for. Set() and Reset() on that executor only; stays set until Reset().
// It holds those who wait, and ends them when it is destroyed. So who waits must not keep it alive: a coroutine that
// owns (or shares) its Event is freed when that is set or cancelled, and never when its executor just goes.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <list>
#include <memory>

#include "common/async/clock.h"
#include "common/async/completion.h"

namespace assist {

class Event {
 public:
  explicit Event(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void Set();
  void Reset() noexcept { set_ = false; }
  /// Wakes everyone who waits now, without staying set.
  void Pulse();
  [[nodiscard]] bool is_set() const noexcept { return set_; }

  asio::awaitable<void> Wait();
  /// True when set, false when `deadline` came first (or the coroutine was cancelled).
  asio::awaitable<bool> WaitUntil(Clock& clock, SteadyTime deadline);

 private:
  struct Waiter {
    Completion<bool> done;
    std::unique_ptr<Timer> timer;
  };
  using Waiters = std::list<std::shared_ptr<Waiter>>;
  asio::awaitable<bool> WaitFor(Clock* clock, SteadyTime deadline);
  void Finish(const std::shared_ptr<Waiter>& waiter, bool set);

  asio::any_io_executor executor_;
  bool set_ = false;
  Waiters waiters_;
};

}  // namespace assist
