// The C++ agents of 2018: their own routes and JSON over plain HTTP. They are known by their address alone, so nobody
// else gets an answer (agent-protocol reference, section 22).
#include "protocol/wire/legacy.h"

#include <utility>

#include "protocol/wire/names.h"

#include "server/gateway/gateway_impl.h"
#include "server/gateway/translate.h"

namespace assist::server::gateway {
namespace {

namespace path = wire::path;
using Which = control::FetchTasksIn::Which;

constexpr std::size_t kMaxBody = std::size_t{1} << 20;  // their output is 8 KB at most

HttpResponse Nothing() { return MakeResponse(404, "text/plain; charset=utf-8", "nothing is served here\n"); }

}  // namespace

asio::awaitable<HttpResponse> Gateway::Impl::HandleLegacy(const ConnectionInfo& connection, HttpRequest& request) {
  auto agent = co_await keys_.FindAt(connection.peer().address);
  if (!agent && agent.error().code != Errc::kNotFound) {
    co_return RefusalResponse(503, "ServiceUnavailable", "Try again.");
  }
  if (!agent || (*agent)->key || (*agent)->deregistered) {
    refused_.fetch_add(1);
    log_.Debug("agent.refused", {{"peer", connection.peer().address}, {"why", "its address is bound to no machine"}});
    co_return Nothing();
  }
  const std::string_view route = PathOf(request.target);
  if (request.method != "POST") co_return Nothing();
  if (request.body.size() > kMaxBody) co_return RefusalResponse(413, "BodyTooLarge", "More is not taken here.");
  const InstanceId id = (*agent)->instance_id;
  if (route == path::kConnectionDetect) co_return MakeResponse(200, "text/plain; charset=utf-8", "ok");
  if (route == path::kLegacyFetch) co_return co_await FetchLegacy(*agent, Which::kRuns);
  if (route == path::kLegacyFetchCanceled) co_return co_await FetchLegacy(*agent, Which::kStops);
  if (route == path::kLegacyFetchPeriods) co_return co_await FetchLegacy(*agent, Which::kSchedules);
  if (route == path::kLegacyStatus) {
    auto report = wire::ParseLegacyStatus(request.body);
    co_return co_await ReportLegacy(*agent, std::move(report));
  }
  if (route == path::kLegacyOutput) {
    auto report = wire::ParseLegacyOutput(request.body);
    co_return co_await ReportLegacy(*agent, std::move(report));
  }
  if (route == path::kUpdateCheck) co_return JsonResponse(200, MinimalAnswer(RouteId::kUpdateCheck, id, ""));
  if (route == path::kLegacySoftware) co_return JsonResponse(200, "[]");
  if (route == path::kLegacyDump) {
    co_return JsonResponse(200, MinimalAnswer(RouteId::kClientReport, id, ""));
  }
  co_return Nothing();
}

asio::awaitable<HttpResponse> Gateway::Impl::FetchLegacy(Agent agent, control::FetchTasksIn::Which which) {
  fetches_.fetch_add(1);
  const InstanceId id = agent->instance_id;
  presence_.Ping(id);
  control::FetchTasksIn in;
  in.machine = id;
  in.key_hash = agent->key_hash;
  in.cpp = true;
  in.which = which;
  in.all_schedules = which == Which::kSchedules;
  auto out = co_await backend_->FetchTasks(std::move(in));
  if (!out) {
    log_.Warn("agent.fetch_failed", {{"instance", id}, {"why", out.error().detail}});
    co_return RefusalResponse(503, "ServiceUnavailable", "Try again.");
  }
  const wire::TaskList list = ToWire(*out, id, std::chrono::milliseconds(options_.output_interval_ms));
  co_return JsonResponse(200, wire::RenderLegacyTasks(which == Which::kStops ? list.stop : list.run));
}

asio::awaitable<HttpResponse> Gateway::Impl::ReportLegacy(Agent agent, Result<wire::Report> report) {
  reports_.fetch_add(1);
  const InstanceId id = agent->instance_id;
  presence_.Ping(id);
  if (!report) {
    log_.Warn("agent.bad_report", {{"instance", id}, {"why", report.error().detail}});
    co_return RefusalResponse(410, "InvalidReport", report.error().detail);
  }
  control::RecordReportIn in = FromWire(std::move(*report), id, false);
  in.key_hash = agent->key_hash;
  in.report.received = clock_.Now();
  in.untimed = true;
  auto out = co_await Commit(std::move(in), true);
  if (!out) co_return RefusalResponse(503, "ServiceUnavailable", "Try again.");
  if (out->answer == control::RecordReportOut::Answer::kGone) {
    co_return RefusalResponse(410, "TaskNotFound", "There is no such task of this machine.");
  }
  co_return JsonResponse(200, wire::RenderOk(id.str()));
}

}  // namespace assist::server::gateway
