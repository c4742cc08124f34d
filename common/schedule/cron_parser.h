// Turns the text of a cron expression into fields and zone. Inside of this room: others use parse.h and frequency.h.
// Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/schedule/cron_fields.h"
#include "common/schedule/schedule_error.h"
#include "common/schedule/zone.h"

namespace assist {

/// Longer expressions are refused unread.
inline constexpr std::size_t kMaxExpressionBytes = 1024;

struct CronText {
  CronFields fields;
  std::shared_ptr<const Zone> zone;  ///< Null when the expression names none.
  std::string_view weekday;          ///< The field as it was written, a part of the text.
  /// Stock agents refuse or misread what the field says (`L`, `05`, `FRI-MON`, `1-7`); WeekdayForStock() says it to
  /// them.
  bool weekday_needs_rewriting = false;
};

/// Fields are checked in the order in which stock agents do: their number, the zone, then from second to year.
[[nodiscard]] ScheduleResult<CronText> ReadCron(std::string_view text, ZoneSource& zones);

/// The weekdays of `fields` as a list of single days.
[[nodiscard]] std::string WeekdayForStock(const CronFields& fields);

/// `Asia/Shanghai`, `GMT+8:00`, `GMT`, `UTC`. Offsets of the error count from the beginning of `text`.
[[nodiscard]] ScheduleResult<std::shared_ptr<const Zone>> ReadZone(std::string_view text, ZoneSource& zones);

// Small readers that the other forms use too.
[[nodiscard]] bool IsBlank(char c) noexcept;
[[nodiscard]] bool IsDigit(char c) noexcept;
[[nodiscard]] std::string Lower(std::string_view text);
[[nodiscard]] std::string_view Trim(std::string_view text) noexcept;
/// All digits and at most `max_digits` of them.
[[nodiscard]] std::optional<unsigned> ReadNumber(std::string_view digits, std::size_t max_digits) noexcept;

}  // namespace assist
