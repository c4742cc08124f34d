// The page behind /metrics, in Prometheus' text form.
#pragma once

#include <string>
#include <vector>

#include "common/net/http_server.h"
#include "server/gateway/gateway.h"

namespace assist::server::service {

/// Numbers of the shards' HTTP servers added up, and of the gateway.
[[nodiscard]] std::string MetricsPage(const std::vector<HttpServer::Stats>& http,
                                      const gateway::Gateway::Stats& agents);

}  // namespace assist::server::service
