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

std::string Gateway::Impl::BaseFor(const ConnectionInfo& connection, const HttpRequest& request) const {
  if (!options_.stock_url.empty()) return options_.stock_url;
  return BaseOf(request.headers.Get("Host"), connection.secure(), options_.endpoint);
}

asio::awaitable<HttpResponse> Gateway::Impl::ListPlugins(Agent agent, std::string base, const HttpRequest& request) {
  const InstanceId id = agent->instance_id;
  auto question = ParsePluginQuestion(request.body);
  control::ListStockPluginsOut list;
  std::string os;
  if (question) {
    const std::shared_ptr<void> place = look_ups_.Take(id);
    if (place == nullptr) co_return LaterResponse();  // asked three times
    os = question->os;
    auto out = co_await backend_->ListStockPlugins(std::move(*question));
    if (!out) co_return LaterResponse();
    list = std::move(*out);
  } else {
    log_.Warn("agent.bad_plugin_list", {{"instance", id}, {"why", question.error().detail}});
  }
  co_return JsonResponse(200, RenderPluginList(list, os, base, random_.Alphanumeric(20), id));
}

asio::awaitable<HttpResponse> Gateway::Impl::CheckPlugins(Agent agent, const HttpRequest& request) {
  const InstanceId id = agent->instance_id;
  auto question = ParsePluginCheck(request.body);
  if (!question) {
    log_.Warn("agent.bad_plugin_check", {{"instance", id}, {"why", question.error().detail}});
    co_return JsonResponse(200, MinimalAnswer(RouteId::kPluginUpdateCheck, id, {}));
  }
  const std::shared_ptr<void> place = look_ups_.Take(id);
  if (place == nullptr) co_return LaterResponse();
  auto out = co_await backend_->CheckStockPlugins(std::move(*question));
  if (!out) co_return RefusalResponse(503, "ServiceUnavailable", "Try again.");
  co_return JsonResponse(200, RenderPluginCheck(*out, id));
}

asio::awaitable<HttpResponse> Gateway::Impl::CheckUpdate(Agent agent, std::string base, const HttpRequest& request) {
  const InstanceId id = agent->instance_id;
  auto question = agent->ours() ? std::nullopt : ParseUpdateCheck(request.body);
  if (question) {
    question->machine = id;
    auto found = co_await backend_->FindStockUpdate(*question);
    // It is noted that an agent was told before it is told.
    if (found && found->needed) found = co_await backend_->TellStockUpdate(std::move(*question));
    if (found && found->needed) {
      log_.Info("agent.told_to_update", {{"instance", id}, {"version", found->version}});
      co_return JsonResponse(200, RenderUpdate(*found, base, id));
    }
  }
  co_return JsonResponse(200, MinimalAnswer(RouteId::kUpdateCheck, id, {}));
}

}  // namespace assist::server::gateway
