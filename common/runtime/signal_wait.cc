#include "common/runtime/signal_wait.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

namespace assist {

struct StopSignals::Set {
  asio::signal_set signals;
};

StopSignals::StopSignals(const asio::any_io_executor& executor)
    : set_(new Set{asio::signal_set(executor, SIGTERM, SIGINT)}) {
#if defined(SIGBREAK)
  set_->signals.add(SIGBREAK);  // Windows: Ctrl-Break, and a console window that is closed
#endif
}
StopSignals::~StopSignals() = default;

asio::awaitable<int> StopSignals::Next() {
  auto [error, number] = co_await set_->signals.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return error ? 0 : number;
}

asio::awaitable<int> WaitForStopSignal() {
  StopSignals signals(co_await asio::this_coro::executor);
  co_return co_await signals.Next();
}

}  // namespace assist
