// An agent's WebSocket. Lives on the shard of its connection; others hold it by shared_ptr and post.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "common/async/clock.h"
#include "common/async/scope.h"
#include "common/base/ids.h"
#include "common/net/websocket.h"

namespace assist::server::gateway {

namespace asio = boost::asio;

class AgentSocket : public std::enable_shared_from_this<AgentSocket> {
 public:
  /// `scope`: of the connection's shard; sends run in it.
  AgentSocket(InstanceId agent, bool ours, std::unique_ptr<WebSocket> socket, Scope& scope, Clock& clock)
      : agent_(std::move(agent)), ours_(ours), socket_(std::move(socket)), scope_(scope), clock_(clock) {}

  [[nodiscard]] const InstanceId& agent() const noexcept { return agent_; }
  [[nodiscard]] bool ours() const noexcept { return ours_; }

  /// Any thread.
  void PostKick(bool and_ping);
  void PostClose(WebSocketCloseCode code);

  // On the connection's shard.
  [[nodiscard]] WebSocket& socket() noexcept { return *socket_; }
  /// The peer gets a moment to answer, then Receive() fails.
  void StartClose(WebSocketCloseCode code);

 private:
  // Coroutines keep this object, and with it the WebSocket, alive while they send.
  static asio::awaitable<void> Kick(std::shared_ptr<AgentSocket> self, bool and_ping);
  static asio::awaitable<void> Close(std::shared_ptr<AgentSocket> self, WebSocketCloseCode code);

  const InstanceId agent_;
  const bool ours_;
  const std::unique_ptr<WebSocket> socket_;
  Scope& scope_;
  Clock& clock_;
};

}  // namespace assist::server::gateway
