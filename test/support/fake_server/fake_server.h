// A server for tests of the agent's side: a real HTTP server on a free loopback port, plain or TLS with a CA of its
// own, whose answers the test scripts. It can hold answers, drop connections, kick, and close WebSockets. One thread:
// the executor's; the test runs it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/async/clock.h"
#include "common/async/event.h"
#include "common/async/scope.h"
#include "common/base/random.h"
#include "common/crypto/x509.h"
#include "common/net/http_server.h"

namespace assist::test {

class FakeServer final : public HttpHandler {
 public:
  struct Options {
    bool tls = false;
    std::string name = "localhost";  ///< In the certificate, beside 127.0.0.1.
  };
  /// A request as it came; with its connection's exporter value for our agents' signatures.
  struct Seen {
    HttpRequest request;
    std::uint64_t connection = 0;
    std::string exporter;
    [[nodiscard]] std::string_view path() const;
  };
  struct Socket {
    std::unique_ptr<WebSocket> socket;
    std::vector<std::string> texts;  ///< From the agent.
    int pings = 0;
    bool open = true;
  };

  FakeServer(asio::any_io_executor executor, Clock& clock, Random& random, const Options& options);
  ~FakeServer() override;

  /// The answer to a request that is no WebSocket's; 200 with `{"code":200}` without it.
  std::function<HttpResponse(const HttpRequest&)> answer;
  /// The answer to the handshake of a WebSocket: 101 takes it.
  int socket_status = 101;
  /// While reset, requests wait for it before they are answered.
  Event go_on;
  /// While reset, nothing more is read from WebSockets: a peer that vanished without a word.
  Event listens;

  [[nodiscard]] std::string url() const;
  [[nodiscard]] HostPort address() const;
  [[nodiscard]] const std::string& ca_pem() const noexcept { return ca_.certificate_pem; }
  [[nodiscard]] std::string fingerprint() const;

  [[nodiscard]] const std::vector<Seen>& requests() const noexcept { return requests_; }
  /// Of one path.
  [[nodiscard]] std::vector<Seen> RequestsTo(std::string_view path) const;
  [[nodiscard]] std::size_t connections() const noexcept { return server_->stats().connections; }
  [[nodiscard]] const std::vector<std::shared_ptr<Socket>>& sockets() const noexcept { return sockets_; }
  /// The newest open one; null when there is none.
  [[nodiscard]] Socket* socket() const;
  /// On the newest open one.
  void SendText(std::string text);
  void CloseSocket(WebSocketCloseCode code);
  void AbortSocket();

  asio::awaitable<void> Stop();

  // HttpHandler
  asio::awaitable<HttpResponse> Handle(ConnectionInfo& connection, HttpRequest& request) override;
  asio::awaitable<void> HandleWebSocket(ConnectionInfo& connection, HttpRequest request,
                                        std::unique_ptr<WebSocket> socket) override;

 private:
  static asio::awaitable<void> Send(std::shared_ptr<Socket> socket, std::string text);
  static asio::awaitable<void> Close(std::shared_ptr<Socket> socket, WebSocketCloseCode code);
  [[nodiscard]] std::shared_ptr<Socket> Newest() const;

  Clock& clock_;
  Log log_;
  const Options options_;
  CertificateAndKey ca_;
  std::unique_ptr<TlsServerContext> tls_;
  std::vector<Seen> requests_;
  std::vector<std::shared_ptr<Socket>> sockets_;
  Scope scope_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace assist::test
