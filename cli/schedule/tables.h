// Lists of schedules and the calendar as text for people. Names from outside are escaped. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "cli/run/names.h"
#include "cli/schedule/answers.h"
#include "cli/text/text.h"
#include "common/base/time.h"
#include "common/schedule/zone.h"

namespace assist::cli {

/// A paragraph for each schedule, with a line for each machine.
[[nodiscard]] std::string ScheduleTable(const std::vector<ScheduleRow>& rows, const NameBook& names, const Zone& zone,
                                        SystemTime now, const Text& text);

/// When how much runs, and which schedules these are.
[[nodiscard]] std::string CalendarTable(const Calendar& calendar, const Zone& zone, const Text& text);

}  // namespace assist::cli
