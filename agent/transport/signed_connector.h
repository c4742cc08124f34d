// The link's way to the server in the real world: connections with TLS and signatures, a WebSocket for the wakes. What
// is sent when is decided in agent/link. Owned by agent/service, outlives the Link and its connections. One executor:
// that of the agent.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/identity/identity.h"
#include "agent/identity/signed_connection.h"
#include "agent/link/connector.h"
#include "agent/link/work_sink.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/net/http_client.h"

namespace assist::agent::transport {

namespace asio = boost::asio;

class SignedConnector final : public link::Connector {
 public:
  struct Options {
    std::string agent_version;
    std::string run_id;        ///< UUID of this run of the agent's process.
    bool bound_to_tls = true;  ///< See identity::SignedConnection.
    std::optional<HttpProxy> proxy;
  };
  /// Fails when the identity's server or trust is of no use. The references outlive this object.
  static Result<std::unique_ptr<SignedConnector>> Make(identity::Identity identity, Options options, Clock& clock,
                                                       Random& random, link::FactSource& facts);
  SignedConnector(const SignedConnector&) = delete;
  SignedConnector& operator=(const SignedConnector&) = delete;

  asio::awaitable<Result<std::unique_ptr<link::Connection>>> Connect(SteadyTime deadline) override;
  [[nodiscard]] std::chrono::milliseconds server_ahead() const override { return skew_.ahead; }

 private:
  SignedConnector(identity::Identity identity, std::unique_ptr<TlsClientContext> trust, Options options, Clock& clock,
                  Random& random, link::FactSource& facts);

  const identity::Identity identity_;
  const std::unique_ptr<TlsClientContext> trust_;  // null: plain HTTP
  const Options options_;
  Clock& clock_;
  Random& random_;
  link::FactSource& facts_;
  identity::ClockSkew skew_;
};

}  // namespace assist::agent::transport
