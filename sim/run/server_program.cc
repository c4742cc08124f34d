#include "sim/run/server_program.h"

#include <boost/asio/post.hpp>

#include "protocol/wire/heartbeat.h"
#include "protocol/wire/names.h"
#include "protocol/wire/report_codec.h"
#include "protocol/wire/task_codec.h"
#include "server/control/fetch_tasks.h"
#include "server/control/record_report.h"
#include "server/gateway/translate.h"
#include "sim/run/operator_words.h"

namespace assist::sim::run {

namespace control = server::control;
namespace gateway = server::gateway;
namespace model = server::model;

namespace {

constexpr std::chrono::milliseconds kOutputInterval{1000};

std::string_view PathOf(std::string_view target) { return target.substr(0, target.find('?')); }
std::string_view QueryOf(std::string_view target) {
  const auto at = target.find('?');
  return at == std::string_view::npos ? std::string_view{} : target.substr(at + 1);
}
std::string HeaderOf(const link::Request& request, std::string_view name) {
  const auto found = request.headers.find(std::string(name));
  return found == request.headers.end() ? std::string() : found->second;
}

link::Response Refusal(const Error& error) { return {error.code == Errc::kUnavailable ? 503 : 400, error.detail}; }

}  // namespace

ServerNode::Program::Program(const Options& options, std::shared_ptr<world::Process> process,
                             const world::Machine& machine, files::FileSystem& files, Recorder& recorder)
    : options_(options),
      recorder_(recorder),
      process_(std::move(process)),
      sink_(process_),
      log_(sink_, LogLevel::kDebug),
      clock_(machine, process_),
      random_(process_->world().seed() * 1'000'003 + process_->id()),
      vfs_({.sync_works = !options.switches.store_sync_off}, machine, files, process_),
      writer_({.workers = 1, .slow = [&files] { return files.slow(); }}, process_, "writer"),
      readers_({.workers = 2}, process_, "readers"),
      presence_(clock_, {}),
      scope_(process_->main()->executor(), [this](std::string_view name, std::string_view what) {
        log_.Error("escaped", {{"where", name}, {"what", what}});
        ASSIST_CHECK(false && "an exception left a coroutine of the server");
      }) {}

Status ServerNode::Program::Start() {
  vfs_.OnEffect(options_.before_effect);
  server::store::sqlite::SqliteStore::Options options;
  options.path = "/data/store.db";
  options.vfs = vfs_.name();
  options.readers = 2;
  options.wal_pages = 24;  // checkpoints are to happen in short runs
  auto store = server::store::sqlite::SqliteStore::Open(std::move(options), writer_, readers_);
  if (!store) return Forward(store);
  store_ = std::move(*store);
  runner_.emplace(control::Runner::Parts{*store_, clock_, random_, settings_, presence_, *this, *this});
  scheduler_.emplace(server::scheduler::Scheduler::Options{}, process_->main()->executor(), clock_, *runner_, presence_,
                     log_);
  scheduler_->Start();
  return {};
}

void ServerNode::Program::ServeOn(link::Link& link) {
  link::Link::Server callbacks;
  callbacks.handle = [this](link::Request request, Answer answer) { Handle(std::move(request), std::move(answer)); };
  callbacks.opened = [this](const link::Request& hello, std::shared_ptr<link::Channel> channel) {
    Opened(hello, std::move(channel));
  };
  callbacks.closed = [this](const std::shared_ptr<link::Channel>& channel) { Closed(channel); };
  callbacks.heard = [this](const std::shared_ptr<link::Channel>& channel, const std::string& text) {
    Heard(channel, text);
  };
  link.Serve(process_, std::move(callbacks));
}

void ServerNode::Program::Handle(link::Request request, Answer answer) {
  const auto path = PathOf(request.target);
  presence_.Run(InstanceId(request.from), HeaderOf(request, "run"));
  if (path == wire::path::kHeartbeat) return Beat(request, answer);
  if (path == wire::path::kTaskList) return scope_.Spawn("fetch", Fetch(std::move(request), std::move(answer)));
  if (path.starts_with(wire::path::kTaskPrefix)) {
    return scope_.Spawn("report", Report(std::move(request), std::move(answer)));
  }
  if (path == kRegisterTarget) return scope_.Spawn("register", Register(std::move(request), std::move(answer)));
  if (path == kRunTarget) return scope_.Spawn("run", RunCommand(std::move(request), std::move(answer)));
  if (path == kStopTarget) return scope_.Spawn("stop", Stop(std::move(request), std::move(answer)));
  if (path == kReleaseTarget) return scope_.Spawn("release", Release(std::move(request), std::move(answer)));
  if (path == kDescribeTarget) return scope_.Spawn("describe", Describe(std::move(request), std::move(answer)));
  answer({404, {}});
}

void ServerNode::Program::Beat(const link::Request& request, Answer& answer) {
  const InstanceId id(request.from);
  presence_.Beat(id, true, wire::ParseHeartbeat(QueryOf(request.target)), "0.1.0");
  SignOfLife(id);
  wire::HeartbeatAnswer words;
  words.instance_id = id.str();
  answer({200, wire::RenderHeartbeatAnswer(words)});
}

asio::awaitable<void> ServerNode::Program::Fetch(link::Request request, Answer answer) {
  const InstanceId id(request.from);
  const wire::FetchRequest fetch =
      wire::ParseFetch(QueryOf(request.target), HeaderOf(request, wire::header::kAssistDelivery));
  if (Agent* agent = Find(request.from)) agent->state.OnFetch();
  const bool duplicate = presence_.Of(id).duplicate;
  if (duplicate) recorder_.Add(checker::DuplicateShown{recorder_.MachineOf(request.from)});
  if (presence_.Withhold(id)) {
    if (Agent* agent = Find(request.from)) {
      agent->state.OnFetchAnswered({}, {}, false, clock_.Steady());
      Act(*agent, id, WakeState::Action::kNone);
    }
    wire::TaskList nothing;
    nothing.instance_id = id.str();
    answer({200, wire::RenderTaskList(nothing)});
    co_return;
  }
  control::FetchTasksIn in;
  in.machine = id;
  in.cold_start = fetch.cold_start.value_or(false);
  in.startup = fetch.reason == wire::FetchRequest::Reason::kStartup;
  in.agent_time_ms = ToUnixMillis(fetch.current_time);
  if (!options_.switches.delivery_number_off) in.highest_delivery = fetch.highest_delivery;
  Result<control::FetchTasksOut> out = co_await runner_->Change(control::FetchTasks, std::move(in));
  Agent* const agent = Find(request.from);
  if (!out) {
    if (agent != nullptr) {
      agent->state.OnFetchFailed(clock_.Steady());
      Act(*agent, id, WakeState::Action::kNone);
    }
    answer(Refusal(out.error()));
    co_return;
  }
  std::vector<std::string> tasks;
  for (const control::RunEntry& run : out->run) tasks.push_back(run.invocation.str());
  if (agent != nullptr) {
    std::vector<std::string> stops;
    for (const control::StopEntry& stop : out->stop) stops.push_back(stop.invocation.str());
    agent->state.OnFetchAnswered(tasks, stops, out->more, clock_.Steady());
    Act(*agent, id, WakeState::Action::kNone);
  }
  if (duplicate && !tasks.empty()) recorder_.Add(checker::DuplicateServed{recorder_.MachineOf(request.from)});
  answer({200, wire::RenderTaskList(gateway::ToWire(*out, id, kOutputInterval))});
}

asio::awaitable<void> ServerNode::Program::Report(link::Request request, Answer answer) {
  const InstanceId id(request.from);
  const auto kind = PathOf(request.target).substr(wire::path::kTaskPrefix.size());
  auto report = wire::ParseReport(kind, QueryOf(request.target), HeaderOf(request, wire::header::kAssistOffset),
                                  std::move(request.body));
  if (!report) {
    log_.Error("bad_report", {{"why", report.error().detail}});
    answer({410, {}});
    co_return;
  }
  const std::string task = report->task_id;
  const bool is_final = wire::IsFinal(report->kind);
  control::RecordReportIn in = gateway::FromWire(std::move(*report), id, true);
  if (options_.switches.offset_check_off) in.offset.reset();
  const auto name = checker::TaskOf(task, recorder_.MachineOf(request.from));
  const auto taken = [this, &name, is_final] { recorder_.Add(checker::ReportTaken{name, is_final}); };
  if (options_.switches.acknowledge_first) {
    taken();
    answer({200, wire::RenderReportAnswer(id.str(), {})});
    answer = [](link::Response) {};
  }
  Result<control::RecordReportOut> out = co_await runner_->Change(control::RecordReport, std::move(in));
  if (!out) {
    answer(Refusal(out.error()));
    co_return;
  }
  if (Agent* agent = Find(request.from)) {
    const auto action = agent->state.OnReport(task, is_final, clock_.Steady());
    Act(*agent, id, action);
  }
  if (out->answer == control::RecordReportOut::Answer::kGone) {
    answer({410, {}});
    co_return;
  }
  if (!options_.switches.acknowledge_first) taken();
  wire::ReportAnswer ok;
  ok.next = static_cast<std::uint64_t>(out->next);
  answer({200, wire::RenderReportAnswer(id.str(), ok)});
}

// Wakes: what gateway/agent_records does, for channels of the link.

ServerNode::Program::Agent* ServerNode::Program::Find(const std::string& id) {
  const auto found = agents_.find(InstanceId(id));
  return found == agents_.end() ? nullptr : &found->second;
}

void ServerNode::Program::Opened(const link::Request& hello, std::shared_ptr<link::Channel> channel) {
  const InstanceId id(hello.from);
  presence_.Run(id, HeaderOf(hello, "run"));
  presence_.Opened(id);
  const WakeState fresh({}, true);
  Agent& agent = agents_.try_emplace(id, Agent{fresh, nullptr, nullptr}).first->second;
  if (agent.channel != nullptr) agent.channel->Close();
  agent.channel = std::move(channel);
  Act(agent, id, agent.state.OnConnected(clock_.Steady()));
}

void ServerNode::Program::Closed(const std::shared_ptr<link::Channel>& channel) {
  presence_.Closed(InstanceId(channel->from()));
  std::erase_if(agents_, [&channel](const auto& entry) { return entry.second.channel == channel; });
}

void ServerNode::Program::Heard(const std::shared_ptr<link::Channel>& channel, const std::string& text) {
  const InstanceId id(channel->from());
  if (Agent* agent = Find(id.str())) agent->state.OnHeard(clock_.Steady());
  if (text != "ping") return;
  channel->Push("pong");
  SignOfLife(id);
}

void ServerNode::Program::SignOfLife(const InstanceId& id) {
  presence_.Ping(id);
  if (presence_.TakeReleased(id)) Wake(std::span(&id, 1));
}

void ServerNode::Program::Act(Agent& agent, const InstanceId& id, WakeState::Action action) {
  if (action == WakeState::Action::kClose) {
    agent.channel->Close();
  } else if (action != WakeState::Action::kNone) {
    agent.channel->Push("kick_vm");
  }
  agent.timer.reset();
  const auto next = agent.state.next();
  if (!next) return;
  agent.timer = clock_.CallAt(*next, process_->main()->executor(), [this, id] {
    Agent* const again = Find(id.str());
    if (again != nullptr) Act(*again, id, again->state.OnTimer(clock_.Steady()));
  });
}

void ServerNode::Program::Wake(std::span<const InstanceId> agents) {
  std::vector<InstanceId> ids(agents.begin(), agents.end());
  asio::post(process_->main()->executor(), [this, ids = std::move(ids)] {
    for (const InstanceId& id : ids) {
      if (Agent* agent = Find(id.str())) Act(*agent, id, agent->state.OnWake(clock_.Steady()));
    }
  });
}

void ServerNode::Program::Note(const control::OperatorNote& note) {
  recorder_.Add(checker::LossNoted{std::string(note.event)});
  log_.Warn("operator_note", {{"event", note.event}, {"text", note.text}});
}

}  // namespace assist::sim::run
