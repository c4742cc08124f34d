#include "common/windows/system.h"
#include "common/windows/wide.h"
#include "common/zones/windows_zone.h"

namespace assist {
namespace {

WindowsRule::Change ChangeOf(const SYSTEMTIME& at) {
  if (at.wYear != 0) return {};  // once in that year, no rule
  WindowsRule::Change change;
  change.month = at.wMonth;
  change.week = at.wDay;
  change.weekday = at.wDayOfWeek;
  change.time = std::chrono::hours(at.wHour) + std::chrono::minutes(at.wMinute) + std::chrono::seconds(at.wSecond);
  // "The last moment of the day" is how some zones say midnight.
  if (at.wMilliseconds >= 999) change.time += std::chrono::seconds(1);
  return change;
}

}  // namespace

WindowsZone SystemZone() {
  WindowsZone zone;
  DYNAMIC_TIME_ZONE_INFORMATION system{};
  if (::GetDynamicTimeZoneInformation(&system) == TIME_ZONE_ID_INVALID) return zone;
  zone.key = ToUtf8(system.TimeZoneKeyName);
  zone.changes_clocks = system.DynamicDaylightTimeDisabled == FALSE;
  zone.rule.bias = std::chrono::minutes(system.Bias);
  zone.rule.standard_bias = std::chrono::minutes(system.StandardBias);
  zone.rule.summer_bias = std::chrono::minutes(system.DaylightBias);
  if (zone.changes_clocks) {
    zone.rule.summer_begins = ChangeOf(system.DaylightDate);
    zone.rule.summer_ends = ChangeOf(system.StandardDate);
  }
  return zone;
}

}  // namespace assist
