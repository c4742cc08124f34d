#include "sim/run/agent_program.h"

#include "agent/link/link_watch.h"
#include "protocol/wire/names.h"

namespace assist::sim::run {

namespace agent_link = agent::link;
namespace task_engine = agent::task_engine;

namespace {

agent::journal::Options JournalOptions(const AgentNode::Options& node) {
  agent::journal::Options options;
  options.compact_bytes = 4096;  // files are to be written anew in short runs
  options.reserve_bytes = 1024;
  options.remembers = !node.switches.duplicate_check_off;
  if (node.tight) options.remembered_tasks = AgentNode::kTightMemory;
  return options;
}

}  // namespace

task_engine::Options AgentNode::Program::EngineOptions(const Options& options) {
  task_engine::Options engine;
  if (options.tight) {
    engine.max_running = 1;
    engine.max_accepted = 3;
  }
  return engine;
}

AgentNode::Program::Program(const Options& options, std::shared_ptr<world::Process> process,
                            const world::Machine& machine, files::FileSystem& files, process::Supervisors& supervisors,
                            link::Link& network, Recorder& recorder, bool& cold_start)
    : options_(options),
      recorder_(recorder),
      process_(std::move(process)),
      cold_start_(cold_start),
      sink_(process_),
      log_(sink_, LogLevel::kDebug),
      clock_(machine, process_),
      random_(process_->world().seed() * 1'000'003 + process_->id()),
      disk_({.sync_works = !options.switches.agent_sync_off}, files, process_),
      processes_({}, supervisors, process_),
      journal_(JournalOptions(options), process_->main()->executor(), disk_, random_),
      engine_(EngineOptions(options), process_->main()->executor(), clock_, random_, disk_, processes_, journal_, *this,
              log_),
      timetable_(
          {}, process_->main()->executor(), clock_, random_, zones_, [] { return Zone::Utc(); }, processes_.boot_id(),
          journal_, engine_, *this, log_),
      connector_({network, process_, machine, options.instance_id, "run-" + std::to_string(process_->id()),
                  [this](const agent_link::Request& request) { NoteFetch(request); }}),
      link_(LinkOptions(), process_->main()->executor(), clock_, random_, connector_, *this, *this, log_),
      scope_(process_->main()->executor(), [this](std::string_view name, std::string_view what) {
        log_.Error("escaped", {{"where", name}, {"what", what}});
        ASSIST_CHECK(false && "an exception left a coroutine of the agent");
      }) {
  engine_.SetRunBoard(timetable_.board());
  desk_.Connect(engine_, timetable_);
}

void AgentNode::Program::Start() { scope_.Spawn("main", Main()); }

bool AgentNode::Program::idle() const noexcept { return up_ && tasks() == 0 && timetable_.size() == 0; }

std::size_t AgentNode::Program::tasks() const noexcept {
  const auto counts = engine_.counts();
  return counts.waiting + counts.running + counts.reporting;
}

/// As service does it: what cannot be opened ends the process, which is started again after a while.
asio::awaitable<void> AgentNode::Program::Main() {
  auto opened = co_await journal_.Open();
  if (!opened) {
    log_.Error("journal.unreadable", {{"why", opened.error().detail}});
    process_->Doom();
    co_return;
  }
  log_.Info("journal.open", {{"tasks", opened->tasks.size()}, {"torn", opened->torn_bytes}});
  Status started = co_await engine_.Start();
  if (!started) {
    log_.Error("engine.not_started", {{"why", started.error().detail}});
    process_->Doom();
    co_return;
  }
  started = co_await timetable_.Start();
  if (!started) {
    log_.Error("timetable.not_started", {{"why", started.error().detail}});
    process_->Doom();
    co_return;
  }
  up_ = true;
  link_.Start();
  scope_.Spawn("follow", FollowLink());
}

agent_link::Options AgentNode::Program::LinkOptions() {
  agent_link::Options options;
  options.agent_version = "0.1.0";
  options.cold_start = cold_start_;
  options.startup_heard = [this] { cold_start_ = false; };
  return options;
}

agent_link::MachineFacts AgentNode::Program::Facts() {
  agent_link::MachineFacts facts;
  facts.time_zone = "UTC";
  return facts;
}

/// As service does it.
asio::awaitable<void> AgentNode::Program::FollowLink() {
  agent_link::LinkWatch watch;
  for (;;) {
    const agent_link::LinkWatch::News news = watch.See(link_.status());
    if (news.back) desk_.LinkIsBack();
    if (!news.any) co_await link_.StatusChange();
  }
}

void AgentNode::Program::NoteFetch(const agent_link::Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (name == wire::header::kAssistDelivery) recorder_.Add(checker::FetchSent{options_.machine, std::stoll(value)});
  }
}

/// What a list says is for this machine.
void AgentNode::Program::NoteTasks(const wire::TaskList& list) {
  for (const auto* entries : {&list.run, &list.stop}) {
    for (const wire::TaskEntry& entry : *entries) {
      recorder_.Add(checker::TaskGot{checker::TaskOf(entry.task_id, options_.machine)});
    }
  }
}

asio::awaitable<void> AgentNode::Program::Take(wire::TaskList list) {
  NoteTasks(list);
  co_await desk_.Take(std::move(list));
}

asio::awaitable<task_engine::ReportOutcome> AgentNode::Program::Send(wire::Report report) {
  if (report.occurrence && wire::IsFinal(report.kind)) {
    checker::OccurrenceTold told;
    told.schedule = report.task_id;
    told.number = report.occurrence->number;
    told.due = told.last_due = report.occurrence->due;
    told.missed = report.missed.has_value();
    told.ran = report.kind == wire::ReportKind::kFinish;
    if (report.missed) {
      told.count = report.missed->count;
      told.last_due = report.missed->last_due;
      told.unknown = report.missed->reason == wire::MissedReason::kJournalDamaged;
    }
    recorder_.Add(std::move(told));
  }
  checker::ReportSent sent;
  sent.task = checker::TaskOf(report.task_id, options_.machine);
  sent.kind = Name(report.kind);
  sent.final_report = wire::IsFinal(report.kind);
  sent.exit_code = report.exit_code;
  sent.error = report.err_code;
  sent.offset = report.output_offset;
  sent.dropped = static_cast<std::uint64_t>(report.dropped);
  sent.body = report.body.Reveal();
  recorder_.Add(std::move(sent));

  task_engine::ReportOutcome outcome = co_await link_.Send(std::move(report));
  co_return outcome;
}

}  // namespace assist::sim::run
