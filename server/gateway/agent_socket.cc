#include "server/gateway/agent_socket.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "protocol/wire/kick.h"

namespace assist::server::gateway {
namespace {
constexpr std::chrono::seconds kCloseAnswer{2};
}  // namespace

void AgentSocket::PostKick(bool and_ping) {
  asio::post(scope_.executor(), [self = shared_from_this(), and_ping] {
    if (self->socket_->open()) self->scope_.Spawn("kick", Kick(self, and_ping));
  });
}

void AgentSocket::PostClose(WebSocketCloseCode code) {
  asio::post(scope_.executor(), [self = shared_from_this(), code] { self->StartClose(code); });
}

void AgentSocket::StartClose(WebSocketCloseCode code) { scope_.Spawn("close", Close(shared_from_this(), code)); }

asio::awaitable<void> AgentSocket::Kick(std::shared_ptr<AgentSocket> self, bool and_ping) {
  // The plain kick: every agent of every age knows it, and any fetch is answered with everything.
  std::string text = wire::FormatKick(wire::Kick{});
  auto sent = co_await self->socket_->SendText(std::move(text));
  if (sent && and_ping) sent = co_await self->socket_->Ping("assist");
  if (!sent && sent.error().reason != kNetFull) self->socket_->Abort();
}

asio::awaitable<void> AgentSocket::Close(std::shared_ptr<AgentSocket> self, WebSocketCloseCode code) {
  auto closed = co_await self->socket_->Close(code, "");
  if (!closed) self->socket_->Abort();
  self->socket_->SetReceiveDeadline(self->clock_.Steady() + kCloseAnswer);
}

}  // namespace assist::server::gateway
