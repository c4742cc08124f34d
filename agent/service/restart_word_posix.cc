#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

#include "agent/service/restart_word.h"
#include "agent/service/update_files.h"
#include "common/files/files.h"

namespace assist::agent::service {

asio::awaitable<bool> WaitForRestartWord(std::string root, Clock& /*clock*/) {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGUSR2);
  const std::string word = RestartWord(root);
  for (;;) {
    if (Exists(word)) {
      // The next one removes it, too.
      static_cast<void>(RemoveFile(word));
      co_return true;
    }
    auto [error, number] = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return false;
  }
}

bool IsService() { return !Variable("INVOCATION_ID").empty() || !Variable("NOTIFY_SOCKET").empty(); }

}  // namespace assist::agent::service
