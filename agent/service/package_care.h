// Sees to it that an operation on packages that was ended in the middle (the time-out of its task, a full memory) does
// not stay half done until the next one: looks when the agent starts, after a task has ended, and now and then.
// One executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <utility>

#include "common/async/clock.h"
#include "common/async/event.h"

namespace assist::agent::service {

class PackageCare {
 public:
  /// Port: the machine.
  class Ways {
   public:
    virtual ~Ways() = default;
    /// Work is left, and nobody is at it.
    virtual asio::awaitable<bool> Abandoned() = 0;
    /// Starts what ends it, and does not wait for that.
    virtual void Recover() = 0;
  };
  static constexpr std::chrono::minutes kEvery{10};
  static constexpr std::chrono::seconds kPause{5};  ///< Between two looks, however many tasks end.

  /// Both references outlive this.
  PackageCare(Ways& ways, asio::any_io_executor executor, Clock& clock)
      : ways_(ways), clock_(clock), ended_(std::move(executor)) {}

  void TaskEnded() { ended_.Set(); }
  /// Until it is cancelled. What is still there after a recovery is tried again every kEvery, not after each task: the
  /// database may be damaged, or the server not want to hear of a change.
  asio::awaitable<void> Run() {
    SteadyTime due = clock_.Steady();
    for (bool before = false;;) {
      ended_.Reset();
      const bool timely = clock_.Steady() >= due;
      if (timely) due = clock_.Steady() + kEvery;
      const bool left = co_await ways_.Abandoned();
      if (left && (timely || !before)) ways_.Recover();
      before = left;
      co_await clock_.SleepFor(kPause);
      co_await ended_.WaitUntil(clock_, due);
    }
  }

 private:
  Ways& ways_;
  Clock& clock_;
  Event ended_;
};

}  // namespace assist::agent::service
