#include "common/schedule/cron_fields.h"

#include <algorithm>
#include <bit>

namespace assist {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::year_month;
using Duration = std::chrono::seconds;

constexpr std::uint32_t kAllHours = (1U << 24) - 1;

/// The lowest bit of `set` that is not below `from`; -1 when there is none.
int NextBit(std::uint64_t set, unsigned from) {
  if (from >= 64) return -1;
  const std::uint64_t rest = set >> from << from;
  return rest == 0 ? -1 : std::countr_zero(rest);
}

int LowestBit(std::uint64_t set) { return std::countr_zero(set); }
int HighestBit(std::uint64_t set) { return 63 - std::countl_zero(set); }

/// The smallest distance between two bits; 0 when there are fewer than two.
int SmallestStep(std::uint64_t set) {
  int smallest = 0;
  for (int at = NextBit(set, 0); at >= 0;) {
    const int next = NextBit(set, static_cast<unsigned>(at) + 1);
    if (next < 0) break;
    if (smallest == 0 || next - at < smallest) smallest = next - at;
    at = next;
  }
  return smallest;
}

struct MonthShape {
  unsigned length;         ///< 28–31.
  unsigned first_weekday;  ///< Of day 1; Sunday is 0.
};

MonthShape ShapeOf(year_month month) {
  static constexpr std::array<std::uint8_t, 13> kLengths{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const auto number = static_cast<unsigned>(month.month());
  const unsigned length = number == 2 && month.year().is_leap() ? 29 : kLengths[number];
  return {length, std::chrono::weekday(std::chrono::sys_days(month / 1)).c_encoding()};
}

unsigned WeekdayOf(const MonthShape& shape, unsigned day) { return (shape.first_weekday + day - 1) % 7; }

/// The working day nearest to `day`, in the same month.
unsigned NearestWorkday(const MonthShape& shape, unsigned day) {
  switch (WeekdayOf(shape, day)) {
    case 6:
      return day > 1 ? day - 1 : day + 2;
    case 0:
      return day < shape.length ? day + 1 : day - 2;
    default:
      return day;
  }
}

/// Bit 1–31 for the days of a month that fall on these weekdays.
std::uint64_t DaysOnWeekdays(const MonthShape& shape, std::uint64_t weekdays) {
  std::uint64_t weeks = weekdays | weekdays << 7;
  weeks |= weeks << 14;
  weeks |= weekdays << 28 | weekdays << 35;
  return weeks >> shape.first_weekday << 1;
}

/// Bit `from` to `to`.
constexpr std::uint64_t Bits(unsigned from, unsigned to) {
  return (std::uint64_t{2} << to) - (std::uint64_t{1} << from);
}

}  // namespace

bool CronFields::YearFits(int year) const noexcept {
  if (year < kFirstCronYear || year > kLastCronYear) return false;
  const auto index = static_cast<unsigned>(year - kFirstCronYear);
  return (years[index / 64] >> (index % 64) & 1) != 0;
}

std::uint32_t CronFields::DaysOf(year_month month) const noexcept {
  const MonthShape shape = ShapeOf(month);
  const std::uint64_t whole = Bits(1, shape.length);
  if (!days_restricted && !weekdays_restricted) return static_cast<std::uint32_t>(whole);
  std::uint64_t fit = 0;
  if (days_restricted) {
    fit |= this->days & whole;
    if (last_day) fit |= std::uint64_t{1} << shape.length;
    if (last_workday) fit |= std::uint64_t{1} << NearestWorkday(shape, shape.length);
    for (int day = NextBit(workdays & whole, 0); day >= 0;
         day = NextBit(workdays & whole, static_cast<unsigned>(day) + 1)) {
      fit |= std::uint64_t{1} << NearestWorkday(shape, static_cast<unsigned>(day));
    }
  }
  if (weekdays_restricted) {
    fit |= DaysOnWeekdays(shape, weekdays) & whole;
    fit |= DaysOnWeekdays(shape, last_weekdays) & Bits(shape.length - 6, shape.length);
    for (unsigned week = 0; week < nth_weekdays.size(); ++week) {
      if (nth_weekdays[week] == 0) continue;
      fit |= DaysOnWeekdays(shape, nth_weekdays[week]) & Bits(week * 7 + 1, week * 7 + 7) & whole;
    }
  }
  return static_cast<std::uint32_t>(fit);
}

std::optional<Duration> CronFields::NextTimeOfDay(Duration from) const noexcept {
  const auto total = static_cast<unsigned>(from.count());
  const unsigned hour = total / 3600, minute = total / 60 % 60, second = total % 60;
  const auto join = [](int h, int m, int s) { return Duration(h * 3600 + m * 60 + s); };
  if (hours >> hour & 1) {
    if (minutes >> minute & 1) {
      if (const int s = NextBit(seconds, second); s >= 0) {
        return join(static_cast<int>(hour), static_cast<int>(minute), s);
      }
    }
    if (const int m = NextBit(minutes, minute + 1); m >= 0) return join(static_cast<int>(hour), m, LowestBit(seconds));
  }
  if (const int h = NextBit(hours, hour + 1); h >= 0) return join(h, LowestBit(minutes), LowestBit(seconds));
  return std::nullopt;
}

std::optional<local_seconds> CronFields::NextAtOrAfter(local_seconds from) const noexcept {
  static constexpr local_days kFirst{std::chrono::year(kFirstCronYear) / 1 / 1};
  static constexpr local_days kEnd{std::chrono::year(kLastCronYear + 1) / 1 / 1};
  if (from >= kEnd) return std::nullopt;
  from = std::max<local_seconds>(from, kFirst);
  const auto day = std::chrono::floor<std::chrono::days>(from);
  const std::chrono::year_month_day date(day);
  int year = static_cast<int>(date.year());
  auto month = static_cast<unsigned>(date.month());
  auto first_day = static_cast<unsigned>(date.day());
  if (YearFits(year) && (months >> month & 1) != 0) {
    const std::uint32_t fitting = DaysOf(date.year() / date.month());
    if (fitting >> first_day & 1) {
      if (const auto time = NextTimeOfDay(from - day)) return day + *time;
    }
    if (const int next = NextBit(fitting, first_day + 1); next >= 0) {
      return day + std::chrono::days(next - static_cast<int>(first_day)) + *NextTimeOfDay(Duration(0));
    }
  }
  // No more in this month: from the first day of the next that fits.
  for (++month; year <= kLastCronYear; ++year, month = 1) {
    if (!YearFits(year)) continue;
    for (int m = NextBit(months, month); m >= 0; m = NextBit(months, static_cast<unsigned>(m) + 1)) {
      const year_month candidate = std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(m));
      const std::uint32_t fitting = DaysOf(candidate);
      if (fitting == 0) continue;
      return local_days(candidate / 1) + std::chrono::days(LowestBit(fitting) - 1) + *NextTimeOfDay(Duration(0));
    }
  }
  return std::nullopt;
}

bool CronFields::CoversHours(local_seconds from, local_seconds to) const noexcept {
  if (hours == kAllHours) return true;
  for (auto hour = std::chrono::floor<std::chrono::hours>(from); hour <= to; hour += std::chrono::hours(1)) {
    const auto of_day = (hour - std::chrono::floor<std::chrono::days>(hour)).count();
    if ((hours >> of_day & 1) == 0) return false;
  }
  return true;
}

std::optional<Duration> CronFields::SmallestGap() const noexcept {
  const int first_second = LowestBit(seconds), last_second = HighestBit(seconds);
  const int first_minute = LowestBit(minutes), last_minute = HighestBit(minutes);
  const int first = LowestBit(hours) * 3600 + first_minute * 60 + first_second;
  const int last = HighestBit(hours) * 3600 + last_minute * 60 + last_second;
  int smallest = SmallestStep(seconds);
  const auto consider = [&smallest](int gap) {
    if (gap > 0 && (smallest == 0 || gap < smallest)) smallest = gap;
  };
  if (const int step = SmallestStep(minutes)) consider(step * 60 - (last_second - first_second));
  if (const int step = SmallestStep(hours)) {
    consider(step * 3600 - (last_minute - first_minute) * 60 - (last_second - first_second));
  }
  // From one day to the next one: as near as the fields ever let two days come.
  auto at = NextAtOrAfter(local_seconds());
  if (!at) return std::nullopt;
  int nearest = 0;
  while (nearest != 1) {
    const auto day = std::chrono::floor<std::chrono::days>(*at);
    at = NextAtOrAfter(day + std::chrono::days(1));
    if (!at) break;
    const auto distance = static_cast<int>((std::chrono::floor<std::chrono::days>(*at) - day).count());
    if (nearest == 0 || distance < nearest) nearest = distance;
  }
  if (nearest != 0) {
    const std::int64_t gap = std::int64_t{nearest} * 86400 - (last - first);
    if (smallest == 0 || gap < smallest) return Duration(gap);
  }
  if (smallest == 0) return std::nullopt;
  return Duration(smallest);
}

}  // namespace assist
