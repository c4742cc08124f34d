#include "agent/task_engine/engine_impl.h"

#include <algorithm>
#include <utility>

#include "agent/journal/file_ids.h"
#include "agent/journal/remembered_ids.h"
#include "agent/task_engine/prepare.h"
#include "agent/task_engine/script.h"
#include "protocol/wire/task_codec.h"

namespace assist::agent::task_engine {
namespace {

constexpr std::string_view kTasksFolder = "tasks";
// A journal write takes this much at a time, so that a long list does not stand twice in memory.
constexpr std::size_t kAcceptBytes = 4 << 20;
// Scripts of this size together are prepared at a time.
constexpr std::size_t kLaunchBytes = 4 << 20;
// An entry of up to this size stays in memory until its task starts; a larger one is read from the journal again.
constexpr std::size_t kSmallEntry = 64 * 1024;

/// The entry as the journal keeps it: a task list with one entry, in the form of the wire.
std::string EntryBytes(const wire::TaskEntry& entry) {
  wire::TaskList list;
  list.instance_id = entry.instance_id;
  list.run.push_back(entry);
  return wire::RenderTaskList(list);
}

/// Of a task that was had and is not live: its end was told, and taken, before it was forgotten.
wire::Report ForgottenReport(const wire::TaskEntry& entry) {
  const Outcome outcome = Interrupted(
      nullptr, "it is over here: its result was given to the server before, or it was stopped before it came");
  wire::Report report;
  report.kind = outcome.kind;
  report.task_id = entry.task_id;
  report.invoke_version = entry.invoke_version;
  report.err_code = outcome.err_code;
  report.err_desc = outcome.err_desc;
  return report;
}

}  // namespace

TaskEngine::Impl::Impl(Options options, asio::any_io_executor executor, Clock& clock, Random& random, disk::Disk& disk,
                       process::ProcessHost& processes, journal::Journal& journal, ReportSink& sink, Log& log)
    : options_(options),
      executor_(executor),
      clock_(clock),
      random_(random),
      disk_(disk),
      processes_(processes),
      journal_(journal),
      sink_(sink),
      log_(log),
      scope_(executor,
             [&log](std::string_view name, std::string_view what) {
               log.Error("task_engine.escaped", {{"from", name}, {"what", what}});
             }),
      budget_(options.max_report_bytes),
      launch_budget_(kLaunchBytes),
      syncs_(scope_, disk),
      nudge_(executor) {}

std::string TaskEngine::Impl::FolderOf(const std::string& id) { return std::string(kTasksFolder) + "/" + id; }

bool TaskEngine::Impl::Parse(const std::string& bytes, wire::TaskEntry& entry) {
  auto list = wire::ParseTaskList(bytes);
  if (!list || list->run.size() != 1) return false;
  entry = std::move(list->run.front());
  return true;
}

TaskFacts TaskEngine::Impl::FactsOf(const wire::TaskEntry& entry) {
  TaskFacts facts;
  facts.invoke_version = entry.invoke_version;
  facts.ours = entry.assist.has_value();
  if (entry.output) facts.output = *entry.output;
  if (!entry.container_id.empty() || !entry.container_name.empty()) {
    facts.container = wire::ContainerRef{entry.container_id, entry.container_name};
  }
  facts.scheduled = !entry.cron.empty();
  return facts;
}

Task& TaskEngine::Impl::Add(std::string id) {
  std::string folder = FolderOf(id);
  auto owned = std::make_unique<Task>(executor_, std::move(id), std::move(folder));
  Task& task = *owned;
  task.ticket = journal::HashTaskId(task.id);
  task.wire_id = task.id;
  if (auto run = journal::ParseRunId(task.id)) {
    task.wire_id = std::move(run->schedule);
    task.occurrence = wire::Occurrence{run->number, {}};
    ++runs_;
  }
  tasks_[task.id] = std::move(owned);
  tickets_[task.ticket] = &task;
  return task;
}

void TaskEngine::Impl::Spawn(Task& task) {
  scope_.Spawn("task.drive", Drive(task));
  scope_.Spawn("task.report", Report(task));
}

asio::awaitable<Status> TaskEngine::Impl::Start() {
  std::string folder(kTasksFolder);
  disk::Access access;
  access.mode = 0711;
  auto made = co_await disk_.CreateFolder(folder, access);
  if (!made) co_return made;
  made = co_await disk_.SyncFolder(disk::ParentOf(folder));
  if (!made) co_return made;
  std::vector<journal::LiveTask> live = journal_.live();
  std::vector<Task*> taken_up;
  for (auto& known : live) {
    if (journal::IsFileId(known.id)) continue;  // files' own
    Task& task = Add(std::move(known.id));
    task.boot_id = std::move(known.boot_id);
    task.stop = known.stop;
    task.accepted = known.at;
    if (known.number > 0) task.occurrence = wire::Occurrence{known.number, known.due};
    task.taken_up = true;
    task.barred = false;
    if (!known.conclusion.empty()) {
      task.outcome = DecodeOutcome(known.conclusion);
      task.journaled = true;
      // Of the mark no more is needed than when it was.
      if (task.outcome->start != SystemTime{}) task.mark = supervisor::StartMark{{}, task.outcome->start, {}};
    }
    taken_up.push_back(&task);
  }
  auto orphans = co_await TakeUpOrphans();
  if (!orphans) co_return orphans;
  for (Task* task : taken_up) Spawn(*task);
  scope_.Spawn("task_engine.watch", Watch());
  log_.Info("task_engine.started", {{"tasks", tasks_.size()}});
  co_return Status();
}

bool TaskEngine::Impl::IsLeftOver(const std::string& name) const {
  if (journal_.Had(name, 0)) return true;
  const auto run = journal::ParseRunId(name);
  if (!run) return false;
  const journal::StandingSchedule* schedule = journal_.schedule(run->schedule);
  if (schedule == nullptr) return journal_.Had(run->schedule, 0);
  return !schedule->state.uncertain && run->number < schedule->state.next_number;
}

asio::awaitable<Status> TaskEngine::Impl::TakeUpOrphans() {
  auto names = co_await disk_.List(std::string(kTasksFolder));
  if (!names) co_return Forward(names);
  for (const auto& name : *names) {
    if (tasks_.contains(name)) continue;
    const std::string folder = FolderOf(name);
    auto held = co_await processes_.LockHeld(folder);
    const auto run = journal::ParseRunId(name);
    const bool safe = IsSafeTaskId(run ? run->schedule : name);
    if (held && *held) {
      if (!safe) continue;
    } else if (!safe || IsLeftOver(name)) {
      // Forgotten already: the agent ended between forgetting and removing.
      auto removed = co_await disk_.RemoveTree(folder);
      if (!removed) log_.Warn("task.folder_stays", {{"task", name}, {"why", removed.error().detail}});
      continue;
    }
    // A folder is only made after its task was journaled: the journal lost it. Nothing is started again; what ran is
    // told.
    log_.Warn("task.orphan", {{"task", name}});
    if (!journal_.Had(name, 0)) {
      std::vector<journal::Acceptance> lost(1);
      lost[0].id = name;
      lost[0].boot_id = journal::kLostBoot;
      auto accepted = co_await journal_.Accept(std::move(lost));
      if (!accepted) co_return accepted;
    }
    Task& task = Add(name);
    task.boot_id = journal::kLostBoot;
    task.taken_up = true;
    task.barred = false;
    Spawn(task);
  }
  co_return Status();
}

asio::awaitable<void> TaskEngine::Impl::Watch() {
  for (;;) {
    co_await processes_.changed().Wait();
    const auto changes = processes_.TakeChanged();
    const auto tell = [this](Task& task) {
      task.last_notice = clock_.Steady();
      task.process_event.Set();
      task.report_event.Set();
    };
    if (changes.any) {
      for (const auto& [id, task] : tasks_) {
        task->look_closely = true;
        tell(*task);
      }
    }
    for (const auto ticket : changes.tickets) {
      const auto found = tickets_.find(ticket);
      if (found != tickets_.end()) tell(*found->second);
    }
  }
}

asio::awaitable<Accepted> TaskEngine::Impl::Accept(std::vector<wire::TaskEntry> run) {
  Accepted result;
  std::size_t next = 0;
  while (next < run.size()) {
    std::vector<journal::Acceptance> group;
    std::vector<wire::TaskEntry> entries;
    std::size_t bytes = 0;
    std::size_t starting = 0;
    for (; next < run.size() && bytes < kAcceptBytes; ++next) {
      wire::TaskEntry& entry = run[next];
      const std::int64_t delivery = entry.assist ? entry.assist->delivery : 0;
      // Schedules are timetable's.
      if (!IsSafeTaskId(entry.task_id) || entry.repeat != wire::Repeat::kOnce) {
        log_.Warn("task.refused", {{"task", entry.task_id}});
        ++result.refused;
        if (entry.repeat == wire::Repeat::kOnce) Refuse(entry);
        continue;
      }
      const bool asked = entry.assist && entry.assist->asked;
      if (asked || tasks_.contains(entry.task_id) || journal_.Had(entry.task_id, delivery) ||
          in_hand_.contains(entry.task_id)) {
        log_.Debug("task.known", {{"task", entry.task_id}, {"delivery", delivery}});
        TellAgain(entry);
        ++result.known;
        continue;
      }
      if (tasks_.size() - runs_ + in_hand_.size() >= options_.max_accepted) {
        ++result.deferred;
        continue;
      }
      journal::Acceptance acceptance;
      acceptance.id = entry.task_id;
      acceptance.delivery = delivery;
      acceptance.entry = EntryBytes(entry);
      acceptance.at = clock_.Now();
      // A task whose turn has come may be started as soon as this is synced; one that waits is told of then.
      if (waiting_.empty() && running_ + starting < options_.max_running) {
        acceptance.boot_id = processes_.boot_id();
        ++starting;
      }
      bytes += acceptance.entry.size();
      in_hand_.insert(entry.task_id);
      group.push_back(std::move(acceptance));
      entries.push_back(std::move(entry));
    }
    if (group.empty()) continue;
    std::vector<std::string> boots;
    std::vector<SystemTime> times;
    for (const auto& acceptance : group) {
      boots.push_back(acceptance.boot_id);
      times.push_back(acceptance.at);
    }
    running_ += starting;  // their slots, so that a list that comes meanwhile cannot take them
    auto accepted = co_await journal_.Accept(std::move(group));
    if (!accepted) {
      running_ -= starting;
      log_.Warn("task.not_accepted", {{"count", entries.size()}, {"why", accepted.error().detail}});
      const bool full = accepted.error().code == Errc::kTooLarge;
      const bool refused = full && co_await RefuseForSpace(entries);
      (refused ? result.refused : result.deferred) += entries.size();
    }
    for (const auto& entry : entries) in_hand_.erase(entry.task_id);
    if (!accepted) continue;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      Task& task = Add(entries[i].task_id);
      task.facts = FactsOf(entries[i]);
      task.boot_id = std::move(boots[i]);
      task.accepted = times[i];
      if (!task.boot_id.empty()) {
        task.has_slot = true;
        if (entries[i].content.Reveal().size() <= kSmallEntry) task.entry = std::move(entries[i]);
      } else {
        waiting_.push_back(&task);
      }
      log_.Info("task.accepted", {{"task", task.id}});
      Spawn(task);
      ++result.fresh;
    }
  }
  co_return result;
}

asio::awaitable<bool> TaskEngine::Impl::RefuseForSpace(const std::vector<wire::TaskEntry>& entries) {
  const Outcome outcome = CouldNotStart("-8", "NoEnoughSpace", "the disk of the agent is full");
  std::vector<journal::Acceptance> group;
  for (const auto& entry : entries) {
    journal::Acceptance acceptance;
    acceptance.id = entry.task_id;
    acceptance.delivery = entry.assist ? entry.assist->delivery : 0;
    wire::TaskEntry kept = entry;
    kept.content = {};  // all but the script is needed to tell its end
    acceptance.entry = EntryBytes(kept);
    group.push_back(std::move(acceptance));
  }
  std::string conclusion = EncodeOutcome(outcome);
  auto noted = co_await journal_.AcceptConcluded(std::move(group), std::move(conclusion));
  if (!noted) co_return false;
  for (const auto& entry : entries) {
    Task& task = Add(entry.task_id);
    task.facts = FactsOf(entry);
    task.journaled = true;
    Outcome end = outcome;
    End(task, std::move(end));
    Spawn(task);
  }
  co_return true;
}

void TaskEngine::Impl::Refuse(const wire::TaskEntry& entry) {
  wire::Report report;
  report.kind = wire::ReportKind::kInvalid;
  report.task_id = entry.task_id;
  report.invoke_version = entry.invoke_version;
  report.param = "TaskIdInvalid";
  report.value = "A task id has letters, digits, hyphens and underscores only";
  scope_.Spawn("task.refuse", SendAlone(std::move(report)));
}

asio::awaitable<void> TaskEngine::Impl::StopTasks(std::vector<wire::TaskEntry> stop) {
  for (const auto& entry : stop) {
    const bool had = journal_.Had(entry.task_id, 0);
    const bool process_only = entry.assist && entry.assist->termination == wire::Termination::kProcess;
    const auto wish = process_only ? journal::StopWish::kProcess : journal::StopWish::kTree;
    auto written = co_await journal_.WishStop(entry.task_id, wish);
    if (!written) {
      log_.Warn("task.stop_deferred", {{"task", entry.task_id}, {"why", written.error().detail}});
      continue;
    }
    const auto found = tasks_.find(entry.task_id);
    if (found != tasks_.end()) {
      Task& task = *found->second;
      if (task.stop != journal::StopWish::kTree) task.stop = wish;
      task.process_event.Set();
      log_.Info("task.stop_asked", {{"task", task.id}});
      continue;
    }
    // Not here, or no longer: a stop always gets an answer.
    if (had && entry.assist) {
      Answer(ForgottenReport(entry));
      continue;
    }
    wire::Report report;
    report.kind = wire::ReportKind::kStopped;
    report.task_id = entry.task_id;
    report.invoke_version = entry.invoke_version;
    report.result = "killed";
    Answer(std::move(report));
  }
}

void TaskEngine::Impl::TellAgain(const wire::TaskEntry& entry) {
  if (!entry.assist || in_hand_.contains(entry.task_id)) return;
  const auto found = tasks_.find(entry.task_id);
  if (found == tasks_.end()) return Answer(ForgottenReport(entry));
  const Task& task = *found->second;
  if (task.outcome || !task.facts) return;  // its end is on its way, or its greeting
  Answer(Blank(task, task.mark ? wire::ReportKind::kRunning : wire::ReportKind::kAccepted));
}

void TaskEngine::Impl::Answer(wire::Report report) {
  if (!answering_.insert(report.task_id).second) return;
  scope_.Spawn("task.answer", SendAnswer(std::move(report)));
}

asio::awaitable<void> TaskEngine::Impl::SendAnswer(wire::Report report) {
  const std::string id = report.task_id;
  co_await SendAlone(std::move(report));
  answering_.erase(id);
}

asio::awaitable<void> TaskEngine::Impl::Verify(std::vector<wire::TaskEntry> test) {
  for (const auto& entry : test) {
    auto checked = co_await CheckEntry(entry, processes_, containers_);
    wire::Report report;
    report.kind = wire::ReportKind::kVerified;
    report.task_id = entry.task_id;
    report.invoke_version = entry.invoke_version;
    if (!checked) {
      const Outcome& outcome = checked.error();
      report.kind = outcome.kind;
      report.param = outcome.param;
      report.value = outcome.value;
      report.err_code = outcome.err_code;
      report.err_desc = outcome.err_desc;
    }
    scope_.Spawn("task.verify", SendAlone(std::move(report)));
  }
}

asio::awaitable<void> TaskEngine::Impl::SendAlone(wire::Report report) {
  // What belongs to no task here is not worth more than this: the server asks again.
  constexpr std::size_t kTries = 20;
  for (std::size_t tries = 0; tries < kTries; ++tries) {
    wire::Report copy = report;
    const ReportOutcome outcome = co_await sink_.Send(std::move(copy));
    if (outcome.delivery != Delivery::kLater) co_return;
    co_await BackOff(tries);
  }
}

asio::awaitable<void> TaskEngine::Impl::BackOff(std::size_t tries) {
  using std::chrono::microseconds;
  const auto longest = std::chrono::duration_cast<microseconds>(options_.retry_max);
  auto wait = std::chrono::duration_cast<microseconds>(options_.retry_min);
  for (std::size_t i = 0; i < tries && wait < longest; ++i) wait *= 2;
  wait = std::min(wait, longest);
  // Between half of it and all of it, so that many agents do not come back together.
  wait = wait / 2 + microseconds(random_.Below(static_cast<std::uint64_t>(wait.count() / 2) + 1));
  co_await nudge_.WaitUntil(clock_, clock_.Steady() + wait);
}

asio::awaitable<void> TaskEngine::Impl::Close() { co_await scope_.Close(); }

Counts TaskEngine::Impl::counts() const noexcept {
  Counts counts;
  for (const auto& [id, task] : tasks_) {
    if (task->outcome) {
      ++counts.reporting;
    } else if (task->has_slot) {
      ++counts.running;
    } else {
      ++counts.waiting;
    }
  }
  return counts;
}

TaskEngine::TaskEngine(Options options, asio::any_io_executor executor, Clock& clock, Random& random, disk::Disk& disk,
                       process::ProcessHost& processes, journal::Journal& journal, ReportSink& sink, Log& log)
    : impl_(std::make_shared<Impl>(options, std::move(executor), clock, random, disk, processes, journal, sink, log)) {}
TaskEngine::~TaskEngine() = default;

void TaskEngine::SetRunBoard(RunBoard& board) { impl_->SetRunBoard(board); }
void TaskEngine::SetContainers(containers::ContainerHost& containers) { impl_->SetContainers(containers); }
asio::awaitable<std::size_t> TaskEngine::AcceptRuns(std::vector<ScheduledRun> runs) {
  co_return co_await impl_->AcceptRuns(std::move(runs));
}
asio::awaitable<Status> TaskEngine::StopRun(std::string schedule, std::int64_t number, journal::StopWish wish) {
  co_return co_await impl_->StopRun(std::move(schedule), number, wish);
}
asio::awaitable<bool> TaskEngine::StillRuns(std::string schedule, std::int64_t number) {
  co_return co_await impl_->StillRuns(std::move(schedule), number);
}
std::vector<LiveRun> TaskEngine::runs() const { return impl_->runs(); }

asio::awaitable<Status> TaskEngine::Start() { co_return co_await impl_->Start(); }
asio::awaitable<Accepted> TaskEngine::Accept(std::vector<wire::TaskEntry> run) {
  co_return co_await impl_->Accept(std::move(run));
}
asio::awaitable<void> TaskEngine::StopTasks(std::vector<wire::TaskEntry> stop) {
  co_await impl_->StopTasks(std::move(stop));
}
asio::awaitable<void> TaskEngine::Verify(std::vector<wire::TaskEntry> test) { co_await impl_->Verify(std::move(test)); }
asio::awaitable<void> TaskEngine::Stop() { co_await impl_->Close(); }
void TaskEngine::Nudge() { impl_->Nudge(); }
std::int64_t TaskEngine::highest_delivery() const noexcept { return impl_->highest_delivery(); }
Counts TaskEngine::counts() const noexcept { return impl_->counts(); }

}  // namespace assist::agent::task_engine
