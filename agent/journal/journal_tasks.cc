// Tasks that are taken, and their entries. See journal_impl.h.
#include <utility>

#include "agent/journal/journal_impl.h"

namespace assist::agent::journal {

Result<std::vector<Record>> Journal::Impl::Acceptances(std::vector<Acceptance> tasks, std::uint64_t& entry_bytes) {
  std::vector<Record> records;
  std::set<std::string> seen;
  for (auto& task : tasks) {
    if (Had(task.id, task.delivery) || !seen.insert(task.id).second) {
      return Fail(Errc::kConflict, "had before: " + task.id);
    }
    if (task.entry.size() > kMaxPayload / 2) return Fail(Errc::kTooLarge, "the entry is too large: " + task.id);
    entry_bytes += task.entry.size();
    Record record;
    record.type = RecordType::kAccepted;
    record.id = std::move(task.id);
    record.delivery = task.delivery;
    record.boot_id = std::move(task.boot_id);
    record.entry = std::move(task.entry);
    record.at = task.at;
    records.push_back(std::move(record));
  }
  return records;
}

asio::awaitable<Status> Journal::Impl::RoomForFresh() {
  // What is accepted shall be able to end: not without the room for that.
  const bool room = co_await reserve_.Keep();
  if (!room) co_return Fail(Errc::kTooLarge, "the disk is full");
  co_return Status();
}

asio::awaitable<Status> Journal::Impl::Accept(std::vector<Acceptance> tasks) {
  auto room = co_await RoomForFresh();
  if (!room) co_return room;
  std::uint64_t bytes = 0;
  auto records = Acceptances(std::move(tasks), bytes);
  if (!records) co_return Forward(records);
  const std::size_t count = records->size();
  co_return co_await WriteLive(std::move(*records), count, bytes, Purpose::kFresh);
}

asio::awaitable<Status> Journal::Impl::AcceptConcluded(std::vector<Acceptance> tasks, std::string conclusion) {
  std::uint64_t bytes = 0;
  auto records = Acceptances(std::move(tasks), bytes);
  if (!records) co_return Forward(records);
  const std::size_t count = records->size();
  for (std::size_t i = 0; i < count; ++i) {
    Record end;
    end.type = RecordType::kConcluded;
    end.id = (*records)[i].id;
    end.conclusion = conclusion;
    records->push_back(std::move(end));
  }
  co_return co_await WriteLive(std::move(*records), count, bytes, Purpose::kEnds);
}

asio::awaitable<Status> Journal::Impl::WriteLive(std::vector<Record> records, std::size_t count,
                                                 std::uint64_t entry_bytes, Purpose purpose) {
  if (live_.size() + pending_live_ + count > options_.max_live ||
      counted_bytes() + pending_bytes_ + entry_bytes > options_.max_live_bytes) {
    co_return Fail(Errc::kUnavailable, "the journal is full");
  }
  pending_live_ += count;
  pending_bytes_ += entry_bytes;
  auto status = co_await Write(std::move(records), purpose);
  pending_live_ -= count;
  pending_bytes_ -= entry_bytes;
  co_return status;
}

asio::awaitable<Result<std::string>> Journal::Impl::Entry(std::string id) {
  for (int attempt = 0;; ++attempt) {
    const auto found = live_.find(id);
    if (found == live_.end()) co_return Fail(Errc::kNotFound, "no such task: " + id);
    const std::uint64_t number = number_;
    const LiveTask& task = found->second.task;
    Result<std::string> entry = Fail(Errc::kInternal, "the entry was lost earlier: " + id);
    if (task.number == 0) {
      auto record = co_await ReadAccepted(found->second);
      if (record) co_return std::move(record->entry);
      entry = Forward(record);
    } else if (const Definition* definition = schedules_.FindDefinition(task.schedule, task.version)) {
      entry = co_await ReadDefinition(task.schedule, *definition);
      if (entry) co_return entry;
    }
    // The file may have been written anew meanwhile.
    if (number == number_ || attempt == 3) co_return entry;
  }
}

}  // namespace assist::agent::journal
