#include "sim/run/server_program.h"

#include <boost/asio/post.hpp>

#include "protocol/wire/names.h"
#include "protocol/wire/report_codec.h"
#include "protocol/wire/task_codec.h"
#include "server/control/activations.h"
#include "server/control/describe_invocation_results.h"
#include "server/control/fetch_tasks.h"
#include "server/control/record_report.h"
#include "server/control/register_machine.h"
#include "server/control/start_invocation.h"
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

checker::Shown ToShown(const control::ResultRow& row) {
  const model::TaskProgress& progress = row.task.task.progress;
  checker::Shown shown;
  shown.state = Name(progress.state);
  shown.final_state = IsFinal(progress.state);
  shown.outcome = progress.outcome == model::Outcome::kNone ? std::string_view{} : Name(progress.outcome);
  if (progress.error_code != model::ErrorCode::kNone) {
    shown.reason = std::string(Name(progress.error_code)) + ": " + progress.error_detail;
  }
  shown.exit_code = progress.exit_code;
  if (row.task.output) {
    shown.output = row.task.output->data.Reveal();
    shown.dropped = row.task.output->dropped;
  }
  return shown;
}

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
      writer_({.workers = 1}, process_, "writer"),
      readers_({.workers = 2}, process_, "readers"),
      scope_(process_->main()->executor(), [this](std::string_view name, std::string_view what) {
        log_.Error("escaped", {{"where", name}, {"what", what}});
        ASSIST_CHECK(false && "an exception left a coroutine of the server");
      }) {}

Status ServerNode::Program::Start(link::Link& link) {
  vfs_.OnEffect(options_.before_effect);
  server::store::sqlite::SqliteStore::Options options;
  options.path = "/data/store.db";
  options.vfs = vfs_.name();
  options.readers = 2;
  options.wal_pages = 24;  // checkpoints are to happen in short runs
  auto store = server::store::sqlite::SqliteStore::Open(std::move(options), writer_, readers_);
  if (!store) return Forward(store);
  store_ = std::move(*store);
  runner_.emplace(control::Runner::Parts{*store_, clock_, random_, settings_, *this, *this, *this});
  link::Link::Server callbacks;
  callbacks.handle = [this](link::Request request, Answer answer) { Handle(std::move(request), std::move(answer)); };
  callbacks.opened = [this](const std::string& from, std::shared_ptr<link::Channel> channel) {
    Opened(from, std::move(channel));
  };
  callbacks.closed = [this](const std::shared_ptr<link::Channel>& channel) { Closed(channel); };
  callbacks.heard = [this](const std::shared_ptr<link::Channel>& channel, const std::string&) { Heard(channel); };
  link.Serve(process_, std::move(callbacks));
  return {};
}

void ServerNode::Program::Handle(link::Request request, Answer answer) {
  const auto path = PathOf(request.target);
  if (path == wire::path::kTaskList) return scope_.Spawn("fetch", Fetch(std::move(request), std::move(answer)));
  if (path.starts_with(wire::path::kTaskPrefix)) {
    return scope_.Spawn("report", Report(std::move(request), std::move(answer)));
  }
  if (path == kRegisterTarget) return scope_.Spawn("register", Register(std::move(answer)));
  if (path == kRunTarget) return scope_.Spawn("run", RunCommand(std::move(request), std::move(answer)));
  if (path == kDescribeTarget) return scope_.Spawn("describe", Describe(std::move(request), std::move(answer)));
  answer({404, {}});
}

asio::awaitable<void> ServerNode::Program::Fetch(link::Request request, Answer answer) {
  const InstanceId id(request.from);
  const wire::FetchRequest fetch =
      wire::ParseFetch(QueryOf(request.target), HeaderOf(request, wire::header::kAssistDelivery));
  if (Agent* agent = Find(request.from)) agent->state.OnFetch();
  control::FetchTasksIn in;
  in.machine = id;
  in.startup = fetch.reason == wire::FetchRequest::Reason::kStartup;
  in.agent_time_ms = ToUnixMillis(fetch.current_time);
  in.highest_delivery = fetch.highest_delivery;
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
    agent->state.OnFetchAnswered(tasks, out->more, clock_.Steady());
    Act(*agent, id, WakeState::Action::kNone);
  }
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
  const auto taken = [this, &task, is_final] { recorder_.Add(checker::ReportTaken{task, is_final}); };
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

asio::awaitable<void> ServerNode::Program::Register(Answer answer) {
  control::CreateActivationIn activation;
  activation.instance_count = 1;
  Result<control::CreateActivationOut> made =
      co_await runner_->Change(control::CreateActivation, std::move(activation));
  if (!made) {
    answer(Refusal(made.error()));
    co_return;
  }
  control::RegisterMachineIn in;
  in.activation = made->id;
  in.code = made->code;
  in.machine_id = "machine";
  in.hostname = "machine";
  in.public_key = "a key";
  in.key_type = model::KeyType::kEd25519;
  in.assist_protocol = 1;
  Result<control::RegisterMachineOut> out = co_await runner_->Change(control::RegisterMachine, std::move(in));
  answer(out ? link::Response{200, out->instance.str()} : Refusal(out.error()));
}

asio::awaitable<void> ServerNode::Program::RunCommand(link::Request request, Answer answer) {
  control::StartInvocationIn in;
  control::InlineCommand command;
  command.name = "simulated";
  command.content = Secret<std::string>(request.body);
  in.command = std::move(command);
  in.instances.push_back(InstanceId(HeaderOf(request, "machine")));
  in.client_token.token = HeaderOf(request, "token");
  in.client_token.params_hash = std::string(32, 'h');
  in.client_token.owner = "operator";
  Result<control::StartInvocationOut> out =
      co_await control::StartWholeInvocation(*runner_, std::move(in), control::Origin());
  if (!out) {
    answer(Refusal(out.error()));
    co_return;
  }
  answer({200, out->invocation.str()});
}

asio::awaitable<void> ServerNode::Program::Describe(link::Request request, Answer answer) {
  control::DescribeInvocationResultsIn in;
  in.invocation = InvokeId(HeaderOf(request, "invocation"));
  Result<control::DescribeInvocationResultsOut> out =
      co_await runner_->Read(control::DescribeInvocationResults, std::move(in));
  if (!out) {
    answer(Refusal(out.error()));
    co_return;
  }
  checker::Shown shown;
  shown.missing = true;
  if (!out->items.empty()) shown = ToShown(out->items.front());
  answer({200, EncodeShown(shown)});
}

// Wakes: what gateway/agent_records does, for channels of the link.

ServerNode::Program::Agent* ServerNode::Program::Find(const std::string& id) {
  const auto found = agents_.find(InstanceId(id));
  return found == agents_.end() ? nullptr : &found->second;
}

void ServerNode::Program::Opened(const std::string& from, std::shared_ptr<link::Channel> channel) {
  const InstanceId id(from);
  const WakeState fresh(WakeState::Options{}, true);
  Agent& agent = agents_.try_emplace(id, Agent{fresh, nullptr, nullptr}).first->second;
  if (agent.channel != nullptr) agent.channel->Close();
  agent.channel = std::move(channel);
  Act(agent, id, agent.state.OnConnected(clock_.Steady()));
}

void ServerNode::Program::Closed(const std::shared_ptr<link::Channel>& channel) {
  std::erase_if(agents_, [&channel](const auto& entry) { return entry.second.channel == channel; });
}

void ServerNode::Program::Heard(const std::shared_ptr<link::Channel>& channel) {
  for (auto& [id, agent] : agents_) {
    if (agent.channel == channel) agent.state.OnHeard();
  }
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

control::Presence::State ServerNode::Program::Of(const InstanceId& instance) const {
  State state;
  state.connected = agents_.contains(instance);
  return state;
}

void ServerNode::Program::Note(const control::OperatorNote& note) {
  recorder_.Add(checker::LossNoted{std::string(note.event)});
  log_.Warn("operator_note", {{"event", note.event}, {"text", note.text}});
}

}  // namespace assist::sim::run
