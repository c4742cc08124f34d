// Telling the server: kept, missed, over. See timetable_impl.h.
#include <algorithm>
#include <utility>

#include "agent/timetable/timetable_impl.h"

namespace assist::agent::timetable {

using task_engine::Delivery;
using task_engine::ReportOutcome;

void Timetable::Impl::Dress(wire::Report& report) const {
  const auto found = items_.find(report.task_id);
  if (found == items_.end()) return;
  const Item& item = *found->second;
  if (item.what.repeat == wire::Repeat::kPeriod || item.what.repeat == wire::Repeat::kRate) {
    wire::WallClock wall;
    wall.current_time = clock_.Now();
    if (item.what.schedule && item.what.schedule->zone() != nullptr) {
      const Zone& zone = *item.what.schedule->zone();
      wall.offset = zone.OffsetAt(std::chrono::floor<std::chrono::seconds>(wall.current_time));
      wall.time_zone = zone.name().empty() ? GmtName(*wall.offset) : zone.name();
    }
    report.wall_clock = std::move(wall);
  }
  if (item.what.ours) report.next_due = NextDue(item);
}

wire::Report Timetable::Impl::Blank(const Item& item, wire::ReportKind kind) const {
  wire::Report report;
  report.kind = kind;
  report.task_id = item.id;
  report.invoke_version = item.what.version;
  Dress(report);
  return report;
}

void Timetable::Impl::TellOf(Item& item) {
  if (std::exchange(item.in_line, true)) return;
  line_.push_back(item.id);
  line_changed_.Pulse();
}

asio::awaitable<void> Timetable::Impl::Tell() {
  for (;;) {
    while (line_.empty()) co_await line_changed_.Wait();
    const std::string id = std::move(line_.front());
    line_.pop_front();
    const auto found = items_.find(id);
    if (found == items_.end()) continue;
    // It stays in line until there is nothing more to tell, so that one sender has it.
    Item& item = *found->second;
    Told told = Told::kMore;
    while (told == Told::kMore) told = co_await TellOne(item);
    if (told == Told::kAll) {
      item.tries = 0;
      item.in_line = false;
    } else if (told == Told::kLater) {
      co_await BackOff(item.tries++);
      line_.push_back(id);  // others go first
    }
  }
}

asio::awaitable<Timetable::Impl::Told> Timetable::Impl::TellOne(Item& item) {
  const journal::StandingSchedule* standing = journal_.schedule(item.id);
  const bool ended = standing != nullptr && standing->state.ending != journal::Ending::kNone;
  if (standing != nullptr && item.what.ours && !ended && (!standing->told || item.accept_again)) {
    co_return co_await TellAccepted(item);
  }
  if (standing != nullptr && !standing->missed.empty()) co_return co_await TellMissed(item);
  if (ended && item.live == 0) co_return co_await TellEnd(item);
  co_return Told::kAll;
}

asio::awaitable<Timetable::Impl::Told> Timetable::Impl::TellAccepted(Item& item) {
  const std::int64_t version = item.what.version;
  item.accept_again = false;
  wire::Report report = Blank(item, wire::ReportKind::kAccepted);
  const ReportOutcome answer = co_await sink_.Send(std::move(report));
  if (answer.delivery == Delivery::kLater) co_return Told::kLater;
  if (answer.delivery == Delivery::kGone) {
    log_.Warn("schedule.unwanted", {{"task", item.id}});
    co_return co_await Forget(item, version);
  }
  std::vector<journal::ScheduleChange> changes(1);
  changes[0].id = item.id;
  changes[0].kind = journal::ScheduleChange::Kind::kTold;
  changes[0].version = version;
  auto noted = co_await journal_.ChangeSchedules(std::move(changes));
  co_return noted ? Told::kMore : Told::kLater;
}

asio::awaitable<Timetable::Impl::Told> Timetable::Impl::TellMissed(Item& item) {
  const journal::MissedRange range = journal_.schedule(item.id)->missed.front();
  const journal::MissedRange shown = DueOf(item, range);
  wire::Report report = Blank(item, wire::ReportKind::kMissed);
  report.occurrence = wire::Occurrence{range.number, shown.due};
  wire::Missed missed;
  missed.count = range.count;
  missed.last_due = shown.last_due;
  missed.reason = static_cast<wire::MissedReason>(range.reason);
  report.missed = missed;
  item.sent_below = std::max(item.sent_below, range.number + range.count);
  const ReportOutcome answer = co_await sink_.Send(std::move(report));
  if (answer.delivery == Delivery::kLater) co_return Told::kLater;
  std::vector<journal::ScheduleChange> changes(1);
  changes[0].id = item.id;
  changes[0].kind = journal::ScheduleChange::Kind::kTold;
  changes[0].version = -1;
  changes[0].range = range;
  auto noted = co_await journal_.ChangeSchedules(std::move(changes));
  co_return noted ? Told::kMore : Told::kLater;
}

asio::awaitable<Timetable::Impl::Told> Timetable::Impl::TellEnd(Item& item) {
  const std::int64_t version = item.what.version;
  const bool completed = journal_.schedule(item.id)->state.ending == journal::Ending::kCompleted;
  bool silent = false;
  wire::Report report = Blank(item, wire::ReportKind::kStopped);
  report.result = completed ? "completed" : "killed";
  if (!item.what.ours) {
    const auto last = last_runs_.find(item.id);
    const bool ran_well = last != last_runs_.end() && !last->second.could_not_start;
    // Stock agents tell the end of cron only, and only when its last run was one.
    silent = completed ? item.what.repeat != wire::Repeat::kPeriod || !ran_well : item.run_answers;
    if (!completed && last != last_runs_.end()) {
      report.start = last->second.start;
      report.end = last->second.end;
      report.exit_code = last->second.exit_code;
    }
  }
  if (!silent) {
    const ReportOutcome answer = co_await sink_.Send(std::move(report));
    if (answer.delivery == Delivery::kLater) co_return Told::kLater;
  }
  co_return co_await Forget(item, version);
}

asio::awaitable<Timetable::Impl::Told> Timetable::Impl::Forget(Item& item, std::int64_t version) {
  co_await TakeTurn();
  Told told = Told::kMore;
  // Another version may have come while the report was on its way.
  if (item.what.version == version) {
    auto forgotten = co_await journal_.Forget(item.id);
    told = forgotten ? Told::kGone : Told::kLater;
    if (forgotten) {
      log_.Info("schedule.forgotten", {{"task", item.id}});
      Wake(item, {});
      last_runs_.erase(item.id);
      std::erase_if(going_on_, [&item](const auto& run) { return run.first == item.id; });
      const std::string id = item.id;
      items_.erase(id);
    }
  }
  EndTurn();
  co_return told;
}

asio::awaitable<void> Timetable::Impl::SendAlone(wire::Report report) {
  constexpr std::size_t kTries = 20;
  for (std::size_t tries = 0; tries < kTries; ++tries) {
    wire::Report copy = report;
    const ReportOutcome outcome = co_await sink_.Send(std::move(copy));
    if (outcome.delivery != Delivery::kLater) co_return;
    co_await BackOff(tries);
  }
}

asio::awaitable<void> Timetable::Impl::BackOff(std::size_t tries) {
  using std::chrono::microseconds;
  const auto longest = std::chrono::duration_cast<microseconds>(options_.tell_retry_max);
  auto wait = std::chrono::duration_cast<microseconds>(options_.tell_retry_min);
  for (std::size_t i = 0; i < tries && wait < longest; ++i) wait *= 2;
  wait = std::min(wait, longest);
  wait = wait / 2 + microseconds(random_.Below(static_cast<std::uint64_t>(wait.count() / 2) + 1));
  co_await nudge_.WaitUntil(clock_, clock_.Steady() + wait);
}

}  // namespace assist::agent::timetable
