#include "agent/journal/journal.h"

#include "agent/journal/journal_impl.h"

namespace assist::agent::journal {

Journal::Journal(Options options, asio::any_io_executor executor, disk::Disk& disk, Random& random)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(executor), disk, random)) {}
Journal::~Journal() = default;

asio::awaitable<Result<Opened>> Journal::Open() { co_return co_await impl_->Open(); }
bool Journal::Had(const std::string& id, std::int64_t delivery) const { return impl_->Had(id, delivery); }
std::int64_t Journal::highest_delivery() const noexcept { return impl_->highest(); }
std::vector<LiveTask> Journal::live() const { return impl_->Tasks(); }
asio::awaitable<Status> Journal::Accept(std::vector<Acceptance> tasks) {
  co_return co_await impl_->Accept(std::move(tasks));
}
asio::awaitable<Result<std::string>> Journal::Entry(std::string id) { co_return co_await impl_->Entry(std::move(id)); }

asio::awaitable<Status> Journal::MayStart(std::string id, std::string boot_id) {
  if (!impl_->IsLive(id)) co_return Fail(Errc::kNotFound, "no such task: " + id);
  std::vector<Record> records(1);
  records[0].type = RecordType::kMayStart;
  records[0].id = std::move(id);
  records[0].boot_id = std::move(boot_id);
  co_return co_await impl_->Write(std::move(records));
}

asio::awaitable<Status> Journal::WishStop(std::string id, StopWish wish) {
  std::vector<Record> records(1);
  records[0].type = RecordType::kWishStop;
  records[0].id = std::move(id);
  records[0].stop = wish;
  co_return co_await impl_->Write(std::move(records));
}

asio::awaitable<Status> Journal::Conclude(std::string id, std::string conclusion) {
  if (!impl_->IsLive(id)) co_return Fail(Errc::kNotFound, "no such task: " + id);
  std::vector<Record> records(1);
  records[0].type = RecordType::kConcluded;
  records[0].id = std::move(id);
  records[0].conclusion = std::move(conclusion);
  co_return co_await impl_->Write(std::move(records));
}

asio::awaitable<Status> Journal::AcceptConcluded(std::vector<Acceptance> tasks, std::string conclusion) {
  co_return co_await impl_->AcceptConcluded(std::move(tasks), std::move(conclusion));
}

asio::awaitable<Status> Journal::Remember(std::vector<Acceptance> refused) {
  std::vector<Record> records;
  for (auto& task : refused) {
    Record record;
    record.type = RecordType::kRefused;
    record.id = std::move(task.id);
    record.delivery = task.delivery;
    records.push_back(std::move(record));
  }
  co_return co_await impl_->Write(std::move(records));
}

asio::awaitable<Status> Journal::Forget(std::string id) {
  std::vector<Record> records(1);
  records[0].type = RecordType::kForget;
  records[0].id = std::move(id);
  co_return co_await impl_->Write(std::move(records));
}

asio::awaitable<Status> Journal::AcceptSchedules(std::vector<ScheduleAcceptance> schedules) {
  co_return co_await impl_->AcceptSchedules(std::move(schedules));
}
asio::awaitable<Status> Journal::ChangeSchedules(std::vector<ScheduleChange> changes) {
  co_return co_await impl_->ChangeSchedules(std::move(changes));
}
asio::awaitable<Status> Journal::AcceptRuns(std::vector<RunAcceptance> runs) {
  co_return co_await impl_->AcceptRuns(std::move(runs));
}
asio::awaitable<Result<std::string>> Journal::ScheduleEntry(std::string id) {
  co_return co_await impl_->ScheduleEntry(std::move(id));
}
const StandingSchedule* Journal::schedule(std::string_view id) const { return impl_->schedules().Find(id); }
std::vector<std::string> Journal::schedule_ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, scheduled] : impl_->schedules().map()) {
    if (scheduled.stands) ids.push_back(id);
  }
  return ids;
}

asio::awaitable<Status> Journal::ResetIdentity() {
  std::vector<Record> records(1);
  records[0].type = RecordType::kResetIdentity;
  co_return co_await impl_->Write(std::move(records));
}

asio::awaitable<void> Journal::Close() { co_await impl_->Close(); }

}  // namespace assist::agent::journal
