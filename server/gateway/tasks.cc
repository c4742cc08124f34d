// Heart-beats, fetches and reports.
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "protocol/wire/heartbeat.h"
#include "protocol/wire/names.h"
#include "protocol/wire/report_codec.h"
#include "protocol/wire/task_codec.h"
#include "server/gateway/gateway_impl.h"
#include "server/gateway/translate.h"

namespace assist::server::gateway {
namespace {

/// A C++ agent of 2020: it has no key, and says nothing of itself.
bool IsCpp(const identity::AgentKey& agent, const HttpRequest& request) {
  return !agent.key && AgentVersion(request.headers.Get(wire::header::kUserAgent)).empty();
}

}  // namespace

asio::awaitable<HttpResponse> Gateway::Impl::Heartbeat(Agent agent, const HttpRequest& request) {
  const wire::Heartbeat heartbeat = wire::ParseHeartbeat(QueryOf(request.target));
  const InstanceId id = agent->instance_id;
  presence_.Beat(id, agent->ours(), heartbeat, AgentVersion(request.headers.Get(wire::header::kUserAgent)));
  SignOfLife(id);
  wire::HeartbeatAnswer answer;
  answer.instance_id = id.str();
  const std::int64_t spread = (wire::kHeartbeatMax - wire::kHeartbeatMin).count();
  answer.next_interval =
      wire::kHeartbeatMin +
      std::chrono::milliseconds(static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(spread) + 1)));
  if (IsCpp(*agent, request)) {  // the one line that fetches when it is told so here; it needs no wake then
    control::FindWorkIn in;
    in.machines.push_back(id);
    auto out = co_await backend_->FindWork(std::move(in));
    answer.new_tasks = out && !out->with_work.empty();
  }
  co_return JsonResponse(200, wire::RenderHeartbeatAnswer(answer));
}

asio::awaitable<HttpResponse> Gateway::Impl::Fetch(Agent agent, const HttpRequest& request) {
  fetches_.fetch_add(1);
  const InstanceId id = agent->instance_id;
  const wire::FetchRequest fetch =
      wire::ParseFetch(QueryOf(request.target), request.headers.Get(wire::header::kAssistDelivery),
                       request.headers.Get(wire::header::kAssistCan));
  wire::TaskList nothing;
  nothing.instance_id = id.str();
  if (presence_.Withhold(id)) {
    log_.Warn("agent.duplicate", {{"instance", id},
                                  {"what",
                                   "two live agents use this identity; they get no work until one of them "
                                   "is registered anew"}});
    records_.Fetching(id);
    records_.FetchAnswered(id, {}, {}, false);
    co_return JsonResponse(200, wire::RenderTaskList(nothing));
  }
  records_.Fetching(id);
  control::FetchTasksIn in;
  in.machine = id;
  in.key_hash = agent->key_hash;
  in.startup = fetch.reason == wire::FetchRequest::Reason::kStartup;
  in.cold_start = fetch.cold_start.value_or(false);
  in.time_zone = fetch.time_zone;
  in.agent_time_ms = ToUnixMillis(fetch.current_time);
  in.woken = presence_.LastWake(id);
  if (agent->ours()) {
    in.highest_delivery = fetch.highest_delivery;
    in.keeps_budgets = fetch.keeps_budgets;
    in.takes_packages = fetch.takes_packages;
    in.takes_releases = fetch.takes_releases;
  }
  if (!agent->key) {  // of the cloud, or a C++ agent of 2020, which says nothing of itself
    in.cpp = IsCpp(*agent, request);
    in.all_schedules = in.cpp && fetch.reason == wire::FetchRequest::Reason::kPeriod;
  }
  auto out = co_await backend_->FetchTasks(std::move(in));
  if (!out) {
    records_.FetchFailed(id);
    log_.Warn("agent.fetch_failed", {{"instance", id}, {"why", out.error().detail}});
    if (out.error().reason == "Machine.Gone") co_return RefusalResponse(403, "InstanceNotFound", "Not registered.");
    co_return RefusalResponse(503, "ServiceUnavailable", "Try again.");
  }
  std::vector<std::string> tasks;
  for (const control::RunEntry& run : out->run) tasks.push_back(run.invocation.str());
  for (const control::FileEntry& file : out->file) tasks.push_back(file.invocation.str());
  std::vector<std::string> stops;
  for (const control::StopEntry& stop : out->stop) stops.push_back(stop.invocation.str());
  records_.FetchAnswered(id, std::move(tasks), std::move(stops), out->more);
  co_return JsonResponse(
      200, wire::RenderTaskList(ToWire(*out, id, std::chrono::milliseconds(options_.output_interval_ms))));
}

/// A report's commit against its deadline. What comes late is dropped: the agent repeats.
struct Gateway::Impl::Race {
  explicit Race(asio::any_io_executor executor) : done(std::move(executor)) {}
  std::optional<Result<control::RecordReportOut>> out;
  Event done;
};

asio::awaitable<void> Gateway::Impl::RunRace(std::shared_ptr<Race> race, control::RecordReportIn in) {
  auto out = co_await backend_->RecordReport(std::move(in));
  race->out.emplace(std::move(out));
  race->done.Set();
}

asio::awaitable<Result<control::RecordReportOut>> Gateway::Impl::Commit(control::RecordReportIn in, bool is_final) {
  const InstanceId id = in.machine;
  const std::string task = in.task.str();
  Part* part = co_await Here();
  if (part->scope.closed()) co_return Fail(Errc::kUnavailable, "the server stops");
  auto race = std::make_shared<Race>(part->executor);
  part->scope.Spawn("report", RunRace(race, std::move(in)));
  const SteadyTime deadline = clock_.Steady() + options_.report_deadline;
  co_await race->done.WaitUntil(clock_, deadline);
  if (!race->out || !*race->out) {
    const std::string why = race->out ? race->out->error().detail : "too slow";
    log_.Warn("agent.report_not_committed", {{"instance", id}, {"task", task}, {"why", why}});
    co_return Fail(Errc::kUnavailable, why);
  }
  records_.Reported(id, task, is_final);
  control::RecordReportOut out = std::move(**race->out);
  co_return out;
}

asio::awaitable<HttpResponse> Gateway::Impl::Report(Agent agent, HttpRequest& request) {
  reports_.fetch_add(1);
  const SystemTime received = clock_.Now();
  const InstanceId id = agent->instance_id;
  const std::string_view path = PathOf(request.target);
  const std::string_view kind = path.substr(wire::path::kTaskPrefix.size());
  const std::string_view told = QueryOf(request.target);
  const std::string query = agent->ours() ? std::string(told) : wire::EscapeFileValue(told);
  auto report =
      wire::ParseReport(kind, query, request.headers.Get(wire::header::kAssistOffset), std::move(request.body));
  if (!report) {
    // Never 400: stock agents take it for success.
    log_.Warn("agent.bad_report", {{"instance", id}, {"why", report.error().detail}});
    co_return RefusalResponse(410, "InvalidReport", report.error().detail);
  }
  const bool is_final = wire::IsFinal(report->kind);
  const std::size_t size = report->body.Reveal().size();
  control::RecordReportIn in = FromWire(std::move(*report), id, agent->ours());
  const bool counted = IsCpp(*agent, request);
  const std::string task = in.task.str();
  in.key_hash = agent->key_hash;
  in.report.received = received;
  in.counted = counted;
  in.whole = counted && is_final && unheard_.Has(id, task);
  auto committed = co_await Commit(std::move(in), is_final);
  if (counted && committed) unheard_.Clear(id, task);
  if (counted && !committed && !is_final) unheard_.Note(id, task);
  if (!committed) co_return RefusalResponse(503, "ServiceUnavailable", "Try again.");
  const control::RecordReportOut& out = *committed;
  if (out.answer == control::RecordReportOut::Answer::kGone) {
    co_return RefusalResponse(410, "TaskNotFound", "There is no such task of this machine.");
  }
  wire::ReportAnswer answer;
  const auto bytes = [](std::int64_t count) { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, count)); };
  if (agent->ours()) {
    answer.next = bytes(out.next);
  } else if (!is_final) {
    answer.running = wire::ReportAnswer::Running{size, bytes(out.accepted), bytes(out.next)};
  }
  co_return JsonResponse(200, wire::RenderReportAnswer(id.str(), answer));
}

}  // namespace assist::server::gateway
