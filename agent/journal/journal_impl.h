// The inside of Journal: what counts, in memory, and the one file that says the same. One executor.
//
// Records are written in batches by one coroutine (Flush), which is the only one that changes what counts, always after
// the sync of the records that say so.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/disk/broadcast.h"
#include "agent/journal/delivery_ranges.h"
#include "agent/journal/high_water.h"
#include "agent/journal/journal.h"
#include "agent/journal/records.h"
#include "agent/journal/remembered_ids.h"
#include "agent/journal/reserve.h"
#include "agent/journal/schedule_book.h"
#include "common/async/event.h"
#include "common/async/scope.h"

namespace assist::agent::journal {

class Journal::Impl {
 public:
  Impl(Options options, asio::any_io_executor executor, disk::Disk& disk, Random& random)
      : options_(std::move(options)),
        executor_(executor),
        disk_(disk),
        random_(random),
        ids_(options_.remembered_tasks),
        reserve_(executor, disk, options_.folder + "/reserve", options_.reserve_bytes),
        high_water_(disk, options_.folder + "/high"),
        idle_(executor),
        scope_(executor, {}) {
    idle_.Set();
  }

  asio::awaitable<Result<Opened>> Open();
  [[nodiscard]] bool Had(const std::string& id, std::int64_t delivery) const;
  [[nodiscard]] std::int64_t highest() const noexcept { return ranges_.highest(); }
  /// kEnds may take the room that was set aside for a full disk.
  enum class Purpose : std::uint8_t { kFresh, kEnds };
  /// Writes the records in one piece with those of others; they count when it returns Ok.
  asio::awaitable<Status> Write(std::vector<Record> records, Purpose purpose = Purpose::kEnds);
  asio::awaitable<Status> Accept(std::vector<Acceptance> tasks);
  asio::awaitable<Status> AcceptConcluded(std::vector<Acceptance> tasks, std::string conclusion);
  asio::awaitable<Result<std::string>> Entry(std::string id);
  [[nodiscard]] std::vector<LiveTask> Tasks() const;
  [[nodiscard]] bool IsLive(const std::string& id) const { return live_.contains(id); }
  asio::awaitable<void> Close();

  // journal_schedules.cc
  asio::awaitable<Status> AcceptSchedules(std::vector<ScheduleAcceptance> schedules);
  asio::awaitable<Status> ChangeSchedules(std::vector<ScheduleChange> changes);
  asio::awaitable<Status> AcceptRuns(std::vector<RunAcceptance> runs);
  asio::awaitable<Result<std::string>> ScheduleEntry(std::string id);
  [[nodiscard]] const ScheduleBook& schedules() const noexcept { return schedules_; }

 private:
  /// A live task and where its kAccepted record lies. `told` are the bytes of its kConcluded record.
  struct Live {
    LiveTask task;
    std::uint64_t order = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t told = 0;
    bool entry_lost = false;
  };
  struct Batch {
    std::vector<Record> records;
    bool has_fresh = false;
    disk::Broadcast<Status> done;
  };

  asio::awaitable<Status> Load(std::string path, std::uint64_t number, std::optional<HighWater> high, Opened& opened);
  void Apply(const Record& record, std::uint64_t offset, std::uint64_t size);
  asio::awaitable<void> Flush();
  asio::awaitable<Status> WriteBatch(Batch& batch);
  /// Into the file that is there; kTooLarge leaves it as it was, when it can be cut back.
  asio::awaitable<Status> AppendWhole(std::string bytes);
  /// Everything that counts, into a new file that takes the place of the old one.
  asio::awaitable<Status> Rewrite();
  asio::awaitable<Status> CopyLive(std::string path, std::string mark, std::map<std::string, Live>& copies,
                                   std::uint64_t& written);
  asio::awaitable<Result<Record>> ReadAccepted(Live live);
  /// kTooLarge while the disk is full. Before anything is looked at that must not change until it is written.
  asio::awaitable<Status> RoomForFresh();
  /// kConflict for what was had, kTooLarge for an entry that no record takes.
  Result<std::vector<Record>> Acceptances(std::vector<Acceptance> tasks, std::uint64_t& entry_bytes);
  /// Each of the `count` counts as one of max_live from its record on.
  asio::awaitable<Status> WriteLive(std::vector<Record> records, std::size_t count, std::uint64_t entry_bytes,
                                    Purpose purpose);
  /// The entry, from whichever of its two places can be read.
  asio::awaitable<Result<std::string>> ReadDefinition(std::string id, Definition definition);
  /// A record of the current file whose id is `id`; kInternal when its bytes are damaged.
  asio::awaitable<Result<Record>> ReadRecord(std::string id, std::uint64_t offset, std::uint64_t size);
  asio::awaitable<Status> CopySchedules(std::string path, std::string mark, ScheduleBook::Map& copies,
                                        std::uint64_t& written);
  [[nodiscard]] std::uint64_t counted_bytes() const { return live_bytes_ + schedules_.bytes(); }
  [[nodiscard]] std::vector<const Live*> InOrder() const;
  [[nodiscard]] std::string Path(const std::string& name) const { return options_.folder + "/" + name; }
  [[nodiscard]] std::string CurrentPath() const;
  [[nodiscard]] std::uint64_t GarbageLimit() const { return std::max(options_.compact_bytes, counted_bytes()); }

  // Set once.
  const Options options_;
  const asio::any_io_executor executor_;
  disk::Disk& disk_;
  Random& random_;
  // What counts.
  std::map<std::string, Live> live_;
  std::uint64_t next_order_ = 0;
  std::uint64_t live_bytes_ = 0;
  DeliveryRanges ranges_;
  RememberedIds ids_;
  ScheduleBook schedules_;
  Reserve reserve_;
  HighWaterFile high_water_;
  // The file.
  std::uint64_t number_ = 0;  // 0: there is none yet
  std::string mark_;
  std::uint64_t file_size_ = 0;
  bool broken_ = true;  // the file must not be written to any more
  std::uint64_t rewrite_at_ = 0;
  // Writing.
  std::unique_ptr<Batch> next_;
  std::multiset<std::uint64_t> pending_ids_;
  std::multiset<std::int64_t> pending_deliveries_;
  std::size_t pending_live_ = 0;
  std::uint64_t pending_bytes_ = 0;
  std::size_t pending_schedules_ = 0;
  bool open_ = false;
  bool closed_ = false;
  Event idle_;
  Scope scope_;
};

}  // namespace assist::agent::journal
