#include "agent/service/work_desk.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace assist::agent::service {
namespace {

/// Those of `list` that are `wanted`, in their order; the others stay.
template <class Wanted>
std::vector<wire::TaskEntry> TakeOut(std::vector<wire::TaskEntry>& list, Wanted wanted) {
  const auto others =
      std::stable_partition(list.begin(), list.end(), [&](const wire::TaskEntry& entry) { return !wanted(entry); });
  std::vector<wire::TaskEntry> taken(std::make_move_iterator(others), std::make_move_iterator(list.end()));
  list.erase(others, list.end());
  return taken;
}

}  // namespace

asio::awaitable<void> WorkDesk::Take(wire::TaskList list) {
  // First, as the stock agent: a command that comes with a file finds it accepted.
  if (!list.file.empty()) co_await files_->Accept(std::move(list.file));
  // A stop of a task that comes in the same answer must find it known.
  std::vector<wire::TaskEntry> schedules =
      TakeOut(list.run, [](const wire::TaskEntry& entry) { return entry.repeat != wire::Repeat::kOnce; });
  if (!list.run.empty()) co_await engine_->Accept(std::move(list.run));
  if (!schedules.empty()) co_await timetable_->Accept(std::move(schedules));
  schedules = TakeOut(list.stop, [this](const wire::TaskEntry& entry) { return timetable_->Knows(entry.task_id); });
  if (!list.stop.empty()) co_await engine_->StopTasks(std::move(list.stop));
  if (!schedules.empty()) co_await timetable_->StopSchedules(std::move(schedules));
  if (!list.test.empty()) co_await engine_->Verify(std::move(list.test));
}

std::int64_t WorkDesk::highest_delivery() const { return engine_->highest_delivery(); }

transport::MachineFacts FactDesk::Facts() {
  if (rest_ != nullptr) rest_->Worked();
  const inventory::Facts facts = inventory::Collect(inventory::SystemSources());
  transport::MachineFacts out;
  out.os_type = facts.os_type;
  out.arch = facts.arch;
  out.os_version = facts.os_version;
  out.machine_id = machine_id_.empty() ? facts.machine_id : machine_id_;
  out.client_ip = facts.intranet_ip;
  out.time_zone = facts.time_zone;
  out.utc_offset = inventory::UtcOffset(clock_.Now());
  out.uptime = inventory::Uptime();
  return out;
}

}  // namespace assist::agent::service
