// What survives a restart of the agent: accepted tasks that are not yet forgotten, wishes to stop them, how those ended
// whose spool cannot tell it, schedules (schedules.h), the delivery numbers had and the ids of the last tasks. Files
// `journal/NNNNNN.log`; format and guarantees: README.md here. Owned by agent/service, one per agent. One executor:
// every method on it.
//
// Every change is on the platter when its call returns Ok; calls that come while a sync runs share the next one. When a
// write fails, the call fails with kUnavailable and nothing of it counts: before the next change is taken, the journal
// is written anew into a new file. Full: Options::max_live tasks, max_schedules or max_live_bytes of entries; then
// kUnavailable. A full disk: kTooLarge for what is new, while room is left for how the rest ends (README.md).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/disk/disk.h"
#include "agent/journal/schedules.h"
#include "common/base/random.h"
#include "common/base/result.h"
#include "common/base/time.h"

namespace assist::agent::journal {

namespace asio = boost::asio;

struct Options {
  std::string folder = "journal";
  std::size_t remembered_tasks = 10'000;  ///< Ids kept after a task is forgotten.
  std::size_t max_live = 4096;            ///< Tasks and runs of schedules accepted and not forgotten.
  std::size_t max_schedules = 20'000;
  std::uint64_t max_live_bytes = 256ULL << 20;  ///< Of their entries.
  std::uint64_t compact_bytes = 4ULL << 20;     ///< A file that holds this much that no longer counts is written anew.
  /// Set aside on the disk, so that what is under way can end when the disk is full. 0: nothing.
  std::size_t reserve_bytes = 0;
  bool remembers = true;  ///< False: Had() denies all. Only for the simulator, to prove that it would see that.
};

/// How a stop was asked for. Reaches the disk: never renumber.
enum class StopWish : std::uint8_t { kNone = 0, kTree = 1, kProcess = 2 };

/// In the place of a boot id: some boot, nobody knows which. The record was lost, or what was damaged may have told it.
inline constexpr std::string_view kLostBoot = "lost";
inline constexpr std::string_view kDamagedBoot = "damaged";

/// A task that is accepted and not yet forgotten.
struct LiveTask {
  std::string id;
  std::int64_t delivery = 0;  ///< 0: none was given (stock server).
  /// The boot of the machine during which its process may have been started; empty: certainly not started yet.
  std::string boot_id;
  StopWish stop = StopWish::kNone;
  std::string conclusion;  ///< As given to Conclude(); not empty: it must not be started.
  SystemTime at{};         ///< As in Acceptance; the epoch: the record does not tell.
  // Of a run of a schedule; its id is RunId(schedule, number).
  std::string schedule = {};
  std::int64_t version = 0;  ///< Of the schedule's entry that it runs.
  std::int64_t number = 0;
  SystemTime due{};
};

/// What Open() found.
struct Opened {
  std::vector<LiveTask> tasks;      ///< In order of acceptance.
  std::uint64_t torn_bytes = 0;     ///< Dropped from the end: a write that was never acknowledged.
  std::uint64_t damaged_bytes = 0;  ///< Unreadable in the middle (bit flips): what it told is lost, see README.md.
};

/// A task to be accepted.
struct Acceptance {
  std::string id;
  std::int64_t delivery = 0;
  std::string boot_id;  ///< As in LiveTask: this boot when it may be started at once, else empty.
  std::string entry;    ///< Everything needed to start it; the journal does not look into it.
  SystemTime at{};      ///< Now, by the machine's clock; kept with it.
};

class Journal {
 public:
  /// The references outlive this object. `random` gives the mark that tells records from what looks like one.
  Journal(Options options, asio::any_io_executor executor, disk::Disk& disk, Random& random);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Once, first. Reads what is there, or begins anew when there is nothing. kInternal: the disk cannot be read.
  asio::awaitable<Result<Opened>> Open();

  /// Whether this delivery number (0: not looked at) or this id was ever had: then nothing may run.
  [[nodiscard]] bool Had(const std::string& id, std::int64_t delivery) const;
  [[nodiscard]] std::int64_t highest_delivery() const noexcept;

  /// Tasks accepted and not forgotten, in order of acceptance.
  [[nodiscard]] std::vector<LiveTask> live() const;

  /// All of them or none. Those that Had() knows must not be among them.
  asio::awaitable<Status> Accept(std::vector<Acceptance> tasks);
  /// As Accept() and Conclude() in one: they are live, and never started. It may take what was set aside for a full
  /// disk.
  asio::awaitable<Status> AcceptConcluded(std::vector<Acceptance> tasks, std::string conclusion);
  /// The entry given to Accept(). kNotFound when the id is not live, kInternal when its bytes are damaged.
  asio::awaitable<Result<std::string>> Entry(std::string id);
  /// From now on the process of this live task may have been started, in this boot.
  asio::awaitable<Status> MayStart(std::string id, std::string boot_id);
  /// Keeps the wish; the id need not be live (it is remembered then, so that a late copy of the task runs nothing).
  asio::awaitable<Status> WishStop(std::string id, StopWish wish);
  /// How this live task ended, in the caller's words (not empty; a few hundred bytes: they stay in memory): from now on
  /// it must not be started. The first conclusion stays. kNotFound when the id is not live.
  asio::awaitable<Status> Conclude(std::string id, std::string conclusion);
  /// Adds ids and numbers that shall never run here (tasks refused as invalid).
  asio::awaitable<Status> Remember(std::vector<Acceptance> refused);
  /// The server has everything: the task is not live any more, its id stays remembered. Also for ids that are not live.
  /// A run's id is not remembered: the number that its schedule has reached tells as much. Of a schedule: it does not
  /// stand any more.
  asio::awaitable<Status> Forget(std::string id);

  /// Keeps these schedules, or other versions of them: one that stands already goes on with its numbers, and in the
  /// place of its state comes the new one; a version that is not above the one it has changes nothing. All or none.
  asio::awaitable<Status> AcceptSchedules(std::vector<ScheduleAcceptance> schedules);
  /// In this order. kNotFound, and none of them, when a schedule does not stand.
  asio::awaitable<Status> ChangeSchedules(std::vector<ScheduleChange> changes);
  /// From now on these are live tasks, with the entry that their schedule has in this version. All or none. kConflict:
  /// the number was used, or no such version stands.
  asio::awaitable<Status> AcceptRuns(std::vector<RunAcceptance> runs);
  /// The entry of the version that stands. Errors as Entry().
  asio::awaitable<Result<std::string>> ScheduleEntry(std::string id);
  /// Null when it does not stand. Valid until the next co_await.
  [[nodiscard]] const StandingSchedule* schedule(std::string_view id) const;
  /// Ascending.
  [[nodiscard]] std::vector<std::string> schedule_ids() const;

  /// A new identity: numbers of the old server's count mean nothing now. Live tasks stay, ids stay remembered.
  asio::awaitable<Status> ResetIdentity();

  /// Waits for writes under way. Nothing of this runs after it returns; later calls fail with kUnavailable.
  asio::awaitable<void> Close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace assist::agent::journal
