#include "common/schedule/posix_zone.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace assist {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::year;

/// Reads from the front of the text; each method says whether its part was there.
class PosixZoneParser {
 public:
  explicit PosixZoneParser(std::string_view text) : rest_(text) {}

  bool Parse(PosixZone& zone) {
    if (!Name() || !Offset(zone.standard_, 24)) return false;
    zone.standard_ = -zone.standard_;  // POSIX counts westwards.
    if (rest_.empty()) return true;
    if (!Name()) return false;
    zone.summer_ = zone.standard_ + std::chrono::hours(1);
    if (!rest_.empty() && rest_.front() != ',') {
      if (!Offset(zone.summer_, 24)) return false;
      zone.summer_ = -zone.summer_;
    }
    PosixZone::Moment begins, ends;
    if (!Moment(begins) || !Moment(ends)) return false;
    zone.summer_begins_ = begins;
    zone.summer_ends_ = ends;
    return rest_.empty();
  }

 private:
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Three letters at least, or anything of letters, digits and signs in angle brackets.
  bool Name() {
    const bool quoted = Take('<');
    std::size_t length = 0;
    for (; length < rest_.size(); ++length) {
      const char c = rest_[length];
      const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      const bool other = (c >= '0' && c <= '9') || c == '+' || c == '-';
      if (!letter && !(quoted && other)) break;
    }
    if (length < 3) return false;
    rest_.remove_prefix(length);
    return !quoted || Take('>');
  }

  bool Number(unsigned max, unsigned& value) {
    value = 0;
    std::size_t length = 0;
    for (; length < rest_.size() && length < 4 && rest_[length] >= '0' && rest_[length] <= '9'; ++length) {
      value = value * 10 + static_cast<unsigned>(rest_[length] - '0');
    }
    rest_.remove_prefix(length);
    return length > 0 && value <= max;
  }

  /// [+-]hh[:mm[:ss]]
  bool Offset(seconds& value, unsigned max_hours) {
    const bool negative = Take('-');
    if (!negative) Take('+');
    unsigned hours = 0, minutes = 0, rest = 0;
    if (!Number(max_hours, hours)) return false;
    if (Take(':')) {
      if (!Number(59, minutes)) return false;
      if (Take(':') && !Number(59, rest)) return false;
    }
    value = std::chrono::hours(hours) + std::chrono::minutes(minutes) + seconds(rest);
    if (negative) value = -value;
    return true;
  }

  /// ,Mm.w.d[/time]  ,Jn[/time]  ,n[/time]
  bool Moment(PosixZone::Moment& moment) {
    using Kind = PosixZone::Moment::Kind;
    if (!Take(',')) return false;
    if (Take('M')) {
      moment.kind = Kind::kMonthWeekDay;
      if (!Number(12, moment.month) || moment.month == 0 || !Take('.') || !Number(5, moment.week) || moment.week == 0 ||
          !Take('.') || !Number(6, moment.weekday)) {
        return false;
      }
    } else if (Take('J')) {
      moment.kind = Kind::kDayOfYearWithoutLeapDay;
      if (!Number(365, moment.day) || moment.day == 0) return false;
    } else {
      moment.kind = Kind::kDayOfYear;
      if (!Number(365, moment.day)) return false;
    }
    return !Take('/') || Offset(moment.time, 167);
  }

  std::string_view rest_;
};

local_seconds PosixZone::Moment::In(year y) const {
  using std::chrono::local_days;
  const local_days new_year(y / std::chrono::January / 1);
  switch (kind) {
    case Kind::kDayOfYear:
      return new_year + days(day) + time;
    case Kind::kDayOfYearWithoutLeapDay:
      return new_year + days(day - 1 + (y.is_leap() && day >= 60 ? 1 : 0)) + time;
    case Kind::kMonthWeekDay:
      break;
  }
  const std::chrono::weekday wanted(weekday);
  const std::chrono::month m(month);
  if (week == 5) return local_days(y / m / wanted[std::chrono::last]) + time;
  return local_days(y / m / wanted[week]) + time;
}

Result<PosixZone> PosixZone::Parse(std::string_view text) {
  PosixZone zone;
  if (!PosixZoneParser(text).Parse(zone)) {
    return Fail(Errc::kInvalid, "not a time zone rule: '" + std::string(text.substr(0, 64)) + "'");
  }
  return zone;
}

std::vector<Zone::Change> PosixZone::ChangesAfter(sys_seconds after) const {
  std::vector<Zone::Change> changes;
  if (!summer_begins_) return changes;
  const sys_seconds from = std::max(after, sys_seconds(std::chrono::sys_days(year(1969) / 1 / 1)));
  for (year y = std::chrono::year_month_day(std::chrono::floor<days>(from)).year() - std::chrono::years(1);
       y <= kLastZoneYear; ++y) {
    changes.push_back({sys_seconds(summer_begins_->In(y).time_since_epoch() - standard_), summer_});
    changes.push_back({sys_seconds(summer_ends_->In(y).time_since_epoch() - summer_), standard_});
  }
  // Of two at one moment the later one counts: summer time all the year ends and begins at the turn of the year.
  std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::vector<Zone::Change> kept;
  for (const Zone::Change& change : changes) {
    if (change.begin <= after) continue;
    if (!kept.empty() && kept.back().begin == change.begin) kept.pop_back();
    kept.push_back(change);
  }
  return kept;
}

std::shared_ptr<const Zone> PosixZone::ToZone(std::string name) const {
  return std::make_shared<const Zone>(std::move(name), standard_,
                                      ChangesAfter(sys_seconds(std::chrono::sys_days(year(1968) / 12 / 31))));
}

}  // namespace assist
