#include "common/base/time.h"

#include <cstdio>

namespace assist {
namespace {

bool Digits(std::string_view text, std::size_t at, std::size_t count, int& value) {
  value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  return true;
}

std::string Format(SystemTime time, bool millis) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day ymd(day);
  const std::chrono::hh_mm_ss hms(time - day);
  char text[64];
  const auto length = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(ymd.year()),
                                    static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                                    static_cast<int>(hms.hours().count()), static_cast<int>(hms.minutes().count()),
                                    static_cast<int>(hms.seconds().count()));
  std::string out(text, static_cast<std::size_t>(length));
  if (millis) {
    std::snprintf(text, sizeof text, ".%03d", static_cast<int>(hms.subseconds().count() / 1000));
    out += text;
  }
  out += 'Z';
  return out;
}

}  // namespace

std::string FormatIso8601(SystemTime time) { return Format(time, false); }
std::string FormatIso8601Millis(SystemTime time) { return Format(time, true); }

std::optional<SystemTime> ParseIso8601(std::string_view text) {
  int year, month, day, hour, minute, second;
  if (text.size() != 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text[19] != 'Z' || !Digits(text, 0, 4, year) || !Digits(text, 5, 2, month) || !Digits(text, 8, 2, day) ||
      !Digits(text, 11, 2, hour) || !Digits(text, 14, 2, minute) || !Digits(text, 17, 2, second)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day ymd(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                        std::chrono::day(static_cast<unsigned>(day)));
  if (!ymd.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return SystemTime(std::chrono::sys_days(ymd)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

}  // namespace assist
