#include "common/async/clock.h"

#include <boost/asio/this_coro.hpp>

#include "common/async/completion.h"

namespace assist {
namespace {

/// Held by the clock alone (in the timer's callback), so that a clock that drops its timers frees the sleepers.
struct Sleep {
  Completion<> done;
};

}  // namespace

asio::awaitable<void> Clock::SleepUntil(SteadyTime when) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  std::unique_ptr<Timer> timer;
  UniqueFunction<void(Completion<>)> start = [this, when, &executor, &timer](Completion<> done) {
    auto sleep = std::make_shared<Sleep>();
    done.OnCancel([weak = std::weak_ptr<Sleep>(sleep)] {
      const auto alive = weak.lock();
      if (alive && alive->done) alive->done();
    });
    sleep->done = std::move(done);
    timer = CallAt(when, executor, [sleep] {
      if (sleep->done) sleep->done();
    });
  };
  co_await Await<>(std::move(start));
}

asio::awaitable<void> Clock::SleepFor(std::chrono::microseconds duration) { co_await SleepUntil(Steady() + duration); }

}  // namespace assist
