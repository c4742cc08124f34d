// After damage in the journal: what nobody knows any more is given up, and told as that. See timetable_impl.h.
#include <algorithm>
#include <utility>

#include "agent/timetable/timetable_impl.h"

namespace assist::agent::timetable {
namespace {

using journal::MissedRange;
using journal::ScheduleChange;

static_assert(static_cast<std::uint8_t>(wire::MissedReason::kJournalDamaged) == journal::kLostByDamage);

/// Due times that are counted one by one to find out how far the numbers may have come.
constexpr std::uint64_t kCounted = 100'000;
/// Of these the last one is looked for.
constexpr int kWalked = 1000;
/// The clock is behind the last due time, so that the due times cannot tell how far the numbers have come.
constexpr std::int64_t kSlack = 16;
constexpr std::chrono::microseconds kBefore{1};

ScheduleChange Lost(const std::string& id, std::int64_t from, std::int64_t to, SystemTime after, SystemTime last_due) {
  ScheduleChange change;
  change.id = id;
  change.kind = ScheduleChange::Kind::kMissed;
  change.range.number = from;
  change.range.count = to - from;
  change.range.due = after;
  change.range.last_due = last_due;
  change.range.reason = journal::kLostByDamage;
  return change;
}

/// One above the highest number that may have been used: each due time takes one, and one more when it is made up for,
/// which can also be the last one known.
std::int64_t EndOfNumbers(const Item& item, const journal::ScheduleState& state, SystemTime now) {
  if (state.ending != journal::Ending::kNone) return state.next_number;  // its record is behind all others
  std::int64_t used = 1;
  if (item.what.schedule) {
    const auto due = static_cast<std::int64_t>(item.what.schedule->CountBetween(state.last_due, now, kCounted));
    const bool makes_up = item.what.terms.missed == wire::MissedPolicy::kRunOnce;
    used = std::max<std::int64_t>(1, makes_up ? 2 * due + 1 : due);
  }
  return state.next_number + used + (now < state.last_due ? kSlack : 0);
}

}  // namespace

void Timetable::Impl::GiveUp(const Item& item, const std::set<std::int64_t>& live, Changes& changes) const {
  const journal::StandingSchedule& standing = *journal_.schedule(item.id);
  journal::ScheduleState state = standing.state;
  const SystemTime now = watch_.moment().now;
  const bool ended = state.ending != journal::Ending::kNone;
  const SystemTime until = ended ? state.last_due : std::max(state.last_due, now);
  std::int64_t end = EndOfNumbers(item, state, now);
  if (!live.empty()) end = std::max(end, *live.rbegin() + 1);
  if (item.what.ours) {
    if (state.queued != 0 && !live.contains(state.queued)) {
      changes.push_back(Lost(item.id, state.queued, state.queued + 1, state.queued_due - kBefore, state.queued_due));
    }
    for (std::int64_t from = state.next_number; from < end;) {
      const auto next = live.lower_bound(from);
      const std::int64_t to = next == live.end() ? end : std::min(end, *next);
      if (from < to) changes.push_back(Lost(item.id, from, to, state.last_due, until));
      from = to + 1;
    }
  } else if (!standing.missed.empty()) {
    // A stock server does not want to hear of them.
    ScheduleChange told;
    told.id = item.id;
    told.kind = ScheduleChange::Kind::kTold;
    told.version = -1;
    told.range.number = standing.missed.front().number;
    told.range.count = standing.missed.back().number + standing.missed.back().count - told.range.number;
    changes.push_back(std::move(told));
  }
  state.next_number = end;
  state.last_due = until;
  state.accounted = std::max(state.accounted, state.last_due);
  if (!item.what.schedule) state.boot_id = boot_id_;
  state.queued = 0;
  state.queued_due = {};
  state.uncertain = false;
  log_.Error("schedule.uncertain", {{"task", item.id}, {"next", state.next_number}});
  ScheduleChange settled;
  settled.id = item.id;
  settled.state = std::move(state);
  changes.push_back(std::move(settled));
}

asio::awaitable<void> Timetable::Impl::SettleUncertain() {
  std::map<std::string, std::set<std::int64_t>> live;
  for (const auto& run : engine_.runs()) live[run.schedule].insert(run.number);
  Changes changes;
  for (const auto& [id, item] : items_) {
    if (journal_.schedule(id)->state.uncertain) GiveUp(*item, live[id], changes);
  }
  for (std::size_t tries = 0; !changes.empty(); ++tries) {
    Changes copy = changes;
    auto written = co_await journal_.ChangeSchedules(std::move(copy));
    if (written) break;
    log_.Warn("schedule.deferred", {{"count", changes.size()}, {"why", written.error().detail}});
    co_await BackOff(tries);
  }
}

MissedRange Timetable::Impl::DueOf(const Item& item, MissedRange range) {
  if (range.reason != journal::kLostByDamage) return range;
  const auto first = item.what.schedule ? item.what.schedule->Next(range.due) : std::nullopt;
  if (!first || *first > range.last_due) {
    range.last_due = range.due;
    return range;
  }
  range.due = *first;
  if (const auto period = item.what.schedule->period()) {
    range.last_due = *first + *period * ((range.last_due - *first) / *period);
    return range;
  }
  SystemTime last = *first;
  for (int i = 0; i < kWalked; ++i) {
    const auto next = item.what.schedule->Next(last);
    if (!next || *next > range.last_due) {
      range.last_due = last;
      break;
    }
    last = *next;
  }
  return range;
}

}  // namespace assist::agent::timetable
