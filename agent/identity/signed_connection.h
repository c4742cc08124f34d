// A connection to the server on which this machine is known: connects with the identity's trust, signs what must be
// signed, and learns the server's time when a request was refused for it. Owned by its user (transport, deregister).
// One executor: that of the coroutine that connected.
//
// Our server over TLS: the first request is signed, bound to the connection; later ones carry the name alone. Plain
// loopback HTTP, and stock servers: every request is signed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "agent/identity/identity.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/net/http_client.h"

namespace assist::agent::identity {

/// The server's clock minus ours, learnt from refusals; shared by all connections of an agent. One executor.
struct ClockSkew {
  std::chrono::milliseconds ahead{0};
};

class SignedConnection {
 public:
  struct Options {
    HttpConnection::Options http;
    std::string user_agent;  ///< `linux_amd64/<version>`
    std::string run_id;      ///< UUID of this run of the agent; sent with each signed request. Empty: not sent.
    std::string client_ip;   ///< Stock only.
    /// False where something between ends TLS (a proxy that decrypts): every request is signed, without the exporter.
    bool bound_to_tls = true;
  };

  /// The references, and `trust`, outlive the connection; `trust` is null for plain HTTP.
  static asio::awaitable<Result<std::unique_ptr<SignedConnection>>> Connect(const Identity& identity,
                                                                            const TlsClientContext* trust, Clock& clock,
                                                                            Random& random, ClockSkew& skew,
                                                                            const Options& options,
                                                                            SteadyTime deadline);
  /// On a connection that is there (tests).
  SignedConnection(std::unique_ptr<HttpConnection> connection, const Identity& identity, Clock& clock, Random& random,
                   ClockSkew& skew, const Options& options);

  /// Sends. A 401 that tells the server's time corrects the skew and the request is signed and sent once more.
  asio::awaitable<Result<HttpResponse>> Send(HttpRequest request, SteadyTime deadline);
  /// Uses the connection up. Best after a Send(), which has settled name and time.
  asio::awaitable<Result<std::unique_ptr<WebSocket>>> OpenWebSocket(std::string target, WebSocket::Options options,
                                                                    SteadyTime deadline);

  [[nodiscard]] bool usable() const noexcept { return connection_->usable(); }
  [[nodiscard]] SteadyTime idle_since() const noexcept { return connection_->idle_since(); }
  void Close() noexcept { connection_->Close(); }

 private:
  Status Prepare(HttpRequest& request);
  [[nodiscard]] bool named_only() const noexcept;

  std::unique_ptr<HttpConnection> connection_;
  const Identity& identity_;
  Clock& clock_;
  Random& random_;
  ClockSkew& skew_;
  const Options options_;
  bool proven_ = false;  // the server has taken a signature on this connection
};

}  // namespace assist::agent::identity
