// The forms of schedules that agents are given (docs/schedules.md; agent-protocol, schedules): `repeat` Period, Rate
// and At. Every refusal carries the exact text that stock agents report. Pure; any thread; blocks only as the
// ZoneSource does.
#pragma once

#include <memory>
#include <string_view>

#include "common/base/time.h"
#include "common/schedule/schedule.h"
#include "common/schedule/schedule_error.h"
#include "common/schedule/zone.h"

namespace assist {

/// `second minute hour day-of-month month day-of-week [year] [time zone]`; without a zone `local` holds.
[[nodiscard]] ScheduleResult<Schedule> ParseCron(std::string_view text, ZoneSource& zones,
                                                 std::shared_ptr<const Zone> local);
/// `rate(5m)`: every 5 minutes, counted from `creation_time`.
[[nodiscard]] ScheduleResult<Schedule> ParseRate(std::string_view text, SystemTime creation_time);
/// `at(2026-11-22T13:16:55)`, in UTC; also without `at(` and `)`.
[[nodiscard]] ScheduleResult<Schedule> ParseAt(std::string_view text);

/// CronExpressionExpired when a cron expression has no time after `now`, but for one that ends with the calendar: then
/// `now` is wrong (Schedule::EndsWithCalendar). The others are never refused for that: agents take an `at` of the past
/// and say nothing.
[[nodiscard]] ScheduleResult<Schedule> RefuseExpired(Schedule schedule, std::string_view text, SystemTime now);

/// A zone as expressions write it: `Asia/Shanghai`, `GMT+8:00`, `GMT`, `UTC`.
[[nodiscard]] ScheduleResult<std::shared_ptr<const Zone>> ParseZone(std::string_view text, ZoneSource& zones);

}  // namespace assist
