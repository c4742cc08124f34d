#include "agent/transport/signed_connector.h"

#include <utility>

#include "agent/identity/registration.h"
#include "agent/transport/socket_connection.h"

namespace assist::agent::transport {
Result<std::unique_ptr<SignedConnector>> SignedConnector::Make(identity::Identity identity, Options options,
                                                               Clock& clock, Random& random, link::FactSource& facts) {
  auto url = identity::ServerUrl(identity.server);
  if (!url) return Forward(url);
  auto trust = identity::MakeTrust(identity);
  if (!trust) return Forward(trust);
  return std::unique_ptr<SignedConnector>(
      new SignedConnector(std::move(identity), std::move(*trust), std::move(options), clock, random, facts));
}

SignedConnector::SignedConnector(identity::Identity identity, std::unique_ptr<TlsClientContext> trust, Options options,
                                 Clock& clock, Random& random, link::FactSource& facts)
    : identity_(std::move(identity)),
      trust_(std::move(trust)),
      options_(std::move(options)),
      clock_(clock),
      random_(random),
      facts_(facts) {}

asio::awaitable<Result<std::unique_ptr<link::Connection>>> SignedConnector::Connect(SteadyTime deadline) {
  const link::MachineFacts facts = facts_.Facts();
  identity::SignedConnection::Options options;
  options.http.proxy = options_.proxy;
  options.user_agent = facts.os_type + "_" + facts.arch + "/" + options_.agent_version;
  options.run_id = options_.run_id;
  options.client_ip = facts.client_ip;
  options.bound_to_tls = options_.bound_to_tls;
  auto connection =
      co_await identity::SignedConnection::Connect(identity_, trust_.get(), clock_, random_, skew_, options, deadline);
  if (!connection) {
    std::string why = identity::ExplainConnect(connection.error(), identity_.server, true);
    co_return Fail(connection.error().code, std::move(why), connection.error().reason);
  }
  co_return MakeConnection(std::move(*connection));
}

}  // namespace assist::agent::transport
