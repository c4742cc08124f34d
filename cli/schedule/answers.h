// The answers of DescribeSchedules and DescribeScheduleCalendar, read. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"

namespace assist::cli {

/// A schedule on one machine.
struct ScheduleRow {
  std::string invoke_id;
  std::string instance_id;
  std::string command_name;
  std::string repeat_mode;
  std::string frequency;  ///< Empty for those that wait for a start of the machine.
  std::string status;
  std::optional<SystemTime> last_due;
  std::optional<SystemTime> next_due;
  std::optional<std::int64_t> exit_code;  ///< Of the latest run.
  std::int64_t runs = 0;
  std::int64_t missed = 0;
  std::optional<std::int64_t> late_p50_ms;
  std::optional<std::int64_t> late_p99_ms;
  bool overdue = false;
  bool online = false;
};
struct SchedulePage {
  std::vector<ScheduleRow> rows;
  std::int64_t total = 0;
  std::string next_token;  ///< Empty: the last page.
};
/// kInvalid when the answer is not what docs/schedules.md says.
[[nodiscard]] Result<SchedulePage> ParseSchedulePage(std::string_view body);

struct CalendarBucket {
  SystemTime begin{};
  std::int64_t occurrences = 0;
  std::int64_t schedules = 0;
};
struct CalendarRow {
  std::string invoke_id;
  std::string command_name;
  std::string frequency;
  std::int64_t machines = 0;
  std::int64_t occurrences = 0;
  std::vector<SystemTime> next;
};
struct Calendar {
  SystemTime from{};
  SystemTime to{};
  std::chrono::seconds bucket{0};
  std::vector<CalendarBucket> buckets;
  std::vector<CalendarRow> rows;
  std::int64_t total = 0;  ///< Rows on all pages.
  bool cut = false;        ///< There are more schedules than the server looked at.
};
[[nodiscard]] Result<Calendar> ParseCalendar(std::string_view body);

}  // namespace assist::cli
