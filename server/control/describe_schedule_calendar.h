// DescribeScheduleCalendar, an extension: what runs where in the next hours, computed from the live schedules. Reboot
// schedules have no times. Splay is not counted. An expression without a zone is evaluated in the zone that each agent
// has told, UTC where none has.
#pragma once

#include "server/control/context.h"
#include "server/control/views.h"

namespace assist::server::control {

inline constexpr std::chrono::hours kLongestCalendar{7 * 24};
inline constexpr std::int64_t kMostBuckets = 1'000;
inline constexpr std::size_t kTimesShown = 10;

struct DescribeScheduleCalendarIn {
  std::optional<SystemTime> from;              ///< Default: now.
  std::optional<SystemTime> to;                ///< Default: a day after `from`.
  std::optional<std::chrono::seconds> bucket;  ///< Default: an hour.
  InvokeId invocation;                         ///< Empty: any.
  InstanceId instance;                         ///< Empty: any.
  model::PageRequest page;                     ///< Of `rows`; by number only.
};
struct CalendarBucket {
  SystemTime begin{};
  std::int64_t occurrences = 0;  ///< Due times in it, each counted once for each machine.
  std::int64_t schedules = 0;    ///< Schedules (invocations) that are due in it.
};
/// A schedule in one zone: one that names its own zone, or needs none, is one row, wherever its agents are.
struct CalendarRow {
  InvokeId invocation;
  std::string command_name;
  std::string frequency;
  std::string
      zone;  ///< In which it is evaluated; empty: UTC, since none was told, or a rate or moment, which need none.
  std::int64_t machines = 0;
  std::int64_t occurrences = 0;       ///< Due times in the window, on each of these machines.
  std::vector<SystemTime> next;       ///< The first of them, at most kTimesShown.
  std::vector<InstanceId> instances;  ///< The first of the machines, at most 10.
};
struct DescribeScheduleCalendarOut {
  SystemTime from{};
  SystemTime to{};
  std::chrono::seconds bucket{3'600};
  std::vector<CalendarBucket> buckets;  ///< All of the window, empty ones too.
  model::Page<CalendarRow> rows;        ///< Soonest first; only what is due in the window.
  bool cut = false;                     ///< There were more schedules than one call looks at: the counts are too low.
};
/// InvalidParam.From, InvalidParam.To (before `from`, or more than kLongestCalendar after it), InvalidParam.Bucket
/// (below 1 s, or more than kMostBuckets of them).
Result<DescribeScheduleCalendarOut> DescribeScheduleCalendar(store::ReadTx& tx, const ReadContext& context,
                                                             const DescribeScheduleCalendarIn& in);

}  // namespace assist::server::control
