#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "agent/inventory/facts.h"
#include "common/zones/windows_zone.h"

namespace assist::agent::inventory {
namespace {

TEST(WindowsFactsTest, ThisMachineSaysWhatItIs) {
  const Facts facts = Collect(SystemSources());
  EXPECT_FALSE(facts.hostname.empty());
  EXPECT_EQ(facts.os_type, "windows");
  EXPECT_NE(facts.os_version.find("indows"), std::string::npos) << facts.os_version;
  EXPECT_GE(std::count(facts.os_version.begin(), facts.os_version.end(), '.'), 2) << facts.os_version;
  EXPECT_EQ(facts.arch, "amd64");
  EXPECT_GT(Uptime().count(), 0);
  const std::string_view zone = NameOf(SystemZone());
  EXPECT_EQ(facts.time_zone, zone.empty() ? FormatOffset(UtcOffset(FromUnixMillis(1'700'000'000'123))) : zone);
}

TEST(WindowsFactsTest, TheOffsetIsWholeMinutesWithinADay) {
  const std::chrono::seconds offset = UtcOffset(FromUnixMillis(1'700'000'000'123));
  EXPECT_EQ(offset.count() % 60, 0) << offset.count();
  EXPECT_LT(std::abs(offset.count()), 15 * 3600);
  EXPECT_EQ(FormatOffset(std::chrono::hours(8)), "GMT+8:00");
}

}  // namespace
}  // namespace assist::agent::inventory
