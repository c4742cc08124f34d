// The rule of a zone as POSIX writes it in TZ, with the extensions of RFC 8536, section 3.3.1:
// `EST5EDT,M3.2.0,M11.1.0`,
// `<+08>-8`, `IST-2IDT,M3.4.4/26,M10.5.0`. It stands at the end of a TZif file and may stand in the variable TZ. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/schedule/zone.h"

namespace assist {

/// The last year for which rules are written out as changes; schedules end with 2099.
inline constexpr std::chrono::year kLastZoneYear{2100};

class PosixZone {
 public:
  /// kInvalid for anything but a complete rule; a zone with summer time must say when it begins and ends.
  static Result<PosixZone> Parse(std::string_view text);

  [[nodiscard]] std::chrono::seconds standard_offset() const noexcept { return standard_; }
  /// All changes after `after`, of the years from that of `after` to kLastZoneYear, ascending.
  [[nodiscard]] std::vector<Zone::Change> ChangesAfter(sys_seconds after) const;
  /// As a zone of its own: the rule holds from 1969 on.
  [[nodiscard]] std::shared_ptr<const Zone> ToZone(std::string name) const;

 private:
  struct Moment {
    enum class Kind : std::uint8_t { kMonthWeekDay, kDayOfYear, kDayOfYearWithoutLeapDay };
    Kind kind = Kind::kMonthWeekDay;
    unsigned month = 1, week = 1, weekday = 0;  ///< kMonthWeekDay; week 5 is the last one.
    unsigned day = 0;                           ///< 0–365, or 1–365 without the leap day.
    std::chrono::seconds time{7200};            ///< After local midnight, up to a week away.
    [[nodiscard]] local_seconds In(std::chrono::year year) const;
  };
  friend class PosixZoneParser;

  std::chrono::seconds standard_{0};
  std::chrono::seconds summer_{0};
  std::optional<Moment> summer_begins_, summer_ends_;  ///< Both or neither.
};

}  // namespace assist
