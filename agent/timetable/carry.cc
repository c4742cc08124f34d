// Looking at what is due, and carrying it out. See timetable_impl.h.
#include <algorithm>
#include <utility>

#include "agent/timetable/timetable_impl.h"

namespace assist::agent::timetable {
namespace {

using journal::ScheduleChange;

/// Schedules that are looked at together: their records share a sync, and no list is longer than this.
constexpr std::size_t kTogether = 512;
/// 9999-12-31: nothing is due before a clock that is wrong is set back.
constexpr SystemTime kNever{std::chrono::seconds(253'402'214'400)};

ScheduleChange ToState(const std::string& id, journal::ScheduleState state) {
  ScheduleChange change;
  change.id = id;
  change.kind = ScheduleChange::Kind::kState;
  change.state = std::move(state);
  return change;
}

ScheduleChange ToMissed(const Item& item, const journal::MissedRange& range, bool merge) {
  ScheduleChange change;
  change.id = item.id;
  change.kind = ScheduleChange::Kind::kMissed;
  change.range = range;
  change.owed = item.what.ours;
  change.merge = merge;
  return change;
}

/// The same name, and the same offset at all times.
bool IsSame(const Zone& a, const Zone& b) {
  if (a.name() != b.name() || a.size() != b.size()) return false;
  for (sys_seconds at = sys_seconds::min();;) {
    const Zone::Span one = a.SpanAt(at);
    const Zone::Span other = b.SpanAt(at);
    if (one.offset != other.offset || one.end != other.end) return false;
    if (one.end == sys_seconds::max()) return true;
    at = one.end;
  }
}

}  // namespace

asio::awaitable<void> Timetable::Impl::TakeTurn() {
  while (turn_taken_) co_await turn_free_.Wait();
  turn_taken_ = true;
}

void Timetable::Impl::EndTurn() {
  turn_taken_ = false;
  turn_free_.Pulse();
}

void Timetable::Impl::Wake(Item& item, std::optional<SystemTime> when) {
  if (item.wake) agenda_.erase(&item);
  item.wake = when;
  if (!when) return;
  const auto [place, added] = agenda_.insert(&item);
  if (added && place == agenda_.begin()) agenda_changed_.Pulse();
}

std::optional<SystemTime> Timetable::Impl::NextDue(const Item& item) const {
  const journal::StandingSchedule* standing = journal_.schedule(item.id);
  if (standing == nullptr || !item.what.schedule || standing->state.ending != journal::Ending::kNone) return {};
  return item.what.schedule->Next(standing->state.last_due);
}

asio::awaitable<void> Timetable::Impl::Look() {
  for (;;) {
    LookAtTheClock();
    const SystemTime now = watch_.moment().now;
    if (!agenda_.empty() && *(*agenda_.begin())->wake <= now) {
      co_await TakeTurn();
      std::vector<Item*> due;
      for (auto at = agenda_.begin(); at != agenda_.end() && *(*at)->wake <= now && due.size() < kTogether; ++at) {
        due.push_back(*at);
      }
      co_await Carry(std::move(due));
      EndTurn();
      continue;
    }
    if (ZoneIsOld()) {
      co_await TakeTurn();
      co_await LookAtTheZone();
      EndTurn();
      continue;
    }
    SteadyTime until = clock_.Steady() + options_.look_every;
    if (!agenda_.empty()) until = std::min(until, clock_.Steady() + (*(*agenda_.begin())->wake - now));
    co_await agenda_changed_.WaitUntil(clock_, until);
  }
}

void Timetable::Impl::LookAtTheClock() {
  if (watch_.Look(clock_.Now(), clock_.Steady()) == ClockWatch::Change::kBack) LookAtStranded();
}

asio::awaitable<void> Timetable::Impl::LookAtTheZone() {
  if (!ZoneIsOld()) co_return;
  LookAtTheClock();
  const SystemTime now = watch_.moment().now;
  // First what is due by the zone that was.
  if (!agenda_.empty() && *(*agenda_.begin())->wake <= now) co_return;
  zone_asked_ = clock_.Steady();
  const std::shared_ptr<const Zone> zone = ask_local_();
  if (IsSame(*zone, *local_)) co_return;
  std::vector<std::pair<Item*, Schedule>> moved;
  Changes changes;
  for (const auto& [id, item] : items_) {
    const journal::StandingSchedule* standing = journal_.schedule(id);
    const auto& schedule = item->what.schedule;
    if (standing == nullptr || !schedule || schedule->kind() != Schedule::Kind::kCron || schedule->names_zone())
      continue;
    moved.emplace_back(item.get(), schedule->WithLocalZone(zone));
    // Times of the past were never due in the new zone.
    const SystemTime seen = now - item->what.terms.splay;
    const auto next = moved.back().second.Next(standing->state.last_due);
    if (!next || *next > seen) continue;
    journal::ScheduleState state = standing->state;
    state.last_due = seen;
    state.accounted = std::max(state.accounted, seen);
    changes.push_back(ToState(id, std::move(state)));
  }
  if (!changes.empty()) {
    auto written = co_await journal_.ChangeSchedules(std::move(changes));
    if (!written) {
      log_.Warn("schedule.zone_deferred", {{"count", moved.size()}, {"why", written.error().detail}});
      co_return;
    }
  }
  local_ = zone;
  log_.Info("schedule.zone_changed", {{"zone", zone->name()}, {"schedules", moved.size()}});
  for (auto& [item, schedule] : moved) {
    item->what.schedule = std::move(schedule);
    if (!item->wake) continue;
    Wake(*item, now);
    item->accept_again = true;  // the server is to know when it is due
    TellOf(*item);
  }
}

void Timetable::Impl::LookAtStranded() {
  const SystemTime now = watch_.moment().now;
  for (const auto& [id, item] : items_) {
    const journal::StandingSchedule* standing = journal_.schedule(id);
    if (item->wake && standing != nullptr && standing->state.last_due > now + kWrongClock) Wake(*item, now);
  }
}

task_engine::ScheduledRun Timetable::Impl::RunOf(const Item& item, std::int64_t number, SystemTime due) {
  task_engine::ScheduledRun run;
  run.schedule = item.id;
  run.version = item.what.version;
  run.number = number;
  run.due = due;
  run.ours = item.what.ours;
  run.timed = item.what.schedule.has_value();
  run.output = item.what.output;
  return run;
}

void Timetable::Impl::PlanBoot(Item& item, const journal::ScheduleState& state,
                               std::vector<task_engine::ScheduledRun>& runs) const {
  if (state.boot_id == boot_id_) return;
  if (item.what.repeat == wire::Repeat::kNextRebootOnly && state.next_number > 1) return;  // it had its boot
  runs.push_back(RunOf(item, state.next_number, watch_.moment().now));
  runs.back().seen_boot = boot_id_;
}

void Timetable::Impl::PlanOne(Item& item, Changes& changes, std::vector<task_engine::ScheduledRun>& runs) {
  const journal::StandingSchedule* standing = journal_.schedule(item.id);
  if (standing == nullptr || standing->state.ending != journal::Ending::kNone || item.broken) return;
  journal::ScheduleState state = standing->state;
  if (!item.what.schedule) return PlanBoot(item, state, runs);
  if (state.queued != 0 && item.unended == 0) {
    // Its turn has come; what is due besides is looked at after it.
    runs.push_back(RunOf(item, state.queued, state.queued_due));
    return;
  }
  Moment moment = watch_.moment();
  moment.down_until = std::max(moment.down_until, item.since);
  const Position position{state.next_number, state.last_due, state.accounted, state.queued != 0, item.unended > 0};
  const Plan plan = MakePlan(*item.what.schedule, item.what.terms, position, moment);
  if (plan.rewound) {
    log_.Warn("schedule.clock_was_wrong", {{"task", item.id}, {"was", FormatIso8601(state.last_due)}});
  }
  bool merge = !standing->missed.empty() && standing->missed.back().number >= item.sent_below;
  for (const Step& step : plan.steps) {
    if (step.kind != Step::Kind::kMove) {
      state.next_number = step.number + step.count;
      state.accounted = std::max(state.accounted, step.last_due);
    }
    state.last_due = step.last_due;
    switch (step.kind) {
      case Step::Kind::kMissed: {
        journal::MissedRange range;
        range.number = step.number;
        range.count = step.count;
        range.due = step.due;
        range.last_due = step.last_due;
        range.reason = static_cast<std::uint8_t>(step.reason);
        changes.push_back(ToMissed(item, range, std::exchange(merge, true)));
        log_.Info("schedule.missed", {{"task", item.id}, {"count", step.count}, {"why", wire::Name(step.reason)}});
        break;
      }
      case Step::Kind::kRun:
        runs.push_back(RunOf(item, step.number, step.due));
        break;
      case Step::Kind::kQueue:
        state.queued = step.number;
        state.queued_due = step.due;
        changes.push_back(ToState(item.id, state));
        break;
      case Step::Kind::kMove:
        changes.push_back(ToState(item.id, state));
        break;
    }
  }
}

void Timetable::Impl::Begins(Item& item, std::int64_t number) {
  if (going_on_.emplace(item.id, number).second) ++item.unended;
}

void Timetable::Impl::Ends(Item& item, std::int64_t number) {
  if (going_on_.erase({item.id, number}) > 0) --item.unended;
}

asio::awaitable<void> Timetable::Impl::SeeWhatHasEnded(const std::vector<Item*>& items) {
  for (Item* item : items) {
    if (item->unended == 0) continue;
    std::vector<std::int64_t> numbers;
    for (auto at = going_on_.lower_bound({item->id, 0}); at != going_on_.end() && at->first == item->id; ++at) {
      numbers.push_back(at->second);
    }
    for (const std::int64_t number : numbers) {
      const bool goes_on = co_await engine_.StillRuns(item->id, number);
      if (!goes_on) Ends(*item, number);
    }
  }
}

asio::awaitable<bool> Timetable::Impl::Carry(std::vector<Item*> items) {
  co_await SeeWhatHasEnded(items);
  Changes changes;
  std::vector<task_engine::ScheduledRun> runs;
  for (Item* item : items) PlanOne(*item, changes, runs);
  const SystemTime later = watch_.moment().now + options_.retry;
  if (!changes.empty()) {
    auto changed = co_await journal_.ChangeSchedules(std::move(changes));
    if (!changed) {
      log_.Warn("schedule.deferred", {{"count", items.size()}, {"why", changed.error().detail}});
      for (Item* item : items) Wake(*item, later);
      co_return false;
    }
  }
  std::set<Item*> deferred;
  if (!runs.empty()) {
    std::vector<std::pair<Item*, std::int64_t>> starting;
    for (const auto& run : runs) {
      Item& item = *items_.find(run.schedule)->second;
      Begins(item, run.number);
      ++item.live;
      starting.emplace_back(&item, run.number);
    }
    const std::size_t accepted = co_await engine_.AcceptRuns(std::move(runs));
    for (std::size_t i = accepted; i < starting.size(); ++i) {
      const auto& [item, number] = starting[i];
      Ends(*item, number);
      --item->live;
      deferred.insert(item);
    }
  }
  Changes ends;
  for (Item* item : items) {
    if (deferred.contains(item)) {
      Wake(*item, later);
    } else {
      Rest(*item, ends);
    }
  }
  if (ends.empty()) co_return true;
  std::vector<std::string> ended;
  for (const auto& end : ends) ended.push_back(end.id);
  auto written = co_await journal_.ChangeSchedules(std::move(ends));
  for (const auto& id : ended) {
    Item& item = *items_.find(id)->second;
    written ? TellOf(item) : Wake(item, later);
  }
  co_return true;
}

void Timetable::Impl::Rest(Item& item, Changes& ends) {
  const journal::StandingSchedule* standing = journal_.schedule(item.id);
  if (standing == nullptr || item.broken) return Wake(item, {});
  if (!standing->missed.empty()) TellOf(item);
  const journal::ScheduleState& state = standing->state;
  if (state.ending != journal::Ending::kNone) return Wake(item, {});
  bool over = item.what.repeat == wire::Repeat::kNextRebootOnly && state.next_number > 1;
  if (item.what.schedule) {
    if (state.queued != 0 && item.unended == 0) return Wake(item, watch_.moment().now);
    auto next = NextLook(*item.what.schedule, item.what.terms, state.last_due);
    if (!next && item.what.schedule->EndsWithCalendar()) next = kNever;  // until the clock is set right
    over = !next && state.queued == 0;
    Wake(item, next);
  } else {
    Wake(item, {});
  }
  if (!over) return;
  journal::ScheduleState end = state;
  end.ending = journal::Ending::kCompleted;
  ends.push_back(ToState(item.id, std::move(end)));
}

void Timetable::Impl::RunEnded(const std::string& schedule, std::int64_t number, const task_engine::Outcome& outcome) {
  const auto found = items_.find(schedule);
  if (found == items_.end()) return;
  Item& item = *found->second;
  Ends(item, number);
  if (!item.what.ours) {
    last_runs_[schedule] = {outcome.start, outcome.end, outcome.exit_code, !outcome.err_code.empty()};
  }
  const journal::StandingSchedule* standing = journal_.schedule(schedule);
  if (standing != nullptr && standing->state.queued != 0 && item.unended == 0) Wake(item, clock_.Now());
}

void Timetable::Impl::RunForgotten(const std::string& schedule, std::int64_t) {
  const auto found = items_.find(schedule);
  if (found == items_.end()) return;
  Item& item = *found->second;
  if (item.live > 0) --item.live;
  const journal::StandingSchedule* standing = journal_.schedule(schedule);
  if (standing != nullptr && standing->state.ending != journal::Ending::kNone) TellOf(item);
}

}  // namespace assist::agent::timetable
