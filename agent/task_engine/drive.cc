// One task and its process: from its turn in the line to its end. See engine_impl.h.
#include <algorithm>
#include <utility>

#include "agent/supervisor/spec.h"
#include "agent/task_engine/engine_impl.h"
#include "agent/task_engine/prepare.h"

namespace assist::agent::task_engine {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStopRetry{50};
constexpr milliseconds kStartRetry{200};

process::StopMode ModeOf(journal::StopWish wish) {
  return wish == journal::StopWish::kProcess ? process::StopMode::kProcess : process::StopMode::kTree;
}

/// What a script costs while it is written: as it came, decoded, and on its way to the disk.
std::size_t LaunchCost(const wire::TaskEntry& entry) { return 3 * entry.content.Reveal().size() + 4096; }

}  // namespace

asio::awaitable<Standing> TaskEngine::Impl::Look(std::string id, std::string boot_id, bool closely,
                                                 supervisor::Head& head) {
  const std::string folder = FolderOf(id);
  bool lock_held = true;
  if (closely) {
    // The lock first: when nobody holds it, what is read after that is the last word.
    auto held = co_await processes_.LockHeld(folder);
    if (!held) {
      log_.Warn("task.lock_unreadable", {{"task", id}, {"why", held.error().detail}});
      co_return Standing::kRunning;
    }
    lock_held = *held;
  }
  auto bytes = co_await disk_.Read(folder + "/" + std::string(supervisor::kSpoolFile), 0, supervisor::kHeadBytes);
  if (bytes) {
    head = supervisor::DecodeHead(*bytes);
  } else if (bytes.error().code != Errc::kNotFound) {
    log_.Warn("task.spool_unreadable", {{"task", id}, {"why", bytes.error().detail}});
    co_return Standing::kRunning;
  }
  co_return Judge(boot_id, processes_.boot_id(), lock_held, head);
}

asio::awaitable<void> TaskEngine::Impl::WaitForProcess(Task& task, milliseconds at_most) {
  if (!task.process_event.is_set()) {
    // A supervisor that ends as it should tells so; one that was killed is missed by and by.
    const bool told = co_await task.process_event.WaitUntil(clock_, clock_.Steady() + at_most);
    if (!told) task.look_closely = true;
  }
  task.process_event.Reset();
}

asio::awaitable<void> TaskEngine::Impl::TakeSlot(Task& task) {
  if (task.has_slot) co_return;
  if (std::find(waiting_.begin(), waiting_.end(), &task) == waiting_.end()) waiting_.push_back(&task);
  while (task.stop == journal::StopWish::kNone) {
    if (waiting_.front() == &task && running_ < options_.max_running) {
      ++running_;
      task.has_slot = true;
      break;
    }
    co_await task.process_event.Wait();
    task.process_event.Reset();
  }
  std::erase(waiting_, &task);
  if (!waiting_.empty()) waiting_.front()->process_event.Set();
}

void TaskEngine::Impl::GiveSlotBack(Task& task) {
  std::erase(waiting_, &task);
  if (!std::exchange(task.has_slot, false)) return;
  --running_;
  if (!waiting_.empty()) waiting_.front()->process_event.Set();
}

asio::awaitable<Status> TaskEngine::Impl::Bar(const Task& task) {
  auto removed = co_await disk_.RemoveFile(task.folder + "/" + std::string(supervisor::kSpecFile));
  if (!removed && removed.error().code != Errc::kNotFound) co_return removed;
  co_return Status();
}

asio::awaitable<Status> TaskEngine::Impl::NoteEnd(Task& task, const Outcome& outcome) {
  std::string bytes = EncodeOutcome(outcome);
  auto noted = co_await journal_.Conclude(task.id, std::move(bytes));
  // What the journal does not hold is started by no run of the agent.
  if (!noted && noted.error().code != Errc::kNotFound) co_return noted;
  task.journaled = true;
  co_return Status();
}

asio::awaitable<void> TaskEngine::Impl::Conclude(Task& task, Outcome outcome) {
  task.entry.reset();
  GiveSlotBack(task);
  for (std::size_t tries = 0;; ++tries) {
    auto noted = co_await NoteEnd(task, outcome);
    if (noted) break;
    log_.Warn("task.end_not_noted", {{"task", task.id}, {"why", noted.error().detail}});
    co_await BackOff(tries);
  }
  End(task, std::move(outcome));
}

void TaskEngine::Impl::End(Task& task, Outcome outcome) {
  log_.Info("task.ended", {{"task", task.id},
                           {"how", wire::Name(outcome.kind)},
                           {"exit", outcome.exit_code},
                           {"dropped", outcome.dropped},
                           {"error", outcome.err_code}});
  task.outcome = std::move(outcome);
  task.entry.reset();
  GiveSlotBack(task);
  task.report_event.Set();
  if (board_ != nullptr && task.occurrence) board_->RunEnded(task.wire_id, task.occurrence->number, *task.outcome);
}

asio::awaitable<void> TaskEngine::Impl::Drive(Task& task) {
  std::size_t attempts = 0;
  std::string last_error = "the supervisor ended before it could start the script";
  auto stop_told = journal::StopWish::kNone;
  // Of a task that was accepted just now there is nothing to look at.
  bool look = task.taken_up;
  while (!task.outcome) {
    supervisor::Head head;
    Standing standing = Standing::kNeverStarted;
    if (std::exchange(look, true)) {
      const bool closely = std::exchange(task.look_closely, false);
      standing = co_await Look(task.id, task.boot_id, closely, head);
    }
    if (head.first_output) task.first_output = *head.first_output;
    if (head.start && !task.mark) {
      task.mark = head.start;
      task.report_event.Set();
    }
    if (!task.barred && (standing == Standing::kNeverStarted || standing == Standing::kUnknown) && !head.start) {
      auto barred = co_await Bar(task);
      task.barred = barred.has_value();
      task.look_closely = true;  // who holds the lock now had the spec before; who comes later does nothing
      if (barred) continue;
      log_.Warn("task.not_barred", {{"task", task.id}, {"why", barred.error().detail}});
      co_await WaitForProcess(task, options_.poll);
      continue;
    }
    switch (standing) {
      case Standing::kEnded:
        End(task, Ended(*head.start, *head.exit));
        break;
      case Standing::kUnknown: {
        Outcome outcome =
            Interrupted(head.start ? &*head.start : nullptr, WhyUnknown(task.boot_id, processes_.boot_id(), head));
        co_await Conclude(task, std::move(outcome));
        break;
      }
      case Standing::kRunning: {
        if (!task.has_slot) {
          std::erase(waiting_, &task);
          task.has_slot = true;
          ++running_;
        }
        milliseconds wait = options_.poll;
        if (task.stop != stop_told) {
          const auto wish = task.stop;
          auto asked = co_await processes_.RequestStop(task.folder, ModeOf(wish));
          if (asked) {
            stop_told = wish;
          } else {
            wait = kStopRetry;  // it has not begun to listen, or does not any more
          }
        }
        co_await WaitForProcess(task, wait);
        break;
      }
      case Standing::kNeverStarted: {
        if (task.stop == journal::StopWish::kNone) co_await TakeSlot(task);
        if (task.verdict) {
          co_await Conclude(task, std::move(*task.verdict));
          break;
        }
        if (task.stop != journal::StopWish::kNone) {
          Outcome outcome = StoppedUnstarted();
          co_await Conclude(task, std::move(outcome));
          break;
        }
        if (attempts++ >= options_.start_attempts) {
          Outcome outcome = CouldNotStart("-7", "ExecuteScriptFailed", last_error);
          co_await Conclude(task, std::move(outcome));
          break;
        }
        auto launched = co_await Launch(task);
        task.barred = !task.taken_up;  // the spec stands there again
        if (task.verdict) {
          task.look_closely = true;
        } else if (launched) {
          co_await WaitForProcess(task, options_.poll);
        } else {
          last_error = launched.error().detail;
          task.look_closely = true;
          log_.Warn("task.start_failed", {{"task", task.id}, {"why", last_error}});
          co_await WaitForProcess(task, kStartRetry * static_cast<int>(attempts));
        }
        break;
      }
    }
  }
}

asio::awaitable<Status> TaskEngine::Impl::ReadEntry(Task& task, wire::TaskEntry& entry) {
  if (task.entry) {
    entry = std::move(*task.entry);
    task.entry.reset();
    co_return Status();
  }
  auto bytes = co_await journal_.Entry(task.id);
  if (!bytes) co_return Forward(bytes);
  if (!Parse(*bytes, entry)) co_return Fail(Errc::kInternal, "the journal's entry cannot be read");
  co_return Status();
}

asio::awaitable<Status> TaskEngine::Impl::Launch(Task& task) {
  wire::TaskEntry entry;
  auto read = co_await ReadEntry(task, entry);
  if (!read) co_return Fail(Errc::kUnavailable, "the agent cannot read what it was to do: " + read.error().detail);
  task.facts = FactsOf(entry);
  const std::size_t held = co_await launch_budget_.Take(LaunchCost(entry));
  auto checked = co_await CheckEntry(entry, processes_, containers_);
  if (!checked) {
    launch_budget_.Return(held);
    task.verdict = std::move(checked.error());
    co_return Status();
  }
  Status status;
  if (task.boot_id != processes_.boot_id()) {
    status = co_await journal_.MayStart(task.id, processes_.boot_id());
    if (status) task.boot_id = processes_.boot_id();
  }
  PrepareOptions prepare;
  prepare.output_cap = options_.output_cap;
  prepare.ticket = task.ticket;
  if (status) {
    const supervisor::Spec spec = MakeSpec(entry, *checked, task.folder, prepare, processes_);
    status = co_await WriteTaskFolder(spec, *checked, task.folder, disk_);
    if (!status) {
      const bool full = status.error().code == Errc::kTooLarge;
      task.verdict =
          CouldNotStart(full ? "-8" : "-4", full ? "NoEnoughSpace" : "SaveScriptFileFailed", status.error().detail);
      status = Status();
    }
  }
  launch_budget_.Return(held);
  // A stop that came meanwhile is seen by Drive before anything is started.
  if (!status || task.verdict || task.stop != journal::StopWish::kNone) co_return status;
  status = co_await processes_.StartSupervisor(task.folder);
  if (status) log_.Info("task.started", {{"task", task.id}});
  co_return status;
}

}  // namespace assist::agent::task_engine
