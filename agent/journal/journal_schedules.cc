// Schedules and their runs. See journal_impl.h.
#include <algorithm>
#include <utility>

#include "agent/journal/journal_impl.h"

namespace assist::agent::journal {
namespace {

/// Entries that are copied at a time. The two copies of an entry lie about so far from each other.
constexpr std::size_t kCopyChunk = 256 * 1024;

Record ScheduleRecord(const StandingSchedule& standing, std::int64_t version, std::string entry) {
  Record record;
  record.type = RecordType::kSchedule;
  record.id = standing.id;
  record.version = version;
  record.delivery = standing.delivery;
  record.state = standing.state;
  record.entry = std::move(entry);
  return record;
}

}  // namespace

asio::awaitable<Status> Journal::Impl::AcceptSchedules(std::vector<ScheduleAcceptance> schedules) {
  auto room = co_await RoomForFresh();
  if (!room) co_return room;
  std::vector<Record> records;
  std::uint64_t bytes = 0;
  std::size_t fresh = 0;
  for (auto& schedule : schedules) {
    if (schedule.entry.size() > kMaxPayload / 2)
      co_return Fail(Errc::kTooLarge, "the entry is too large: " + schedule.id);
    if (schedules_.Find(schedule.id) == nullptr) ++fresh;
    bytes += 2 * schedule.entry.size();
    Record record;
    record.type = RecordType::kSchedule;
    record.id = std::move(schedule.id);
    record.version = schedule.version;
    record.delivery = schedule.delivery;
    record.state = std::move(schedule.state);
    record.entry = std::move(schedule.entry);
    records.push_back(std::move(record));
  }
  if (schedules_.standing() + pending_schedules_ + fresh > options_.max_schedules ||
      counted_bytes() + pending_bytes_ + bytes > options_.max_live_bytes) {
    co_return Fail(Errc::kUnavailable, "the journal is full");
  }
  // The first copies, then the second ones: not side by side.
  const std::size_t count = records.size();
  records.reserve(2 * count);
  for (std::size_t i = 0; i < count; ++i) records.push_back(records[i]);
  pending_schedules_ += fresh;
  pending_bytes_ += bytes;
  auto status = co_await Write(std::move(records), Purpose::kFresh);
  pending_schedules_ -= fresh;
  pending_bytes_ -= bytes;
  co_return status;
}

asio::awaitable<Status> Journal::Impl::ChangeSchedules(std::vector<ScheduleChange> changes) {
  std::vector<Record> records;
  for (auto& change : changes) {
    if (schedules_.Find(change.id) == nullptr) co_return Fail(Errc::kNotFound, "no such schedule: " + change.id);
    Record record;
    record.id = std::move(change.id);
    switch (change.kind) {
      case ScheduleChange::Kind::kMissed:
        record.type = RecordType::kMissed;
        record.range = change.range;
        record.owed = change.owed;
        record.merge = change.merge;
        break;
      case ScheduleChange::Kind::kState:
        record.type = RecordType::kStanding;
        record.state = std::move(change.state);
        // An end that is lost would be a schedule that begins again.
        if (record.state.ending != Ending::kNone) records.push_back(record);
        break;
      case ScheduleChange::Kind::kTold:
        record.type = RecordType::kTold;
        record.version = change.version;
        record.range = change.range;
        break;
    }
    records.push_back(std::move(record));
  }
  co_return co_await Write(std::move(records), Purpose::kFresh);
}

asio::awaitable<Status> Journal::Impl::AcceptRuns(std::vector<RunAcceptance> runs) {
  auto room = co_await RoomForFresh();
  if (!room) co_return room;
  std::vector<Record> records;
  for (auto& run : runs) {
    const StandingSchedule* standing = schedules_.Find(run.schedule);
    if (live_.contains(RunId(run.schedule, run.number)) || standing == nullptr || standing->version != run.version ||
        standing->state.ending != Ending::kNone ||
        (run.number < standing->state.next_number && run.number != standing->state.queued)) {
      co_return Fail(Errc::kConflict, "no such occurrence: " + RunId(run.schedule, run.number));
    }
    Record record;
    record.type = RecordType::kOccurrence;
    record.id = std::move(run.schedule);
    record.version = run.version;
    record.range.number = run.number;
    record.range.count = 1;
    record.range.due = run.due;
    record.range.last_due = run.due;
    record.boot_id = std::move(run.boot_id);
    record.seen_boot = std::move(run.seen_boot);
    record.at = run.at;
    records.push_back(std::move(record));
  }
  const std::size_t count = records.size();
  co_return co_await WriteLive(std::move(records), count, 0, Purpose::kFresh);
}

asio::awaitable<Result<std::string>> Journal::Impl::ReadDefinition(std::string id, Definition definition) {
  Result<std::string> failed = Fail(Errc::kInternal, "the entry was lost earlier: " + id);
  if (definition.lost) co_return failed;
  for (const std::uint64_t offset : {definition.offset, definition.copy}) {
    if (offset == 0) continue;
    auto record = co_await ReadRecord(id, offset, definition.size);
    if (record) co_return std::move(record->entry);
    failed = Forward(record);
  }
  co_return failed;
}

asio::awaitable<Result<std::string>> Journal::Impl::ScheduleEntry(std::string id) {
  for (int attempt = 0;; ++attempt) {
    const StandingSchedule* standing = schedules_.Find(id);
    const Definition* definition = standing == nullptr ? nullptr : schedules_.FindDefinition(id, standing->version);
    if (definition == nullptr) co_return Fail(Errc::kNotFound, "no such schedule: " + id);
    const std::uint64_t number = number_;
    auto entry = co_await ReadDefinition(id, *definition);
    if (entry || number == number_ || attempt == 3) co_return entry;
  }
}

asio::awaitable<Status> Journal::Impl::CopySchedules(std::string path, std::string mark, ScheduleBook::Map& copies,
                                                     std::uint64_t& written) {
  copies = schedules_.map();
  std::string part;  // goes out twice
  std::string rest;
  std::vector<Definition*> in_part;
  const auto finish_part = [&] {
    for (Definition* definition : in_part) definition->copy = definition->offset + part.size();
    in_part.clear();
    std::string bytes = part + part + std::exchange(rest, {});
    part.clear();
    written += bytes.size();
    return bytes;
  };
  for (auto& [id, scheduled] : copies) {
    for (Definition& definition : scheduled.definitions) {
      const bool current = scheduled.stands && definition.version == scheduled.standing.version;
      auto entry = co_await ReadDefinition(id, definition);
      Record record = ScheduleRecord(scheduled.standing, definition.version, entry ? std::move(*entry) : std::string());
      record.highest = ranges_.highest();
      record.definition_only = !current;
      record.entry_lost = definition.lost = !entry;
      const std::string encoded = EncodeRecord(mark, record);
      definition.offset = written + part.size();
      definition.size = encoded.size();
      part += encoded;
      in_part.push_back(&definition);
      if (!current) continue;
      for (const MissedRange& range : scheduled.standing.missed) {
        Record missed;
        missed.type = RecordType::kMissed;
        missed.highest = record.highest;
        missed.id = id;
        missed.range = range;
        missed.owed = true;
        part += EncodeRecord(mark, missed);  // no number that follows would show that it is gone
      }
      if (scheduled.standing.told) {
        Record told;
        told.type = RecordType::kTold;
        told.highest = record.highest;
        told.id = id;
        told.version = definition.version;
        rest += EncodeRecord(mark, told);
      }
    }
    if (part.size() + rest.size() < kCopyChunk) continue;
    std::string bytes = finish_part();
    auto appended = co_await disk_.Append(path, std::move(bytes), false);
    if (!appended) co_return appended;
  }
  if (part.empty()) co_return Status();
  std::string bytes = finish_part();
  co_return co_await disk_.Append(path, std::move(bytes), false);
}

}  // namespace assist::agent::journal
