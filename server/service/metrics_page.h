// The page behind /metrics, in Prometheus' text form.
#pragma once

#include <string>
#include <vector>

#include "common/net/http_server.h"
#include "server/gateway/gateway.h"
#include "server/openapi/open_api.h"

namespace assist::server::service {

/// Numbers of the shards' HTTP servers added up, of the gateway and of the API.
[[nodiscard]] std::string MetricsPage(const std::vector<HttpServer::Stats>& http, const gateway::Gateway::Stats& agents,
                                      const openapi::OpenApi::Stats& calls);

}  // namespace assist::server::service
