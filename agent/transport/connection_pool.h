// Connections for requests beside the WebSocket: at most a few, made when needed, closed after some idle seconds, so
// that an idle agent holds its WebSocket alone. Owned by Transport. One executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "agent/identity/signed_connection.h"
#include "common/async/clock.h"
#include "common/async/event.h"
#include "common/async/scope.h"
#include "common/base/result.h"

namespace assist::agent::transport {

namespace asio = boost::asio;

class ConnectionPool {
 public:
  struct Options {
    std::size_t max_connections = 4;             ///< More requests wait for a free one.
    std::chrono::milliseconds idle_close{5000};  ///< After its last answer.
    std::chrono::milliseconds connect_timeout{30000};
  };
  using Connector =
      std::function<asio::awaitable<Result<std::unique_ptr<identity::SignedConnection>>>(SteadyTime deadline)>;

  /// The scope runs the closer of idle connections; it is closed before this is destroyed.
  ConnectionPool(Options options, Connector connect, Clock& clock, Scope& scope);

  /// Sends on a free connection, or a new one. `repeatable`: when a kept connection turns out to be closed, the request
  /// is sent once more on a new one, though the first may have been carried out.
  asio::awaitable<Result<HttpResponse>> Send(HttpRequest request, std::chrono::milliseconds timeout, bool repeatable);
  /// Takes a connection that was used for something else.
  void Keep(std::unique_ptr<identity::SignedConnection> connection);
  /// Closes the idle ones (after a change of the way to the server).
  void CloseIdle();

  [[nodiscard]] std::size_t idle() const noexcept { return idle_.size(); }
  [[nodiscard]] std::size_t busy() const noexcept { return busy_; }

 private:
  std::unique_ptr<identity::SignedConnection> TakeIdle();
  asio::awaitable<void> CloseIdleOnes();

  const Options options_;
  Connector connect_;
  Clock& clock_;
  Scope& scope_;
  std::vector<std::unique_ptr<identity::SignedConnection>> idle_;  // newest last
  std::size_t busy_ = 0;
  bool closer_runs_ = false;
  Event freed_;
};

}  // namespace assist::agent::transport
