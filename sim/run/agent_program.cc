#include "sim/run/agent_program.h"

#include "protocol/wire/names.h"
#include "protocol/wire/report_codec.h"
#include "protocol/wire/task_codec.h"

namespace assist::sim::run {

namespace task_engine = agent::task_engine;

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr milliseconds kRequestTimeout{10'000};
constexpr milliseconds kFetchRetry{2000};
constexpr milliseconds kPingInterval{60'000};
constexpr int kTries = 4;  // of one fetch

agent::journal::Options JournalOptions(const AgentNode::Options& node) {
  agent::journal::Options options;
  options.compact_bytes = 4096;  // files are to be written anew in short runs
  options.reserve_bytes = 1024;
  options.remembers = !node.switches.duplicate_check_off;
  if (node.tight) options.remembered_tasks = 2;
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
                            link::Link& link, Recorder& recorder, bool& cold_start)
    : options_(options),
      recorder_(recorder),
      link_(link),
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
      backoff_({}),
      fetch_wanted_(process_->main()->executor()),
      link_closed_(process_->main()->executor()),
      run_("run-" + std::to_string(process_->id())),
      scope_(process_->main()->executor(), [this](std::string_view name, std::string_view what) {
        log_.Error("escaped", {{"where", name}, {"what", what}});
        ASSIST_CHECK(false && "an exception left a coroutine of the agent");
      }) {
  engine_.SetRunBoard(timetable_.board());
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
  scope_.Spawn("link", KeepLinked());
  scope_.Spawn("fetch", KeepFetching());
}

void AgentNode::Program::WantFetch() {
  want_fetch_ = true;
  fetch_wanted_.Pulse();
}

asio::awaitable<void> AgentNode::Program::KeepLinked() {
  for (;;) {
    link_closed_.Reset();
    line_open_ = false;
    link::Link::ChannelClient callbacks;
    callbacks.opened = [this] {
      line_open_ = true;
      backoff_.Reset();
      engine_.Nudge();
      timetable_.Nudge();
      WantFetch();
    };
    callbacks.text = [this](const std::string& text) {
      ++frames_;
      if (text == "pong") return;
      line_.say("accept:" + text);
      WantFetch();
    };
    callbacks.closed = [this] { link_closed_.Set(); };
    line_ = link_.Open(process_, Ask(std::string(wire::path::kNotify)), std::move(callbacks));
    co_await Listen();
    const milliseconds pause = backoff_.Next(random_);
    co_await clock_.SleepFor(pause);
  }
}

/// As transport does it: a connection that is not there in time is given up, and a channel on which not even the pong
/// of a ping comes.
asio::awaitable<void> AgentNode::Program::Listen() {
  co_await link_closed_.WaitUntil(clock_, clock_.Steady() + kRequestTimeout);
  while (!link_closed_.is_set()) {
    const std::uint64_t before = frames_;
    if (line_open_) line_.say("ping");
    const milliseconds patience = line_open_ ? kPingInterval : milliseconds(0);
    co_await link_closed_.WaitUntil(clock_, clock_.Steady() + patience);
    if (link_closed_.is_set()) co_return;
    if (!line_open_ || frames_ == before) line_.close();
    if (!line_open_ || frames_ == before) co_return;
  }
}

link::Request AgentNode::Program::Ask(std::string target) const {
  link::Request request;
  request.from = options_.instance_id;
  request.target = std::move(target);
  request.headers["run"] = run_;
  return request;
}

/// What a list says is for this machine.
void AgentNode::Program::NoteTasks(const wire::TaskList& list) {
  for (const auto* entries : {&list.run, &list.stop}) {
    for (const wire::TaskEntry& entry : *entries) {
      recorder_.Add(checker::TaskGot{checker::TaskOf(entry.task_id, options_.machine)});
    }
  }
}

asio::awaitable<void> AgentNode::Program::KeepFetching() {
  for (;;) {
    while (!want_fetch_) co_await fetch_wanted_.Wait();
    want_fetch_ = false;
    co_await FetchFor(!startup_done_);
  }
}

asio::awaitable<void> AgentNode::Program::FetchFor(bool startup) {
  wire::FetchRequest fetch;
  fetch.reason = startup ? wire::FetchRequest::Reason::kStartup : wire::FetchRequest::Reason::kKickoff;
  if (startup) fetch.cold_start = cold_start_;
  fetch.current_time = clock_.Now();
  if (startup) {
    if (!startup_time_) startup_time_ = fetch.current_time;
    fetch.current_time = *startup_time_;
  }
  fetch.time_zone = "UTC";
  const std::string target = wire::FetchTarget(fetch);
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (attempt > 0) co_await clock_.SleepFor(kFetchRetry);
    auto list = co_await AskOnce(target);
    if (!list) continue;
    if (startup) {
      startup_done_ = true;
      cold_start_ = false;
    }
    NoteTasks(*list);
    std::vector<wire::TaskEntry> run;
    std::vector<wire::TaskEntry> schedules;
    for (auto& entry : list->run) {
      (entry.repeat == wire::Repeat::kOnce ? run : schedules).push_back(std::move(entry));
    }
    std::vector<wire::TaskEntry> stop;
    std::vector<wire::TaskEntry> stop_schedules;
    for (auto& entry : list->stop) {
      (timetable_.Knows(entry.task_id) ? stop_schedules : stop).push_back(std::move(entry));
    }
    if (!run.empty()) {
      const task_engine::Accepted accepted = co_await engine_.Accept(std::move(run));
      log_.Info("fetch.taken", {{"fresh", accepted.fresh}, {"known", accepted.known}, {"deferred", accepted.deferred}});
    }
    if (!schedules.empty()) co_await timetable_.Accept(std::move(schedules));
    if (!stop.empty()) co_await engine_.StopTasks(std::move(stop));
    if (!stop_schedules.empty()) co_await timetable_.StopSchedules(std::move(stop_schedules));
    co_return;
  }
  if (startup) WantFetch();  // it must come through
}

asio::awaitable<Result<wire::TaskList>> AgentNode::Program::AskOnce(std::string target) {
  link::Request request = Ask(std::move(target));
  request.headers[std::string(wire::header::kAssistDelivery)] = std::to_string(engine_.highest_delivery());
  recorder_.Add(checker::FetchSent{options_.machine, engine_.highest_delivery()});
  Result<link::Response> response = co_await link_.Send(process_, std::move(request), kRequestTimeout);
  if (!response) co_return Forward(response);
  if (response->status != 200) co_return Fail(Errc::kUnavailable, "status " + std::to_string(response->status));
  co_return wire::ParseTaskList(response->body);
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

  link::Request request = Ask(wire::ReportTarget(report));
  if (report.output_offset) {
    request.headers[std::string(wire::header::kAssistOffset)] = std::to_string(*report.output_offset);
  }
  request.body = report.body.Reveal();
  Result<link::Response> response = co_await link_.Send(process_, std::move(request), kRequestTimeout);
  task_engine::ReportOutcome outcome;
  if (response && response->status == 200) {
    outcome.delivery = task_engine::Delivery::kDone;
    outcome.next = wire::ParseReportAnswer(response->body).next;
  } else if (response && response->status == 410) {
    outcome.delivery = task_engine::Delivery::kGone;
  }
  co_return outcome;
}

}  // namespace assist::sim::run
