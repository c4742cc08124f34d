#include "agent/identity/signed_connection.h"

#include <utility>

#include "agent/identity/signer.h"
#include "protocol/wire/names.h"
#include "protocol/wire/query.h"
#include "protocol/wire/signing.h"

namespace assist::agent::identity {
namespace {

/// The server's time in a refusal for time.
std::optional<SystemTime> ServerTime(const HttpResponse& response) {
  if (response.status != 401) return std::nullopt;
  const auto ms = wire::ParseInt(response.headers.Get(wire::header::kAssistTime));
  if (!ms || *ms <= 0) return std::nullopt;
  const SystemTime time = wire::BoundedTime(*ms);
  if (time == SystemTime{}) return std::nullopt;
  return time;
}

}  // namespace

asio::awaitable<Result<std::unique_ptr<SignedConnection>>> SignedConnection::Connect(
    const Identity& identity, const TlsClientContext* trust, Clock& clock, Random& random, ClockSkew& skew,
    const Options& options, SteadyTime deadline) {
  auto url = ServerUrl(identity.server);
  if (!url) co_return Forward(url);
  auto connection = co_await HttpConnection::Connect(url->server, trust, clock, random, options.http, deadline);
  if (!connection) co_return Forward(connection);
  co_return std::make_unique<SignedConnection>(std::move(*connection), identity, clock, random, skew, options);
}

SignedConnection::SignedConnection(std::unique_ptr<HttpConnection> connection, const Identity& identity, Clock& clock,
                                   Random& random, ClockSkew& skew, const Options& options)
    : connection_(std::move(connection)),
      identity_(identity),
      clock_(clock),
      random_(random),
      skew_(skew),
      options_(options) {}

bool SignedConnection::named_only() const noexcept {
  return proven_ && identity_.ours() && options_.bound_to_tls && connection_->secure();
}

Status SignedConnection::Prepare(HttpRequest& request) {
  if (!options_.user_agent.empty()) request.headers.Set(wire::header::kUserAgent, options_.user_agent);
  if (named_only()) {
    AddName(identity_, request);
    return {};
  }
  SigningMoment moment;
  moment.now = clock_.Now() + skew_.ahead;
  moment.uuid = random_.Uuid();
  moment.client_ip = options_.client_ip;
  if (identity_.ours() && options_.bound_to_tls && connection_->secure()) {
    auto exporter = connection_->KeyingMaterial(wire::kExporterLabel, wire::kExporterBytes);
    if (!exporter) return Forward(exporter);
    moment.exporter = std::move(*exporter);
  }
  if (identity_.ours() && !options_.run_id.empty()) request.headers.Set(wire::header::kAssistRun, options_.run_id);
  return Sign(identity_, moment, request);
}

asio::awaitable<Result<HttpResponse>> SignedConnection::Send(HttpRequest request, SteadyTime deadline) {
  const bool by_name = named_only();
  if (auto prepared = Prepare(request); !prepared) co_return Forward(prepared);
  HttpRequest again;
  if (!by_name) again = request;  // may have to be signed once more
  auto response = co_await connection_->Send(std::move(request), deadline);
  if (!response) co_return response;
  const auto time = by_name ? std::nullopt : ServerTime(*response);
  if (!time) {
    if (response->status != 401) proven_ = true;
    co_return response;
  }
  skew_.ahead = std::chrono::duration_cast<std::chrono::milliseconds>(*time - clock_.Now());
  if (!connection_->usable()) co_return response;
  if (auto prepared = Prepare(again); !prepared) co_return Forward(prepared);
  auto second = co_await connection_->Send(std::move(again), deadline);
  if (second && second->status != 401) proven_ = true;
  co_return second;
}

asio::awaitable<Result<std::unique_ptr<WebSocket>>> SignedConnection::OpenWebSocket(std::string target,
                                                                                    WebSocket::Options options,
                                                                                    SteadyTime deadline) {
  HttpRequest request;
  request.target = std::move(target);
  if (auto prepared = Prepare(request); !prepared) co_return Forward(prepared);
  auto socket = co_await connection_->UpgradeToWebSocket(std::move(request), options, deadline);
  co_return socket;
}

}  // namespace assist::agent::identity
