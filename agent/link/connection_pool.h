// Connections for requests beside the channel of wakes: at most a few, made when needed, closed after some idle
// seconds, so that an idle agent holds its channel alone. Owned by Link. One executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "agent/link/connector.h"
#include "common/async/clock.h"
#include "common/async/event.h"
#include "common/async/scope.h"
#include "common/base/result.h"

namespace assist::agent::link {

class ConnectionPool {
 public:
  struct Options {
    std::size_t max_connections = 4;             ///< More requests wait for a free one.
    std::chrono::milliseconds idle_close{5000};  ///< After its last answer.
    std::chrono::milliseconds connect_timeout{30000};
  };

  /// The scope runs the closer of idle connections; it is closed before this is destroyed.
  ConnectionPool(const Options& options, Connector& connector, Clock& clock, Scope& scope);

  /// Sends on a free connection, or a new one. `repeatable`: when a kept connection turns out to be closed, the request
  /// is sent once more on a new one, though the first may have been carried out.
  asio::awaitable<Result<Response>> Send(Request request, std::chrono::milliseconds timeout, bool repeatable);
  /// Takes a connection that was used for something else.
  void Keep(std::unique_ptr<Connection> connection);
  /// Closes the idle ones (after a change of the way to the server).
  void CloseIdle();

  [[nodiscard]] std::size_t idle() const noexcept { return idle_.size(); }
  [[nodiscard]] std::size_t busy() const noexcept { return places_->busy; }

 private:
  struct Places {
    explicit Places(asio::any_io_executor executor) : freed(std::move(executor)) {}
    std::size_t busy = 0;
    Event freed;
  };
  class Place;
  std::unique_ptr<Connection> TakeIdle();
  asio::awaitable<void> CloseIdleOnes();

  const Options options_;
  Connector& connector_;
  Clock& clock_;
  Scope& scope_;
  std::vector<std::unique_ptr<Connection>> idle_;  // newest last
  bool closer_runs_ = false;
  std::shared_ptr<Places> places_;
};

}  // namespace assist::agent::link
