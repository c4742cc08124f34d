// The fields of a cron expression as sets of bits, and their arithmetic on local time: zones come in above this, in
// schedule.h. Pure; a value of about 80 bytes.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "common/schedule/zone.h"

namespace assist {

inline constexpr int kFirstCronYear = 1970;
inline constexpr int kLastCronYear = 2099;

struct CronFields {
  std::uint64_t seconds = 0;  ///< Bit 0–59.
  std::uint64_t minutes = 0;  ///< Bit 0–59.
  std::uint32_t hours = 0;    ///< Bit 0–23.
  std::uint16_t months = 0;   ///< Bit 1–12.

  // Days of the month.
  std::uint32_t days = 0;        ///< Bit 1–31.
  std::uint32_t workdays = 0;    ///< `15W`: bit 1–31, the working day next to it in the same month.
  bool last_day = false;         ///< `L`.
  bool last_workday = false;     ///< `LW`.
  bool days_restricted = false;  ///< No `*` or `?` in the field.

  // Days of the week; Sunday is 0.
  std::uint8_t weekdays = 0;                   ///< Bit 0–6.
  std::uint8_t last_weekdays = 0;              ///< `5L`: bit 0–6, the last one of the month.
  std::array<std::uint8_t, 5> nth_weekdays{};  ///< `5#3`: [2] bit 5.
  bool weekdays_restricted = false;

  std::array<std::uint64_t, 3> years{};  ///< Bit 0 is kFirstCronYear.

  [[nodiscard]] bool YearFits(int year) const noexcept;
  /// The days of a month that fit: bit 1–31. When both day fields are restricted, a day fits when either does.
  [[nodiscard]] std::uint32_t DaysOf(std::chrono::year_month month) const noexcept;
  /// The first local time at or after `from` that fits, of all the calendar's times, whether clocks ever show it or
  /// not.
  [[nodiscard]] std::optional<local_seconds> NextAtOrAfter(local_seconds from) const noexcept;
  /// Whether the hour field holds every hour that clocks show in [from, to], ends included.
  [[nodiscard]] bool CoversHours(local_seconds from, local_seconds to) const noexcept;
  /// The smallest distance of two neighbours on the calendar; none when fewer than two times fit.
  [[nodiscard]] std::optional<std::chrono::seconds> SmallestGap() const noexcept;

 private:
  [[nodiscard]] std::optional<std::chrono::seconds> NextTimeOfDay(std::chrono::seconds from) const noexcept;
};

}  // namespace assist
