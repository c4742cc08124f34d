// Why an expression is refused: for programs, for the wire, and for the people who wrote it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace assist {

enum class ScheduleErrc : std::uint8_t {
  kCronFields,      ///< InvalidCronExpression: wrong number of fields, or too long.
  kCronField,       ///< One field is wrong; the stock text names it.
  kCronExpired,     ///< CronExpressionExpired: no time in the future.
  kZone,            ///< TimezoneInformationCorrupt.
  kGmtOffset,       ///< InvalidGMTOffsetForTimezone.
  kRate,            ///< InvalidRateExpression.
  kRateTooLarge,    ///< RateFrequencyTooLarge: more than 1000 days.
  kAt,              ///< InvalidAtExpression.
  kAtDate,          ///< Not a date; the stock text is the one of its date parser.
  kAtExpired,       ///< AtExpressionExpired: in the past. Agents say nothing then; the API refuses it.
  kTooOften,        ///< Closer together than the limits allow. API only.
  kTooSeldom,       ///< Further apart than the limits allow. API only.
  kNotAboveTimeout  ///< Not further apart than one run may take. API only.
};

/// Parts of an expression, as people know them.
enum class SchedulePart : std::uint8_t {
  kWhole,
  kSecond,
  kMinute,
  kHour,
  kDayOfMonth,
  kMonth,
  kDayOfWeek,
  kYear,
  kZone,
  kPeriod,
  kDate,
};

struct ScheduleError {
  ScheduleErrc code;
  SchedulePart part;
  unsigned index;      ///< Which field, counted from 1; 0 when it is not about one field.
  std::size_t offset;  ///< The wrong piece lies here in the text that was given, in bytes, …
  std::size_t length;  ///< … and is so long; 0 at the end of the text.
  std::string stock;   ///< The `value` of an `invalid` report, exactly as stock agents send it.
  std::string why;     ///< For people, without the position: "'25' is not in 0-23".
};

template <class T>
using ScheduleResult = tl::expected<T, ScheduleError>;

/// `InvalidCronExpression` …; for kCronField too, whose stock text has no name of its own.
[[nodiscard]] std::string_view Name(ScheduleErrc code) noexcept;
/// `hour`, `day-of-month` …
[[nodiscard]] std::string_view Name(SchedulePart part) noexcept;
/// A line for people: "field 3 (hour): '25' is not in 0-23".
[[nodiscard]] std::string Explain(const ScheduleError& error);

}  // namespace assist
