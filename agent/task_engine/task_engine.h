// A task's life on this machine: accept once, start, stream its output, report its end, forget.
// Owned by agent/service, one per agent. One executor: every method on it.
//
// Accept() journals and syncs before anything starts; a supervisor process owns each script from then on, so that tasks
// outlive this object and its process. Start() takes up what an earlier run of the agent left (design: promises 1-3).
//
// What is told stands: an end that the spool's exit record tells is reported when the spool is synced, and one that
// only the agent knows (could not be started, wrong parameters, stopped before its start, unknown) when the journal has
// it. Until then it is tried again, with back-off, and nothing of it is reported nor started. A spool whose sync failed
// once is not trusted any more: the end goes into the journal as well, and then is told with the output that can be
// read. While neither can be written the task stays unreported. What a disk did not take or give back counts as
// dropped.
//
// Full: tasks beyond Options::max_accepted are not accepted; the server offers them again. While the disk is full no
// task is started: each is ended with an error that says so.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/containers/container_host.h"
#include "agent/disk/disk.h"
#include "agent/journal/journal.h"
#include "agent/process/process_host.h"
#include "agent/task_engine/report_sink.h"
#include "agent/task_engine/run_board.h"
#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/log/log.h"
#include "protocol/wire/task.h"

namespace assist::agent::task_engine {

namespace asio = boost::asio;

struct Options {
  std::size_t max_running = 64;            ///< Scripts at a time; more wait in order of arrival.
  std::size_t max_accepted = 1024;         ///< Accepted and not yet forgotten, waiting ones included; without runs.
  std::size_t max_runs = 2048;             ///< Runs of schedules, accepted and not yet forgotten.
  std::size_t chunk_bytes = 256 * 1024;    ///< Output in one report.
  std::size_t max_report_bytes = 2 << 20;  ///< Output in flight to the server, all tasks together.
  std::uint64_t output_cap = 16ULL << 20;  ///< Output kept a task; what is over is dropped in the middle and counted.
  std::chrono::milliseconds poll{2000};    ///< Look at a running task even when nobody told of a change.
  std::chrono::milliseconds output_every{200};  ///< Between output reports of a task, unless a chunk is full.
  std::chrono::milliseconds retry_min{500};     ///< Between tries of a report; doubles up to retry_max, with jitter.
  std::chrono::milliseconds retry_max{15000};
  std::size_t start_attempts = 3;  ///< Supervisors tried before a task that never began is reported as error.
};

struct Counts {
  std::size_t waiting = 0;    ///< Accepted, their turn has not come.
  std::size_t running = 0;    ///< A script runs or is being started.
  std::size_t reporting = 0;  ///< Ended; the server has not taken the result yet.
};

/// The answer to a list of `run` entries.
struct Accepted {
  std::size_t fresh = 0;     ///< Accepted now.
  std::size_t known = 0;     ///< Had before: nothing runs again, and our server is told again how it is.
  std::size_t refused = 0;   ///< An id or a repetition that nothing can be done with, or the disk is full: told so.
  std::size_t deferred = 0;  ///< No room or no journal: not accepted, may be offered again.
};

/// An occurrence of a schedule of the journal, to be run now.
struct ScheduledRun {
  std::string schedule;
  std::int64_t version = 0;
  std::int64_t number = 0;
  SystemTime due{};
  std::string seen_boot = {};  ///< As in journal::RunAcceptance.
  bool ours = true;            ///< The server speaks our additions.
  bool timed = true;           ///< By cron, rate or at; else it waited for a boot.
  wire::OutputSettings output = {};
};
/// One that is not forgotten.
struct LiveRun {
  std::string schedule;
  std::int64_t number = 0;
  bool ended = false;  ///< As far as is known now; else RunBoard::RunEnded follows.
};

class TaskEngine {
 public:
  /// The references outlive this object. The log never gets a script, a parameter or output.
  TaskEngine(Options options, asio::any_io_executor executor, Clock& clock, Random& random, disk::Disk& disk,
             process::ProcessHost& processes, journal::Journal& journal, ReportSink& sink, Log& log);
  ~TaskEngine();
  TaskEngine(const TaskEngine&) = delete;
  TaskEngine& operator=(const TaskEngine&) = delete;

  /// Before Start(), when there are schedules. `board` outlives this object.
  void SetRunBoard(RunBoard& board);
  /// Before Start(), when there may be containers; else their tasks are refused. `containers` outlives this object.
  void SetContainers(containers::ContainerHost& containers);
  /// Once, before anything else, with a journal that is open: takes up the tasks that it holds.
  asio::awaitable<Status> Start();
  /// The `run` list of a fetch. Returns when what can be accepted is journaled and synced; reports and processes
  /// follow. What our server offers though it was had before, it has not heard of, or it was restored from an older
  /// copy: it is told that the task is here, or, when it was forgotten, that what became of it is not known any more.
  asio::awaitable<Accepted> Accept(std::vector<wire::TaskEntry> run);
  /// The `stop` list of a fetch. Returns when the wishes are journaled and synced. An unknown id is reported as
  /// stopped; one that was had and is forgotten, to our server, as not known any more.
  asio::awaitable<void> StopTasks(std::vector<wire::TaskEntry> stop);
  /// Runs of schedules: journaled and synced, which also moves their schedules, before anything starts. How many were
  /// accepted, counted from the front; the others changed nothing. Each is a task of its own, reported under the
  /// schedule's id with its occurrence.
  asio::awaitable<std::size_t> AcceptRuns(std::vector<ScheduledRun> runs);
  /// Returns when the wish is journaled and synced; fine when there is no such run.
  asio::awaitable<Status> StopRun(std::string schedule, std::int64_t number, journal::StopWish wish);
  /// Whether this run goes on, as its spool says at this moment: what has ended may not have been noticed yet. False is
  /// final.
  asio::awaitable<bool> StillRuns(std::string schedule, std::int64_t number);
  /// The `test` list of a fetch: checks and reports `verified` or `invalid`; starts nothing.
  asio::awaitable<void> Verify(std::vector<wire::TaskEntry> test);
  /// The link to the server is back: reports that wait for their next try are sent now.
  void Nudge();
  /// Ends this object's work, not the scripts: they run on, and the next run of the agent takes them up. Nothing of
  /// this runs after it returns.
  asio::awaitable<void> Stop();

  /// The highest delivery number had, for the next fetch; 0: none.
  [[nodiscard]] std::int64_t highest_delivery() const noexcept;
  [[nodiscard]] Counts counts() const noexcept;
  [[nodiscard]] std::vector<LiveRun> runs() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace assist::agent::task_engine
