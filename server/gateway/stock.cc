// Plug-ins and updates of stock agents (agent-protocol reference, sections 16 to 18).
#include <utility>

#include "server/gateway/gateway_impl.h"
#include "server/gateway/stock_bodies.h"

namespace assist::server::gateway {

asio::awaitable<HttpResponse> Gateway::Impl::TakePluginStatus(Agent agent, const HttpRequest& request) {
  const InstanceId id = agent->instance_id;
  auto read = ParsePluginReports(request.body);
  if (read) {
    if (read->left_out > 0) log_.Warn("agent.plugins_left_out", {{"instance", id}, {"count", read->left_out}});
    control::RecordPluginStatusIn in;
    in.machine = id;
    in.reports = std::move(read->reports);
    if (!in.reports.empty()) {
      auto out = co_await backend_->RecordPluginStatus(std::move(in));
      // Told again with the next scan or pull.
      if (!out) co_return RefusalResponse(503, "ServiceUnavailable", "Try again.");
      if (out->refused > 0) log_.Warn("agent.plugins_cut", {{"instance", id}, {"refused", out->refused}});
    }
  } else {
    log_.Warn("agent.bad_plugins", {{"instance", id}, {"why", read.error().detail}});
  }
  co_return JsonResponse(200, MinimalAnswer(RouteId::kPluginStatus, id, {}));
}

asio::awaitable<HttpResponse> Gateway::Impl::TakeClientReport(Agent agent, const HttpRequest& request) {
  const InstanceId id = agent->instance_id;
  auto report = ParseUpgradeReport(request.body);
  if (report) {
    log_.Warn("agent.update_failed", {{"instance", id},
                                      {"version", report->version},
                                      {"phase", report->phase},
                                      {"detail", report->detail},
                                      {"message", report->message}});
    control::RecordUpgradeFailureIn in;
    in.machine = id;
    in.report = std::move(*report);
    auto out = co_await backend_->RecordUpgradeFailure(std::move(in));
    if (!out) co_return RefusalResponse(503, "ServiceUnavailable", "Try again.");  // it comes three times more
  }
  co_return JsonResponse(200, MinimalAnswer(RouteId::kClientReport, id, {}));
}

}  // namespace assist::server::gateway
