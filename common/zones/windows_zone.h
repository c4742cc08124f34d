// What Windows says of its time zone, in the words of everybody else. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/schedule/zone.h"

namespace assist {

/// The name in the database of time zones for a key of Windows (`China Standard Time`: `Asia/Shanghai`), as Unicode's
/// CLDR has it for the world as a whole; empty for one that is not known.
[[nodiscard]] std::string_view ZoneNameOfWindows(std::string_view key);

/// The keys that are known, for tests.
[[nodiscard]] std::vector<std::string_view> WindowsZoneKeys();

/// The rule of TIME_ZONE_INFORMATION. Local time = UTC − bias.
struct WindowsRule {
  struct Change {
    unsigned month = 0;  ///< 0: the clocks do not change.
    unsigned week = 0;   ///< 1 to 5, 5 is the last one.
    unsigned weekday = 0;
    std::chrono::seconds time{0};  ///< Local, by the clock before the change.
  };
  std::chrono::minutes bias{0};
  std::chrono::minutes standard_bias{0};  ///< On top of `bias`.
  std::chrono::minutes summer_bias{0};
  Change summer_begins, summer_ends;
};

/// Without a name, as no database has it. Unusable changes are left out.
[[nodiscard]] std::shared_ptr<const Zone> ZoneOfWindows(const WindowsRule& rule);

/// What the system says: the zone under its name when that is known, else by its rule.
struct WindowsZone {
  std::string key;             ///< Empty: a zone that somebody made, or a very old Windows.
  bool changes_clocks = true;  ///< False: somebody has switched summer time off, and the name says too much.
  WindowsRule rule;
};
#if defined(_WIN32)
[[nodiscard]] WindowsZone SystemZone();
#endif
/// The name to tell of it; empty where only the offset can be told.
[[nodiscard]] std::string_view NameOf(const WindowsZone& zone);

}  // namespace assist
