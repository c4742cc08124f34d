// `assist schedule preview`: when an expression would run, computed here with the engine that agents and server use.
// Pure; any thread; blocks only as the ZoneSource does.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/text/text.h"
#include "common/base/time.h"
#include "common/schedule/schedule.h"
#include "common/schedule/schedule_error.h"
#include "common/schedule/zone.h"

namespace assist::cli {

struct Preview {
  std::string expression;
  Schedule schedule;
  std::shared_ptr<const Zone> zone;  ///< Times are shown in it: the expression's, else the local one.
  SystemTime now{};
  std::vector<SystemTime> next;
};

/// The next `count` times of a Frequency of the API (docs/schedules.md). An expression without a zone is evaluated in
/// `local`. rate(…) counts from `now`, as one that is created now.
[[nodiscard]] ScheduleResult<Preview> ComputePreview(std::string_view expression, std::size_t count, ZoneSource& zones,
                                                     std::shared_ptr<const Zone> local, SystemTime now);

[[nodiscard]] std::string PreviewText(const Preview& preview, const Text& text);
/// {"Expression":…,"Kind":"cron",…,"Next":["2026-03-01T04:10:00Z",…]}
[[nodiscard]] std::string PreviewJson(const Preview& preview);

/// What is wrong, the expression, and below it `^` at the wrong piece: three lines, escaped for a terminal.
[[nodiscard]] std::string PointAt(std::string_view expression, const ScheduleError& error, const Text& text);

}  // namespace assist::cli
