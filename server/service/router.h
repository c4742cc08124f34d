// One port serves all: hands each request to the room that owns its path. One object for all shards; any thread.
#pragma once

#include <functional>
#include <string>

#include "common/net/http_server.h"
#include "server/artifacts/stock_archives.h"
#include "server/download/downloads.h"
#include "server/gateway/gateway.h"
#include "server/openapi/open_api.h"

namespace assist::server::service {

class Router final : public HttpHandler {
 public:
  /// What this listener serves; the rest is 404.
  struct Serves {
    bool openapi = true;
    bool agents = true;          ///< /luban/…
    bool metrics = true;         ///< From loopback, or with the token.
    bool downloads = true;       ///< /download/…
    bool stock_archives = true;  ///< /artifacts/stock/…
    bool legacy_agents = false;  ///< Instead of `agents`: those of 2018.
  };
  /// References outlive this. `agents` gets every path below /luban/. `metrics` gives the page and resumes on the
  /// executor of its caller.
  Router(Serves serves, openapi::OpenApi& openapi, gateway::Gateway& agents, download::Downloads& downloads,
         artifacts::StockArchives& stock_archives, std::function<asio::awaitable<std::string>()> metrics,
         Secret<std::string> metrics_token)
      : serves_(serves),
        openapi_(openapi),
        agents_(agents),
        downloads_(downloads),
        stock_archives_(stock_archives),
        metrics_(std::move(metrics)),
        metrics_token_(std::move(metrics_token)) {}

  asio::awaitable<HttpResponse> Handle(ConnectionInfo& connection, HttpRequest& request) override;
  HttpResponse Refuse(const HttpRequest& request, int status, std::string_view why) override;
  asio::awaitable<void> HandleWebSocket(ConnectionInfo& connection, HttpRequest request,
                                        std::unique_ptr<WebSocket> socket) override;

 private:
  [[nodiscard]] bool MaySeeMetrics(const ConnectionInfo& connection, const HttpRequest& request) const;

  const Serves serves_;
  openapi::OpenApi& openapi_;
  gateway::Gateway& agents_;
  download::Downloads& downloads_;
  artifacts::StockArchives& stock_archives_;
  const std::function<asio::awaitable<std::string>()> metrics_;
  const Secret<std::string> metrics_token_;
};

}  // namespace assist::server::service
