// Port: time. The real one is common/runtime/system_clock.h, the simulator has its own, tests use ManualClock.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>

#include "common/base/time.h"
#include "common/base/unique_function.h"

namespace assist {

namespace asio = boost::asio;

/// A running timer; destroying it on its executor means that it does not fire any more. It does not own the callback,
/// the clock does: what sleeps often keeps its timer, and would keep itself alive.
class Timer {
 public:
  virtual ~Timer() = default;
};

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall clock, to show and to store. Any thread.
  [[nodiscard]] virtual SystemTime Now() const = 0;
  /// Never jumps, to measure. Any thread.
  [[nodiscard]] virtual SteadyTime Steady() const = 0;
  /// Calls `fire` on `executor` at `when` or soon after; at once (posted) when that is past.
  [[nodiscard]] virtual std::unique_ptr<Timer> CallAt(SteadyTime when, asio::any_io_executor executor,
                                                      UniqueFunction<void()> fire) = 0;

  /// Ends early, without error, when the coroutine is cancelled (which then throws at its next co_await).
  asio::awaitable<void> SleepUntil(SteadyTime when);
  asio::awaitable<void> SleepFor(std::chrono::microseconds duration);
};

}  // namespace assist
