#include "agent/desk/work_desk.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace assist::agent::desk {
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
  if (files_ != nullptr && !list.file.empty()) co_await files_->Accept(std::move(list.file));
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

void WorkDesk::LinkIsBack() {
  engine_->Nudge();
  timetable_->Nudge();
  if (files_ != nullptr) files_->Nudge();
}

std::int64_t WorkDesk::highest_delivery() const { return engine_->highest_delivery(); }

}  // namespace assist::agent::desk
