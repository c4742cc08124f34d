#include "server/service/metrics_page.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace assist::server::service {
namespace {

prometheus::MetricFamily Family(const char* name, const char* help, prometheus::MetricType type, double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return {name, help, type, {std::move(metric)}};
}

}  // namespace

std::string MetricsPage(const std::vector<HttpServer::Stats>& http, const gateway::Gateway::Stats& agents,
                        const openapi::OpenApi::Stats& calls) {
  HttpServer::Stats all;
  for (const HttpServer::Stats& shard : http) {
    all.accepted += shard.accepted;
    all.requests += shard.requests;
    all.refused += shard.refused;
    all.tls_failures += shard.tls_failures;
    all.plain_on_tls += shard.plain_on_tls;
    all.connections += shard.connections;
    all.websockets += shard.websockets;
  }
  const auto counter = [](const char* name, const char* help, std::uint64_t value) {
    return Family(name, help, prometheus::MetricType::Counter, static_cast<double>(value));
  };
  const auto gauge = [](const char* name, const char* help, std::size_t value) {
    return Family(name, help, prometheus::MetricType::Gauge, static_cast<double>(value));
  };
  const std::vector<prometheus::MetricFamily> families = {
      counter("assist_http_connections_accepted_total", "Connections accepted", all.accepted),
      counter("assist_http_requests_total", "Requests handed to a handler", all.requests),
      counter("assist_http_refused_total", "Requests refused before any handler", all.refused),
      counter("assist_http_tls_failures_total", "TLS handshakes that failed", all.tls_failures),
      counter("assist_http_plain_on_tls_total", "Plain HTTP that came to the TLS port", all.plain_on_tls),
      gauge("assist_http_connections", "Connections open now", all.connections),
      gauge("assist_http_websockets", "Of these, WebSockets", all.websockets),
      gauge("assist_agents_connected", "WebSockets of agents open now", agents.websockets),
      counter("assist_agent_kicks_total", "Wakes sent to agents", agents.kicks),
      counter("assist_agent_fetches_total", "Fetches of agents", agents.fetches),
      counter("assist_agent_reports_total", "Reports of agents", agents.reports),
      counter("assist_agent_refused_total", "Requests of agents whose proof was not accepted", agents.refused),
      counter("assist_api_unauthenticated_total", "API calls whose key or signature was refused",
              static_cast<std::uint64_t>(calls.unauthenticated)),
      counter("assist_audit_unrecorded_total", "Refused API calls that were too many for the audit log",
              static_cast<std::uint64_t>(calls.unrecorded)),
  };
  std::ostringstream page;
  prometheus::TextSerializer().Serialize(page, families);
  return page.str();
}

}  // namespace assist::server::service
