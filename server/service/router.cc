#include "server/service/router.h"

#include "common/crypto/hash.h"

namespace assist::server::service {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

std::string_view PathOf(const HttpRequest& request) {
  const std::string_view target = request.target;
  return target.substr(0, target.find('?'));
}

bool IsAgentPath(std::string_view path) { return path.starts_with("/luban/"); }

bool IsDownload(std::string_view path) { return path.starts_with(download::kPath) || path == "/download"; }

}  // namespace

bool Router::MaySeeMetrics(const ConnectionInfo& connection, const HttpRequest& request) const {
  const std::string& token = metrics_token_.Reveal();
  const std::string_view given = request.headers.Get("Authorization");
  return connection.peer().is_loopback || (!token.empty() && ConstantTimeEqual(given, "Bearer " + token));
}

asio::awaitable<HttpResponse> Router::Handle(ConnectionInfo& connection, HttpRequest& request) {
  const std::string_view path = PathOf(request);
  if (path == "/" && serves_.openapi) co_return co_await openapi_.Handle(request, connection.peer().address);
  if (serves_.agents && IsAgentPath(path)) co_return co_await agents_.Handle(connection, request);
  if (serves_.legacy_agents && IsAgentPath(path)) co_return co_await agents_.HandleLegacy(connection, request);
  if (serves_.downloads && IsDownload(path)) co_return co_await downloads_.Handle(request, connection.peer().address);
  if (serves_.stock_archives && path.starts_with(artifacts::kStockPath)) {
    co_return co_await stock_archives_.Handle(request, connection.peer().address);
  }
  if (path == "/healthz") co_return MakeResponse(200, kText, "ok");
  if (path == "/metrics" && serves_.metrics) {
    if (!MaySeeMetrics(connection, request)) {
      co_return MakeResponse(403, kText, "metrics are for this machine, or for the bearer token metrics.token\n");
    }
    std::string page = co_await metrics_();
    co_return MakeResponse(200, "text/plain; version=0.0.4; charset=utf-8", std::move(page));
  }
  co_return MakeResponse(404, kText, "nothing is served here\n");
}

HttpResponse Router::Refuse(const HttpRequest& request, int status, std::string_view why) {
  if (PathOf(request) == "/" && serves_.openapi) return openapi_.RefuseUnread(request, status, why);
  return HttpHandler::Refuse(request, status, why);
}

asio::awaitable<void> Router::HandleWebSocket(ConnectionInfo& connection, HttpRequest request,
                                              std::unique_ptr<WebSocket> socket) {
  if (serves_.agents && IsAgentPath(PathOf(request))) {
    co_await agents_.HandleWebSocket(connection, std::move(request), std::move(socket));
  }
}

}  // namespace assist::server::service
