// Runs of schedules: tasks with an id of their own, reported under the schedule's. See engine_impl.h.
#include <algorithm>
#include <utility>

#include "agent/task_engine/engine_impl.h"

namespace assist::agent::task_engine {

asio::awaitable<std::size_t> TaskEngine::Impl::AcceptRuns(std::vector<ScheduledRun> runs) {
  const std::size_t room = options_.max_runs - std::min(options_.max_runs, runs_);
  if (runs.size() > room) {
    log_.Warn("run.deferred", {{"count", runs.size() - room}, {"why", "too many wait for the server"}});
    runs.resize(room);
  }
  if (runs.empty()) co_return 0;
  std::vector<journal::RunAcceptance> group;
  std::size_t starting = 0;
  const SystemTime now = clock_.Now();
  for (const auto& run : runs) {
    journal::RunAcceptance acceptance;
    acceptance.schedule = run.schedule;
    acceptance.version = run.version;
    acceptance.number = run.number;
    acceptance.due = run.due;
    acceptance.seen_boot = run.seen_boot;
    acceptance.at = now;
    if (waiting_.empty() && running_ + starting < options_.max_running) {
      acceptance.boot_id = processes_.boot_id();
      ++starting;
    }
    group.push_back(std::move(acceptance));
  }
  running_ += starting;
  runs_ += runs.size();  // their places, until they are there
  auto accepted = co_await journal_.AcceptRuns(std::move(group));
  runs_ -= runs.size();
  if (!accepted) {
    running_ -= starting;
    if (!waiting_.empty()) waiting_.front()->process_event.Set();
    log_.Warn("run.deferred", {{"count", runs.size()}, {"why", accepted.error().detail}});
    co_return 0;
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    Task& task = Add(journal::RunId(runs[i].schedule, runs[i].number));
    task.occurrence->due = runs[i].due;
    task.accepted = now;
    TaskFacts facts;
    facts.invoke_version = runs[i].version;
    facts.ours = runs[i].ours;
    facts.output = runs[i].output;
    facts.scheduled = runs[i].timed;
    task.facts = facts;
    if (i < starting) {
      task.boot_id = processes_.boot_id();
      task.has_slot = true;
    } else {
      waiting_.push_back(&task);
    }
    log_.Info("run.accepted", {{"task", task.id}});
    Spawn(task);
  }
  co_return runs.size();
}

asio::awaitable<Status> TaskEngine::Impl::StopRun(std::string schedule, std::int64_t number, journal::StopWish wish) {
  const std::string id = journal::RunId(schedule, number);
  auto found = tasks_.find(id);
  if (found == tasks_.end() || found->second->outcome) co_return Status();
  auto written = co_await journal_.WishStop(id, wish);
  if (!written) co_return written;
  found = tasks_.find(id);
  if (found == tasks_.end()) co_return Status();
  Task& task = *found->second;
  if (task.stop != journal::StopWish::kTree) task.stop = wish;
  task.process_event.Set();
  log_.Info("task.stop_asked", {{"task", task.id}});
  co_return Status();
}

bool TaskEngine::Impl::IsOver(const Task& task) const {
  return task.outcome || task.seen_over || (!task.boot_id.empty() && task.boot_id != processes_.boot_id());
}

asio::awaitable<bool> TaskEngine::Impl::StillRuns(std::string schedule, std::int64_t number) {
  const std::string id = journal::RunId(schedule, number);
  auto found = tasks_.find(id);
  if (found == tasks_.end() || IsOver(*found->second)) co_return false;
  supervisor::Head head;
  const Standing standing = co_await Look(id, found->second->boot_id, found->second->taken_up, head);
  found = tasks_.find(id);
  if (found == tasks_.end() || IsOver(*found->second)) co_return false;
  Task& task = *found->second;
  // Without a start mark a supervisor may be on its way.
  task.seen_over = standing == Standing::kEnded || (standing == Standing::kUnknown && head.start);
  if (!task.seen_over) co_return true;
  task.look_closely = true;
  task.process_event.Set();
  co_return false;
}

std::vector<LiveRun> TaskEngine::Impl::runs() const {
  std::vector<LiveRun> runs;
  for (const auto& [id, task] : tasks_) {
    if (!task->occurrence) continue;
    runs.push_back({task->wire_id, task->occurrence->number, IsOver(*task)});
  }
  return runs;
}

}  // namespace assist::agent::task_engine
