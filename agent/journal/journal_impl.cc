#include "agent/journal/journal_impl.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "agent/journal/file_reader.h"
#include "agent/record/frame.h"
#include "common/base/check.h"

namespace assist::agent::journal {
namespace {

constexpr std::size_t kCopyChunk = 256 * 1024;

Status CannotWrite(const Status& why) {
  const Errc code = why.error().code == Errc::kTooLarge ? Errc::kTooLarge : Errc::kUnavailable;
  return Fail(code, "the journal cannot be written: " + why.error().detail);
}

std::string FileName(std::uint64_t number, const char* ending) {
  std::array<char, 40> name{};
  std::snprintf(name.data(), name.size(), "%06llu.%s", static_cast<unsigned long long>(number), ending);
  return name.data();
}

/// The number of "NNNNNN.log", 0 when the name is another.
std::uint64_t NumberOf(const std::string& name) {
  if (name.size() < 5 || !name.ends_with(".log") || name.size() > 16) return 0;
  std::uint64_t number = 0;
  for (const char c : name.substr(0, name.size() - 4)) {
    if (c < '0' || c > '9') return 0;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

}  // namespace

std::string Journal::Impl::CurrentPath() const { return Path(FileName(number_, "log")); }

std::vector<const Journal::Impl::Live*> Journal::Impl::InOrder() const {
  std::vector<const Live*> tasks;
  tasks.reserve(live_.size());
  for (const auto& [id, live] : live_) tasks.push_back(&live);
  std::sort(tasks.begin(), tasks.end(), [](const Live* a, const Live* b) { return a->order < b->order; });
  return tasks;
}

std::vector<LiveTask> Journal::Impl::Tasks() const {
  std::vector<LiveTask> tasks;
  for (const Live* live : InOrder()) tasks.push_back(live->task);
  return tasks;
}

bool Journal::Impl::Had(const std::string& id, std::int64_t delivery) const {
  if (!options_.remembers) return false;
  if (delivery > 0 && (ranges_.Contains(delivery) || pending_deliveries_.contains(delivery))) return true;
  const std::uint64_t hash = HashTaskId(id);
  return live_.contains(id) || ids_.Contains(hash) || pending_ids_.contains(hash) || schedules_.Find(id) != nullptr;
}

void Journal::Impl::Apply(const Record& record, std::uint64_t offset, std::uint64_t size) {
  switch (record.type) {
    case RecordType::kAccepted: {
      if (record.delivery > 0) ranges_.Add(record.delivery);
      if (live_.contains(record.id)) return;
      Live live;
      live.task.id = record.id;
      live.task.delivery = record.delivery;
      live.task.boot_id = record.boot_id;
      live.task.at = record.at;
      live.order = next_order_++;
      live.offset = offset;
      live.size = size;
      live.entry_lost = record.entry_lost;
      live_bytes_ += size;
      live_.emplace(record.id, std::move(live));
      return;
    }
    case RecordType::kMayStart: {
      const auto found = live_.find(record.id);
      if (found != live_.end()) found->second.task.boot_id = record.boot_id;
      return;
    }
    case RecordType::kWishStop: {
      const auto found = live_.find(record.id);
      if (found == live_.end()) return ids_.Add(HashTaskId(record.id));
      // A wish for the whole tree is not taken back.
      if (found->second.task.stop != StopWish::kTree) found->second.task.stop = record.stop;
      return;
    }
    case RecordType::kForget: {
      const auto found = live_.find(record.id);
      if (found != live_.end()) {
        const LiveTask task = std::move(found->second.task);
        live_bytes_ -= found->second.size + found->second.told;
        live_.erase(found);
        if (task.number > 0) return schedules_.DropRun(task.schedule, task.version);
      }
      schedules_.Forget(record.id);
      return ids_.Add(HashTaskId(record.id));
    }
    case RecordType::kRefused:
      if (record.delivery > 0) ranges_.Add(record.delivery);
      return ids_.Add(HashTaskId(record.id));
    case RecordType::kResetIdentity:
      return ranges_.Clear();
    case RecordType::kRanges:
      for (const auto& [first, last] : record.ranges) ranges_.AddRange(first, last);
      return;
    case RecordType::kIds:
      for (const auto hash : record.hashes) ids_.Add(hash);
      return;
    case RecordType::kOccurrence: {
      if (record.range.count > 0) schedules_.Apply(record, offset, size);
      Live live;
      live.task.id = RunId(record.id, record.range.number);
      if (live_.contains(live.task.id)) return;
      live.task.boot_id = record.boot_id;
      live.task.at = record.at;
      live.task.schedule = record.id;
      live.task.version = record.version;
      live.task.number = record.range.number;
      live.task.due = record.range.due;
      live.order = next_order_++;
      live.offset = offset;
      live.size = size;
      live_bytes_ += size;
      schedules_.AddRun(record.id, record.version);
      live_.emplace(live.task.id, std::move(live));
      return;
    }
    case RecordType::kSchedule:
      if (record.delivery > 0) ranges_.Add(record.delivery);
      return schedules_.Apply(record, offset, size);
    case RecordType::kMissed:
    case RecordType::kStanding:
    case RecordType::kTold:
      return schedules_.Apply(record, offset, size);
    case RecordType::kConcluded: {
      const auto found = live_.find(record.id);
      // What was concluded once may have been told.
      if (found == live_.end() || !found->second.task.conclusion.empty()) return;
      found->second.task.conclusion = record.conclusion;
      found->second.told = size;
      live_bytes_ += size;
      return;
    }
  }
}

asio::awaitable<Status> Journal::Impl::Load(std::string path, std::uint64_t number, std::optional<HighWater> high,
                                            Opened& opened) {
  FileReader reader(disk_, path);
  auto readable = co_await reader.Open();
  if (!readable) co_return Forward(readable);
  number_ = number;
  std::int64_t highest = 0;
  if (*readable) {
    for (;;) {
      auto item = co_await reader.Next();
      if (!item) co_return Forward(item);
      if (!*item) break;
      highest = (*item)->record.highest;
      Apply((*item)->record, (*item)->offset, (*item)->size);
    }
  }
  mark_ = reader.mark();
  file_size_ = reader.file_size();
  opened.torn_bytes = reader.torn_bytes();
  opened.damaged_bytes = reader.damaged_bytes();
  // What was synced once and is not there any more is damage, not a write that was torn.
  const std::uint64_t whole = file_size_ - opened.torn_bytes;
  if (high && (high->file > number || (high->file == number && high->size > whole))) {
    opened.damaged_bytes += high->file == number ? high->size - whole : high->size;
    highest = std::max(highest, high->highest);
  }
  // A damaged place may have told of any number up to the highest: all of them count as had. And it may have told of
  // any task that it was started, or had ended: none of those that are left may be started.
  if (opened.damaged_bytes > 0) {
    ranges_.AddRange(1, std::max(highest, ranges_.highest()));
    for (auto& [id, live] : live_) live.task.boot_id = kDamagedBoot;
  }
  schedules_.FinishLoading(opened.damaged_bytes > 0);
  broken_ = opened.torn_bytes > 0 || opened.damaged_bytes > 0;
  co_return Status();
}

asio::awaitable<Result<Opened>> Journal::Impl::Open() {
  ASSIST_CHECK(!open_);
  disk::Access access;
  access.mode = 0700;
  auto made = co_await disk_.CreateFolder(options_.folder, access);
  if (!made) co_return Forward(made);
  made = co_await disk_.SyncFolder(disk::ParentOf(options_.folder));  // its own name, too
  if (!made) co_return Forward(made);
  auto names = co_await disk_.List(options_.folder);
  if (!names) co_return Forward(names);
  std::uint64_t newest = 0;
  for (const auto& name : *names) newest = std::max(newest, NumberOf(name));
  Opened opened;
  const auto high = co_await high_water_.Read();
  if (newest > 0) {
    const std::string path = Path(FileName(newest, "log"));
    auto loaded = co_await Load(path, newest, high, opened);
    if (!loaded) co_return Forward(loaded);
    // What an earlier run wrote may be in memory only; it is acted on from now on.
    auto synced = co_await disk_.SyncFiles(std::vector<std::string>(1, path));
    if (!synced) co_return Forward(synced);
    synced = co_await disk_.SyncFolder(options_.folder);
    if (!synced) co_return Forward(synced);
    if (opened.damaged_bytes > 0) {
      const std::string kept = Path("damaged");
      auto bytes = co_await disk_.Read(path, 0, 1 << 20);
      if (bytes) {
        auto ignored = co_await disk_.WriteFile(kept, std::move(*bytes), disk::Access{});
        static_cast<void>(ignored);
      }
    }
  }
  for (const auto& name : *names) {
    const std::uint64_t number = NumberOf(name);
    if ((number > 0 && number < newest) || name.ends_with(".new")) {
      auto ignored = co_await disk_.RemoveFile(Path(name));
      static_cast<void>(ignored);
    }
  }
  if (newest == 0) {
    schedules_.FinishLoading(false);
    if (high) {  // the whole journal is gone
      opened.damaged_bytes = high->size;
      ranges_.AddRange(1, high->highest);
      number_ = high->file;
    }
  }
  if (broken_) {
    auto rewritten = co_await Rewrite();
    if (!rewritten && newest == 0) co_return Forward(rewritten);
  }
  opened.tasks = Tasks();
  open_ = true;
  co_await reserve_.Keep();  // there is room or not: asked again when it matters
  co_return opened;
}

asio::awaitable<Status> Journal::Impl::Write(std::vector<Record> records, Purpose purpose) {
  if (closed_ || !open_) co_return Fail(Errc::kUnavailable, "the journal is closed");
  if (!next_) next_ = std::make_unique<Batch>();
  Batch& batch = *next_;
  batch.has_fresh = batch.has_fresh || purpose == Purpose::kFresh;
  for (auto& record : records) {
    if (record.type == RecordType::kAccepted || record.type == RecordType::kRefused) {
      pending_ids_.insert(HashTaskId(record.id));
      if (record.delivery > 0) pending_deliveries_.insert(record.delivery);
    }
    batch.records.push_back(std::move(record));
  }
  UniqueFunction<void()> flush = [this] {
    if (!idle_.is_set()) return;
    idle_.Reset();
    scope_.Spawn("journal.flush", Flush());
  };
  auto status = co_await batch.done.Wait(std::move(flush));
  if (!status) co_return Fail(Errc::kUnavailable, "cancelled");
  co_return std::move(*status);
}

asio::awaitable<void> Journal::Impl::Flush() {
  while (next_) {
    const std::unique_ptr<Batch> batch = std::exchange(next_, nullptr);
    const Status status = co_await WriteBatch(*batch);
    for (const auto& record : batch->records) {
      if (record.type != RecordType::kAccepted && record.type != RecordType::kRefused) continue;
      pending_ids_.erase(pending_ids_.find(HashTaskId(record.id)));
      if (record.delivery > 0) pending_deliveries_.erase(pending_deliveries_.find(record.delivery));
    }
    batch->records.clear();
    batch->done.Tell(status);
    if (!broken_ && file_size_ - std::min(file_size_, counted_bytes()) > GarbageLimit() && file_size_ >= rewrite_at_) {
      auto rewritten = co_await Rewrite();
      // A full disk: go on with the old file, and try again when it has grown by as much once more.
      if (!rewritten) rewrite_at_ = file_size_ + options_.compact_bytes;
    }
  }
  idle_.Set();
}

asio::awaitable<Status> Journal::Impl::WriteBatch(Batch& batch) {
  if (broken_) {
    auto rewritten = co_await Rewrite();
    if (!rewritten && rewritten.error().code == Errc::kTooLarge && !batch.has_fresh) {
      const bool room = co_await reserve_.Spend();
      if (room) rewritten = co_await Rewrite();
    }
    if (!rewritten) co_return CannotWrite(rewritten);
  }
  std::int64_t highest = ranges_.highest();
  std::string bytes;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  for (auto& record : batch.records) {
    highest = record.type == RecordType::kResetIdentity ? 0 : std::max(highest, record.delivery);
    record.highest = highest;
    const std::string encoded = EncodeRecord(mark_, record);
    places.emplace_back(file_size_ + bytes.size(), encoded.size());
    bytes += encoded;
  }
  const std::uint64_t size = bytes.size();
  auto written = co_await AppendWhole(bytes);
  if (!written && !broken_ && !batch.has_fresh) {
    const bool room = co_await reserve_.Spend();
    if (room) written = co_await AppendWhole(std::move(bytes));
  }
  if (!written) co_return CannotWrite(written);
  file_size_ += size;
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    Apply(batch.records[i], places[i].first, places[i].second);
  }
  const HighWater high_water{number_, file_size_, ranges_.highest()};
  co_await high_water_.Note(high_water);
  co_return Status();
}

asio::awaitable<Status> Journal::Impl::AppendWhole(std::string bytes) {
  auto written = co_await disk_.Append(CurrentPath(), std::move(bytes), true);
  if (written) co_return written;
  // Any part of it may stand there, synced or not: this file is not written to again, unless there was just no room for
  // it, and what stands there of it can be taken away.
  broken_ = true;
  if (written.error().code == Errc::kTooLarge) {
    auto cut = co_await disk_.Truncate(CurrentPath(), file_size_);
    if (cut) cut = co_await disk_.SyncFiles(std::vector<std::string>(1, CurrentPath()));
    broken_ = !cut;
  }
  co_return written;
}

asio::awaitable<Result<Record>> Journal::Impl::ReadRecord(std::string id, std::uint64_t offset, std::uint64_t size) {
  auto bytes = co_await disk_.Read(CurrentPath(), offset, static_cast<std::size_t>(size));
  if (!bytes) co_return Forward(bytes);
  record::Frame frame;
  if (bytes->size() != size || !bytes->starts_with(mark_) ||
      record::DecodeFrame(std::string_view(*bytes).substr(kMarkBytes), kMaxPayload, frame) !=
          record::FrameState::kWhole) {
    co_return Fail(Errc::kInternal, "damaged on disk: " + id);
  }
  auto record = DecodePayload(frame.type, frame.payload);
  if (!record || record->id != id) co_return Fail(Errc::kInternal, "damaged on disk: " + id);
  co_return std::move(*record);
}

asio::awaitable<Result<Record>> Journal::Impl::ReadAccepted(Live live) {
  if (live.entry_lost) co_return Fail(Errc::kInternal, "the entry was lost earlier: " + live.task.id);
  co_return co_await ReadRecord(live.task.id, live.offset, live.size);
}

asio::awaitable<Status> Journal::Impl::CopyLive(std::string path, std::string mark, std::map<std::string, Live>& copies,
                                                std::uint64_t& written) {
  std::vector<std::string> order;
  for (const Live* live : InOrder()) order.push_back(live->task.id);
  std::string bytes;
  for (const auto& id : order) {
    Live copy = live_.at(id);
    Record record;
    if (copy.task.number > 0) {
      record.type = RecordType::kOccurrence;
      record.id = copy.task.schedule;
      record.version = copy.task.version;
      record.range.number = copy.task.number;
      record.range.due = copy.task.due;
    } else {
      auto old = co_await ReadAccepted(copy);
      if (old) record = std::move(*old);
      // What cannot be read now cannot be read later: the task stays known, its entry is lost.
      record.type = RecordType::kAccepted;
      record.id = id;
      record.entry_lost = copy.entry_lost = !old;
    }
    record.highest = ranges_.highest();
    record.delivery = copy.task.delivery;
    record.boot_id = copy.task.boot_id;
    record.at = copy.task.at;
    std::string encoded = EncodeRecord(mark, record);
    copy.offset = written + bytes.size();
    copy.size = encoded.size();
    bytes += encoded;
    if (copy.task.stop != StopWish::kNone) {
      Record stop;
      stop.type = RecordType::kWishStop;
      stop.highest = record.highest;
      stop.id = id;
      stop.stop = copy.task.stop;
      bytes += EncodeRecord(mark, stop);
    }
    if (!copy.task.conclusion.empty()) {
      Record end;
      end.type = RecordType::kConcluded;
      end.highest = record.highest;
      end.id = id;
      end.conclusion = copy.task.conclusion;
      const std::string told = EncodeRecord(mark, end);
      copy.told = told.size();
      bytes += told;
    }
    copies.emplace(id, std::move(copy));
    if (bytes.size() < kCopyChunk) continue;
    written += bytes.size();
    auto appended = co_await disk_.Append(path, std::exchange(bytes, {}), false);
    if (!appended) co_return appended;
  }
  written += bytes.size();
  if (bytes.empty()) co_return Status();
  co_return co_await disk_.Append(path, std::move(bytes), false);
}

asio::awaitable<Status> Journal::Impl::Rewrite() {
  const std::uint64_t number = number_ + 1;
  const std::string path = Path(FileName(number, "new"));
  std::string mark(kMarkBytes, '\0');
  random_.Fill({reinterpret_cast<std::uint8_t*>(mark.data()), mark.size()});
  Record ranges;
  ranges.type = RecordType::kRanges;
  ranges.highest = ranges_.highest();
  ranges.ranges = ranges_.ranges();
  Record ids;
  ids.type = RecordType::kIds;
  ids.highest = ranges_.highest();
  ids.hashes = ids_.InOrder();
  std::string head = EncodeHeader(mark) + EncodeRecord(mark, ranges) + EncodeRecord(mark, ids);
  std::uint64_t written = head.size();
  Status status = co_await disk_.WriteFile(path, std::move(head), disk::Access{});
  std::map<std::string, Live> copies;
  ScheduleBook::Map schedules;
  if (status) status = co_await CopySchedules(path, mark, schedules, written);
  if (status) status = co_await CopyLive(path, mark, copies, written);
  if (status) status = co_await disk_.SyncFiles(std::vector<std::string>(1, path));
  if (status) status = co_await disk_.Rename(path, Path(FileName(number, "log")));
  if (!status) {
    auto ignored = co_await disk_.RemoveFile(path);
    static_cast<void>(ignored);
    co_return status;
  }
  // From here on the new file is the one that will be read; both say the same, so either may survive a power cut now.
  const std::string old = number_ == 0 ? std::string() : CurrentPath();
  number_ = number;
  mark_ = std::move(mark);
  file_size_ = written;
  live_bytes_ = 0;
  for (const auto& [id, live] : copies) live_bytes_ += live.size + live.told;
  live_ = std::move(copies);
  schedules_.Replace(std::move(schedules));
  rewrite_at_ = 0;
  status = co_await disk_.SyncFolder(options_.folder);
  broken_ = !status;
  const HighWater high_water{number_, file_size_, ranges_.highest()};
  if (status) co_await high_water_.Note(high_water);
  if (!status || old.empty()) co_return status;
  auto ignored = co_await disk_.RemoveFile(old);
  static_cast<void>(ignored);
  co_return Status();
}

asio::awaitable<void> Journal::Impl::Close() {
  closed_ = true;
  while (!idle_.is_set()) co_await idle_.Wait();
  co_await scope_.Close();
}

}  // namespace assist::agent::journal
