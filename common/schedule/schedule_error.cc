#include "common/schedule/schedule_error.h"

namespace assist {

std::string_view Name(ScheduleErrc code) noexcept {
  switch (code) {
    case ScheduleErrc::kCronFields:
    case ScheduleErrc::kCronField:
      return "InvalidCronExpression";
    case ScheduleErrc::kCronExpired:
      return "CronExpressionExpired";
    case ScheduleErrc::kZone:
      return "TimezoneInformationCorrupt";
    case ScheduleErrc::kGmtOffset:
      return "InvalidGMTOffsetForTimezone";
    case ScheduleErrc::kRate:
      return "InvalidRateExpression";
    case ScheduleErrc::kRateTooLarge:
      return "RateFrequencyTooLarge";
    case ScheduleErrc::kAt:
    case ScheduleErrc::kAtDate:
      return "InvalidAtExpression";
    case ScheduleErrc::kAtExpired:
      return "AtExpressionExpired";
    case ScheduleErrc::kTooOften:
      return "FrequencyTooHigh";
    case ScheduleErrc::kTooSeldom:
      return "FrequencyTooLow";
    case ScheduleErrc::kNotAboveTimeout:
      return "FrequencyNotAboveTimeout";
  }
  return "InvalidCronExpression";
}

std::string_view Name(SchedulePart part) noexcept {
  switch (part) {
    case SchedulePart::kWhole:
      return "expression";
    case SchedulePart::kSecond:
      return "second";
    case SchedulePart::kMinute:
      return "minute";
    case SchedulePart::kHour:
      return "hour";
    case SchedulePart::kDayOfMonth:
      return "day-of-month";
    case SchedulePart::kMonth:
      return "month";
    case SchedulePart::kDayOfWeek:
      return "day-of-week";
    case SchedulePart::kYear:
      return "year";
    case SchedulePart::kZone:
      return "time zone";
    case SchedulePart::kPeriod:
      return "period";
    case SchedulePart::kDate:
      return "date";
  }
  return "expression";
}

std::string Explain(const ScheduleError& error) {
  std::string line;
  if (error.index != 0) {
    line = "field " + std::to_string(error.index) + " (" + std::string(Name(error.part)) + "): ";
  } else if (error.part != SchedulePart::kWhole) {
    line = std::string(Name(error.part)) + ": ";
  }
  return line + error.why;
}

}  // namespace assist
