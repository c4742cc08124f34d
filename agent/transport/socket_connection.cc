#include "agent/transport/socket_connection.h"

#include <utility>

namespace assist::agent::transport {
namespace {

/// A WebSocket as the link's channel.
class SocketChannel final : public link::Channel {
 public:
  explicit SocketChannel(std::unique_ptr<WebSocket> socket) : socket_(std::move(socket)) {}

  asio::awaitable<Result<std::string>> Receive(SteadyTime deadline) override {
    socket_->SetReceiveDeadline(deadline);
    auto message = co_await socket_->Receive();
    if (!message) co_return Forward(message);
    co_return std::move(message->payload);
  }
  asio::awaitable<Status> SendText(std::string text) override { return socket_->SendText(std::move(text)); }
  asio::awaitable<Status> Ping(std::string payload) override { return socket_->Ping(std::move(payload)); }
  asio::awaitable<Status> Close(std::string why) override {
    return socket_->Close(WebSocketCloseCode::kGoingAway, std::move(why));
  }
  [[nodiscard]] bool open() const override { return socket_->open(); }
  [[nodiscard]] std::uint64_t frames_received() const override { return socket_->frames_received(); }
  [[nodiscard]] bool replaced() const override {
    return socket_->close_code() == static_cast<std::uint16_t>(WebSocketCloseCode::kPolicy);
  }

 private:
  const std::unique_ptr<WebSocket> socket_;
};

class SocketConnection final : public link::Connection {
 public:
  explicit SocketConnection(std::unique_ptr<identity::SignedConnection> connection)
      : connection_(std::move(connection)) {}

  asio::awaitable<Result<link::Response>> Send(link::Request request, SteadyTime deadline) override {
    HttpRequest http;
    http.method = std::move(request.method);
    http.target = std::move(request.target);
    for (auto& [name, value] : request.headers) http.headers.Set(name, std::move(value));
    http.body = std::move(request.body);
    auto answer = co_await connection_->Send(std::move(http), deadline);
    if (!answer) {
      const std::string_view reason = answer.error().reason == kNetClosed ? link::kClosed : answer.error().reason;
      co_return Fail(answer.error().code, std::move(answer.error().detail), reason);
    }
    link::Response response;
    response.status = answer->status;
    response.body = std::move(answer->body);
    co_return response;
  }
  asio::awaitable<Result<std::unique_ptr<link::Channel>>> OpenChannel(std::string target,
                                                                      SteadyTime deadline) override {
    const WebSocket::Options options;
    auto socket = co_await connection_->OpenWebSocket(std::move(target), options, deadline);
    if (!socket) co_return Forward(socket);
    co_return std::make_unique<SocketChannel>(std::move(*socket));
  }
  [[nodiscard]] bool usable() const override { return connection_->usable(); }
  [[nodiscard]] SteadyTime idle_since() const override { return connection_->idle_since(); }

 private:
  const std::unique_ptr<identity::SignedConnection> connection_;
};

}  // namespace

std::unique_ptr<link::Connection> MakeConnection(std::unique_ptr<identity::SignedConnection> connection) {
  return std::make_unique<SocketConnection>(std::move(connection));
}

}  // namespace assist::agent::transport
