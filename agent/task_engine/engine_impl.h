// The inside of TaskEngine. Two coroutines a task: Drive (drive.cc) sees to its process, Report (report.cc) to the
// server. They meet in Task: Drive sets `outcome`, Report takes it from there. One executor.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/supervisor/spool.h"
#include "agent/task_engine/byte_budget.h"
#include "agent/task_engine/outcome.h"
#include "agent/task_engine/spool_reader.h"
#include "agent/task_engine/sync_group.h"
#include "agent/task_engine/task_engine.h"
#include "common/async/event.h"
#include "common/async/scope.h"

namespace assist::agent::task_engine {

/// What of an entry is needed until the end; the rest is read from the journal when the task starts.
struct TaskFacts {
  std::int64_t invoke_version = 0;
  bool ours = true;  ///< The server speaks our additions.
  wire::OutputSettings output;
  std::optional<wire::ContainerRef> container;
  bool scheduled = false;  ///< A run of a schedule by the clock: stock agents send no output of it before its end.
};

struct Task {
  Task(const asio::any_io_executor& executor, std::string id_, std::string folder_)
      : id(std::move(id_)), folder(std::move(folder_)), process_event(executor), report_event(executor) {}

  const std::string id;  ///< Here, in journal and folder.
  const std::string folder;
  std::string wire_id;                         ///< In reports: the id, or that of the schedule whose run this is.
  std::optional<wire::Occurrence> occurrence;  ///< Of a run.
  std::uint64_t ticket = 0;
  std::string boot_id;  ///< As in the journal.
  journal::StopWish stop = journal::StopWish::kNone;
  std::optional<TaskFacts> facts;        ///< Absent: not read yet, or lost.
  std::optional<wire::TaskEntry> entry;  ///< Only of a fresh task that starts at once.
  bool has_slot = false;
  bool taken_up = false;     ///< Left by an earlier run of the agent.
  bool barred = true;        ///< No supervisor of an earlier run of the agent can start the script any more.
  bool seen_over = false;    ///< Nothing of it goes on, as somebody saw before Drive did.
  bool look_closely = true;  ///< Ask for the lock as well, not only for the exit record.
  SteadyTime last_notice{};
  SystemTime accepted{};      ///< As in the journal; the epoch: not known.
  SystemTime first_output{};  ///< As in the spool; the epoch: none yet, or not known.
  std::optional<supervisor::StartMark> mark;
  std::optional<Outcome> outcome;  ///< Set once, by Drive: nothing runs any more.
  std::optional<Outcome> verdict;  ///< Of Launch: it cannot be started. Concluded when it is sure that nothing runs.
  bool journaled = false;          ///< The outcome stands in the journal.
  Event process_event;             ///< For Drive: look again.
  Event report_event;              ///< For Report: look again.
};

class TaskEngine::Impl {
 public:
  Impl(Options options, asio::any_io_executor executor, Clock& clock, Random& random, disk::Disk& disk,
       process::ProcessHost& processes, journal::Journal& journal, ReportSink& sink, Log& log);

  asio::awaitable<Status> Start();
  asio::awaitable<Accepted> Accept(std::vector<wire::TaskEntry> run);
  asio::awaitable<void> StopTasks(std::vector<wire::TaskEntry> stop);
  asio::awaitable<void> Verify(std::vector<wire::TaskEntry> test);
  asio::awaitable<void> Close();
  void SetRunBoard(RunBoard& board) { board_ = &board; }
  void SetContainers(containers::ContainerHost& containers) { containers_ = &containers; }
  asio::awaitable<std::size_t> AcceptRuns(std::vector<ScheduledRun> runs);
  asio::awaitable<Status> StopRun(std::string schedule, std::int64_t number, journal::StopWish wish);
  asio::awaitable<bool> StillRuns(std::string schedule, std::int64_t number);
  [[nodiscard]] std::vector<LiveRun> runs() const;
  void Nudge() { nudge_.Pulse(); }
  [[nodiscard]] std::int64_t highest_delivery() const noexcept { return journal_.highest_delivery(); }
  [[nodiscard]] Counts counts() const noexcept;

 private:
  // engine_impl.cc
  Task& Add(std::string id);
  void Spawn(Task& task);
  asio::awaitable<Status> TakeUpOrphans();
  [[nodiscard]] static std::string FolderOf(const std::string& id);
  /// Of a folder that the journal's live tasks do not name: its task was forgotten, and is not to be taken up.
  [[nodiscard]] bool IsLeftOver(const std::string& name) const;
  /// Passes the host's notices on to the tasks.
  asio::awaitable<void> Watch();
  void Refuse(const wire::TaskEntry& entry);
  /// None of them is started: their end is journaled, with the room that is set aside for that, and told. False: not
  /// even that could be written.
  asio::awaitable<bool> RefuseForSpace(const std::vector<wire::TaskEntry>& entries);
  /// Sends until it is taken; for reports that belong to no live task.
  asio::awaitable<void> SendAlone(wire::Report report);
  /// Sends it, unless an answer about this task is under way.
  void Answer(wire::Report report);
  asio::awaitable<void> SendAnswer(wire::Report report);
  /// The server offers what this agent has had: it did not hear of it, or not any more.
  void TellAgain(const wire::TaskEntry& entry);
  /// Waits before try number `tries` + 1; less when the link comes back.
  asio::awaitable<void> BackOff(std::size_t tries);
  [[nodiscard]] static bool Parse(const std::string& bytes, wire::TaskEntry& entry);
  /// As far as is known: what another boot began does not go on either.
  [[nodiscard]] bool IsOver(const Task& task) const;
  [[nodiscard]] static TaskFacts FactsOf(const wire::TaskEntry& entry);

  // drive.cc
  asio::awaitable<void> Drive(Task& task);
  /// Closely: the lock, too. Else what is not seen to have ended is running.
  asio::awaitable<Standing> Look(std::string id, std::string boot_id, bool closely, supervisor::Head& head);
  asio::awaitable<void> TakeSlot(Task& task);
  void GiveSlotBack(Task& task);
  /// Checks, writes and starts; sets the verdict when it cannot be started for good. Else why it was not started now.
  asio::awaitable<Status> Launch(Task& task);
  asio::awaitable<Status> ReadEntry(Task& task, wire::TaskEntry& entry);
  asio::awaitable<void> WaitForProcess(Task& task, std::chrono::milliseconds at_most);
  /// Takes away what a supervisor of an earlier run of the agent would need: it may be on its way to the lock.
  asio::awaitable<Status> Bar(const Task& task);
  /// The spool has the end: Report may tell it when that is synced.
  void End(Task& task, Outcome outcome);
  /// Only the agent knows the end: first it is journaled, for as long as that takes, so that no later run of the agent
  /// thinks otherwise.
  asio::awaitable<void> Conclude(Task& task, Outcome outcome);
  /// The outcome, into the journal; one try.
  asio::awaitable<Status> NoteEnd(Task& task, const Outcome& outcome);

  // report.cc
  asio::awaitable<void> Report(Task& task);
  struct Flow;
  /// False, here and below: the server can never take it.
  asio::awaitable<bool> Greet(Task& task, Flow& flow);
  asio::awaitable<bool> Stream(Task& task, Flow& flow);
  /// One report: what there is of the output, or the last one. Sets flow.over when that was taken.
  asio::awaitable<bool> SendOutput(Task& task, Flow& flow, std::size_t size);
  /// The spool, and once the names that lead to it.
  asio::awaitable<Status> SyncSpool(Task& task, Flow& flow);
  /// Whether what stands in the spool may be told: a power cut can not undo it any more.
  asio::awaitable<bool> Secure(Task& task, Flow& flow);
  asio::awaitable<void> AfterAnswer(Flow& flow, std::uint64_t before, std::optional<std::uint64_t> next);
  asio::awaitable<void> WaitForOutput(Task& task, Flow& flow);
  asio::awaitable<bool> StreamToStock(Task& task, Flow& flow);
  asio::awaitable<bool> EndForStock(Task& task, Flow& flow, std::uint64_t quota);
  [[nodiscard]] wire::Report LastReport(const Task& task, std::uint64_t read_to) const;
  asio::awaitable<void> Finish(Task& task);
  /// When the first output came, from the spool.
  asio::awaitable<void> LearnFirstOutput(Task& task);
  [[nodiscard]] wire::Report Blank(const Task& task, wire::ReportKind kind) const;

  // Set once.
  const Options options_;
  const asio::any_io_executor executor_;
  Clock& clock_;
  Random& random_;
  disk::Disk& disk_;
  process::ProcessHost& processes_;
  journal::Journal& journal_;
  ReportSink& sink_;
  Log& log_;
  RunBoard* board_ = nullptr;
  containers::ContainerHost* containers_ = nullptr;
  // Tasks.
  // Only here: a coroutine that owned what it waits in would never go away. Report removes it, at the very end.
  std::map<std::string, std::unique_ptr<Task>> tasks_;
  std::map<std::uint64_t, Task*> tickets_;
  std::set<std::string> in_hand_;    ///< Ids that Accept() is journaling.
  std::set<std::string> answering_;  ///< Ids of which Answer() tells something.
  std::size_t runs_ = 0;             ///< Of schedules; all other tasks are commands.
  std::size_t running_ = 0;          ///< Slots taken.
  std::deque<Task*> waiting_;        ///< For a slot, in order of acceptance.
  // Shared by all tasks.
  Scope scope_;
  ByteBudget budget_;         ///< Of output on its way.
  ByteBudget launch_budget_;  ///< Of scripts being written.
  SyncGroup syncs_;
  Event nudge_;
};

}  // namespace assist::agent::task_engine
