#include "common/zones/windows_zone.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/zones/embedded_zones.h"

namespace assist {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using namespace std::chrono_literals;

TEST(WindowsZoneTest, KeysHaveTheNamesOfTheDatabase) {
  EXPECT_EQ(ZoneNameOfWindows("China Standard Time"), "Asia/Shanghai");
  EXPECT_EQ(ZoneNameOfWindows("W. Europe Standard Time"), "Europe/Berlin");
  EXPECT_EQ(ZoneNameOfWindows("Pacific Standard Time"), "America/Los_Angeles");
  EXPECT_EQ(ZoneNameOfWindows("Pacific Standard Time (Mexico)"), "America/Tijuana");
  EXPECT_EQ(ZoneNameOfWindows("UTC"), "Etc/UTC");
  for (const char* unknown : {"", "Customized Time Zone", "China Standard Tim", "China Standard Time ", "zzz"}) {
    EXPECT_EQ(ZoneNameOfWindows(unknown), "") << unknown;
  }
}

TEST(WindowsZoneTest, EachNameIsOneThatProgramsCarry) {
  const auto keys = WindowsZoneKeys();
  EXPECT_GT(keys.size(), 130u);
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
  for (const std::string_view key : keys) {
    EXPECT_TRUE(FindEmbeddedZone(ZoneNameOfWindows(key))) << key << ": " << ZoneNameOfWindows(key);
  }
}

TEST(WindowsZoneTest, ARuleBecomesAZone) {
  WindowsRule rule;  // of W. Europe
  rule.bias = minutes(-60);
  rule.summer_bias = minutes(-60);
  rule.summer_begins = {3, 5, 0, hours(2)};
  rule.summer_ends = {10, 5, 0, hours(3)};
  const auto zone = ZoneOfWindows(rule);
  EXPECT_EQ(zone->name(), "");
  const auto at = [&](std::chrono::year_month_day day, std::chrono::seconds time) {
    return zone->OffsetAt(sys_seconds(sys_days(day)) + time);
  };
  EXPECT_EQ(at(2026y / 3 / 29, 1h - 1s), hours(1));
  EXPECT_EQ(at(2026y / 3 / 29, 1h), hours(2));
  EXPECT_EQ(at(2026y / 10 / 25, 1h - 1s), hours(2));
  EXPECT_EQ(at(2026y / 10 / 25, 1h), hours(1));
  rule.summer_begins.month = 0;
  EXPECT_EQ(ZoneOfWindows(rule)->OffsetAt(sys_seconds(sys_days(2026y / 7 / 1))), hours(1)) << "no summer time";
}

TEST(WindowsZoneTest, OffsetsWestAndOfHalfHoursAreKept) {
  WindowsRule rule;
  rule.bias = minutes(210);  // Newfoundland
  EXPECT_EQ(ZoneOfWindows(rule)->OffsetAt({}), -minutes(210));
  rule.bias = minutes(-345);  // Nepal
  EXPECT_EQ(ZoneOfWindows(rule)->OffsetAt({}), minutes(345));
  rule.bias = minutes(30);
  EXPECT_EQ(ZoneOfWindows(rule)->OffsetAt({}), -minutes(30));
  rule.bias = minutes(100'000);
  EXPECT_EQ(ZoneOfWindows(rule)->OffsetAt({}), hours(0)) << "impossible";
  rule.bias = minutes(0);
  rule.summer_begins = {13, 9, 8, hours(2)};
  rule.summer_ends = {10, 5, 0, hours(3)};
  EXPECT_EQ(ZoneOfWindows(rule)->OffsetAt({}), hours(0)) << "impossible changes are left out";
}

TEST(WindowsZoneTest, SummerTimeThatIsSwitchedOffLeavesNoName) {
  WindowsZone zone;
  zone.key = "W. Europe Standard Time";
  EXPECT_EQ(NameOf(zone), "Europe/Berlin");
  zone.changes_clocks = false;
  EXPECT_EQ(NameOf(zone), "");
}

}  // namespace
}  // namespace assist
