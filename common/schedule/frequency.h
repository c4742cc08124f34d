// The API's `Frequency` (openapi, Frequency): checked against limits, and turned into what agents are given. Pure; any
// thread; blocks only as the ZoneSource does.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/time.h"
#include "common/schedule/schedule.h"
#include "common/schedule/schedule_error.h"
#include "common/schedule/zone.h"

namespace assist {

struct FrequencyLimits {
  std::chrono::seconds min_period{1};           ///< Of a rate.
  std::chrono::seconds max_period{86'400'000};  ///< Of a rate: 1000 days, all that agents take.
  std::chrono::seconds min_cron_gap{1};         ///< Between neighbouring runs of a cron expression.
  /// A rate must be longer, and cron runs not closer together. 0: may be anything; a run that finds the one before it
  /// still going on is then a matter of the schedule's overlap policy.
  std::chrono::seconds timeout{0};

  /// The public service: rates of 60 s to 7 days and above the time-out; cron runs 10 s and a time-out apart.
  [[nodiscard]] static FrequencyLimits Compat(std::chrono::seconds timeout);
  /// From 1 s on, whatever the time-out is.
  [[nodiscard]] static FrequencyLimits Large() { return {}; }
};

struct Frequency {
  Schedule schedule;
  /// `task.cron` for agents. Cron as it came, but for weekdays that stock agents would misread, which become a list;
  /// rate as it came; at in UTC: `at(2026-11-22T13:16:55)`.
  std::string wire;
  /// `repeat` for agents: `Period`, `Rate`, `At`; static storage.
  std::string_view repeat;
};

/// cron (`second minute hour day month weekday [year] [zone]`), `rate(N U)` counted from `creation_time`, or
/// `at(yyyy-MM-dd HH:mm:ss ZONE)`. Refused besides bad ones: what breaks a limit, and what lies wholly before `now`. A
/// cron expression without a zone is evaluated where it runs: `schedule` has UTC then (Schedule::WithLocalZone), and it
/// counts as past only if it is so in every zone.
[[nodiscard]] ScheduleResult<Frequency> ParseFrequency(std::string_view text, ZoneSource& zones,
                                                       const FrequencyLimits& limits, SystemTime creation_time,
                                                       SystemTime now);

}  // namespace assist
