// Between the terms of an invocation and the schedule engine. Internal to control.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/schedule/schedule.h"
#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

/// The schedule of an invocation, evaluated in `zone` (as an agent told it) when its expression names none; UTC when
/// that is not known. Empty for run-once and reboots.
[[nodiscard]] std::optional<Schedule> ScheduleOf(const model::Invocation& invocation, const std::string& zone,
                                                 const ReadContext& context);

[[nodiscard]] std::optional<Schedule> ScheduleOf(model::RepeatMode mode, const std::string& cron, SystemTime created,
                                                 const std::string& zone, const ReadContext& context);

/// What agents are given for the API's Frequency. `reason` is told with what is wrong with it; the detail points at the
/// field. `timeout`: of one run. `created`: of the invocation.
[[nodiscard]] Result<std::string> CronOf(const std::string& frequency, std::chrono::seconds timeout, SystemTime created,
                                         const ReadContext& context, std::string_view reason);

/// Area/City, GMT+8:00 or UTC, as this server knows zones.
[[nodiscard]] bool IsZone(std::string_view text, const ReadContext& context);
/// The minute of the day, 0 to 1439, that clocks of this zone show now; of one that this server does not know those of
/// UTC.
[[nodiscard]] int MinuteOfDay(std::string_view zone, const ReadContext& context);

/// `rate(…)` or `at(…)`: what stock agents before v317 do not know.
[[nodiscard]] bool NeedsRateOrAt(const model::Invocation& invocation) noexcept;
/// The last part of a stock agent's version (2.2.3.578); empty when it has another form.
[[nodiscard]] std::optional<std::int64_t> StockBuild(std::string_view version) noexcept;

}  // namespace assist::server::control
