#include "common/runtime/signal_wait.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

namespace assist {

asio::awaitable<int> WaitForStopSignal() {
  auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGTERM, SIGINT);
  auto [error, number] = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return error ? 0 : number;
}

}  // namespace assist
