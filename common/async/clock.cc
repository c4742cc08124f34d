#include "common/async/clock.h"

#include <boost/asio/this_coro.hpp>

#include "common/async/event.h"

namespace assist {

asio::awaitable<void> Clock::SleepUntil(SteadyTime when) {
  Event never(co_await asio::this_coro::executor);
  co_await never.WaitUntil(*this, when);
}

asio::awaitable<void> Clock::SleepFor(std::chrono::microseconds duration) { co_await SleepUntil(Steady() + duration); }

}  // namespace assist
