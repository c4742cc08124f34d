#include "common/schedule/schedule.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace assist {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

/// No beat goes on after this, so that sums cannot overflow.
constexpr SystemTime kEndOfTime{std::chrono::sys_days(std::chrono::year(9999) / 12 / 31)};
/// None begins earlier, for the same reason.
constexpr SystemTime kStartOfTime{std::chrono::sys_days(std::chrono::year(1) / 1 / 1)};
constexpr std::chrono::days kLongestPeriod{36500};

/// What happens at the end of a span: the clocks jump from one local time to another.
struct ClockChange {
  local_seconds earlier;  ///< Local times from here …
  local_seconds later;    ///< … to before here do not exist (forward) or come twice (back).
  bool forward;

  explicit ClockChange(const Zone::Span& before) {
    const local_seconds from(before.end.time_since_epoch() + before.offset);
    const local_seconds to(before.end.time_since_epoch() + before.offset_after);
    forward = from < to;
    earlier = std::min(from, to);
    later = std::max(from, to);
  }

  /// An expression that runs in the hour before the change, in the hours it touches and in the hour after it goes on by
  /// time elapsed, as if nothing had happened. Any other runs each local time once.
  [[nodiscard]] bool GoesOn(const CronFields& fields) const { return fields.CoversHours(earlier - seconds(1), later); }
};

}  // namespace

std::optional<sys_seconds> NextCron(const CronFields& fields, const Zone& zone, sys_seconds after) {
  // Two changes of the clocks lie further apart than any of them reaches (a week in all real data).
  constexpr seconds kReach = 3 * Zone::kMaxOffset;
  const sys_seconds from = after + seconds(1);
  Zone::Span span = zone.SpanAt(from);
  local_seconds start = span.ToLocal(from);
  if (span.begin == from && span.offset_before < span.offset) {
    // `from` is the moment of a jump forward; what the jump skipped may run now.
    const ClockChange change(zone.SpanAt(after));
    if (!change.GoesOn(fields)) {
      const auto skipped = fields.NextAtOrAfter(change.earlier);
      if (skipped && *skipped < change.later) return from;
    }
  } else if (span.offset < span.offset_before) {
    // Perhaps in a second pass: what ran in the first one does not run again.
    const local_seconds passed(span.begin.time_since_epoch() + span.offset_before);
    if (start < passed && !ClockChange(zone.SpanAt(span.begin - seconds(1))).GoesOn(fields)) start = passed;
  }

  const local_seconds begin = start;
  std::optional<local_seconds> candidate = fields.NextAtOrAfter(start);
  while (true) {
    if (candidate && span.ToUtc(*candidate) < span.end) return span.ToUtc(*candidate);
    if (span.end == sys_seconds::max()) return std::nullopt;
    const ClockChange change(span);
    const bool in_change = candidate && *candidate < change.later;
    if (change.forward) {
      if (in_change) {
        if (!change.GoesOn(fields)) return span.end;
        candidate = fields.NextAtOrAfter(change.later);
      }
    } else if (change.GoesOn(fields)) {
      candidate = fields.NextAtOrAfter(change.earlier);
    }
    // Past everything that the first changes could repeat: the candidate alone decides.
    if (!candidate && change.earlier > begin + kReach) return std::nullopt;
    span = zone.SpanAt(span.end);
    if (candidate && change.earlier > begin + kReach) {
      const sys_seconds near(candidate->time_since_epoch() - kReach);
      if (near > span.begin) span = zone.SpanAt(near);
    }
  }
}

Schedule::Schedule(Rule rule, std::shared_ptr<const Zone> zone, bool names_zone)
    : rule_(std::move(rule)), zone_(std::move(zone)), names_zone_(names_zone) {}

Schedule Schedule::Cron(const CronFields& fields, std::shared_ptr<const Zone> zone, bool names_zone) {
  ASSIST_CHECK(fields.seconds != 0 && fields.minutes != 0 && fields.hours != 0 && fields.months != 0);
  ASSIST_CHECK(zone != nullptr);
  return Schedule(Rule(fields), std::move(zone), names_zone);
}

Schedule Schedule::Rate(seconds period, SystemTime start) {
  ASSIST_CHECK(period > seconds(0) && period <= kLongestPeriod);
  return Schedule(Rule(RateRule{period, std::clamp(start, kStartOfTime, kEndOfTime)}), nullptr, false);
}

Schedule Schedule::At(SystemTime moment) { return Schedule(Rule(AtRule{moment}), nullptr, false); }

std::optional<seconds> Schedule::period() const noexcept {
  const auto* rate = std::get_if<RateRule>(&rule_);
  return rate == nullptr ? std::nullopt : std::optional(rate->period);
}

bool Schedule::EndsWithCalendar() const noexcept {
  const auto* fields = std::get_if<CronFields>(&rule_);
  if (fields == nullptr || !fields->YearFits(kLastCronYear)) return false;
  return fields->NextAtOrAfter(local_seconds(std::chrono::local_days(std::chrono::year(kFirstCronYear) / 1 / 1)))
      .has_value();
}

Schedule Schedule::WithLocalZone(std::shared_ptr<const Zone> local) const {
  Schedule copy = *this;
  if (kind() == Kind::kCron && !names_zone_) copy.zone_ = std::move(local);
  return copy;
}

std::optional<SystemTime> Schedule::Next(SystemTime after) const {
  if (after >= kEndOfTime) return std::nullopt;
  if (const auto* at = std::get_if<AtRule>(&rule_)) {
    return at->moment > after ? std::optional(at->moment) : std::nullopt;
  }
  if (const auto* rate = std::get_if<RateRule>(&rule_)) {
    if (rate->start >= kEndOfTime) return std::nullopt;
    if (after < rate->start) return rate->start + rate->period;
    const auto done = (after - rate->start) / microseconds(rate->period);
    return rate->start + rate->period * (done + 1);
  }
  const auto& fields = std::get<CronFields>(rule_);
  const auto earliest = SystemTime(std::chrono::sys_days(std::chrono::year(kFirstCronYear - 1) / 1 / 1));
  return NextCron(fields, *zone_, std::chrono::floor<seconds>(std::max(after, earliest)));
}

std::vector<SystemTime> Schedule::NextLimit(SystemTime after, std::size_t limit) const {
  std::vector<SystemTime> times;
  while (times.size() < limit) {
    const std::optional<SystemTime> next = Next(after);
    if (!next) break;
    times.push_back(*next);
    after = *next;
  }
  return times;
}

std::uint64_t Schedule::CountBetween(SystemTime from, SystemTime to, std::uint64_t cap) const {
  if (const auto* rate = std::get_if<RateRule>(&rule_)) {
    const auto done = [rate](SystemTime time) -> std::uint64_t {
      time = std::min(time, kEndOfTime);
      if (time <= rate->start) return 0;
      return static_cast<std::uint64_t>((time - rate->start) / microseconds(rate->period));
    };
    return to <= from ? 0 : std::min(cap, done(to) - done(from));
  }
  std::uint64_t count = 0;
  for (auto next = Next(from); count < cap && next && *next <= to; next = Next(*next)) ++count;
  return count;
}

std::optional<seconds> Schedule::SmallestGap() const {
  if (const auto* fields = std::get_if<CronFields>(&rule_)) return fields->SmallestGap();
  return period();
}

}  // namespace assist
