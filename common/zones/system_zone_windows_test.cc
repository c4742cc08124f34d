#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>

#include "common/windows/system.h"
#include "common/windows/wide.h"
#include "common/zones/embedded_zones.h"
#include "common/zones/windows_zone.h"
#include "common/zones/zone_files.h"

namespace assist {
namespace {

using std::chrono::minutes;
using std::chrono::sys_days;
using namespace std::chrono_literals;

/// As the registry has it (REG_TZI_FORMAT).
struct Format {
  LONG bias;
  LONG standard_bias;
  LONG summer_bias;
  SYSTEMTIME summer_ends;
  SYSTEMTIME summer_begins;
};

constexpr const char* kZones = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Time Zones\\";

/// The table against what this Windows knows of each of its zones. Its rules may be older than ours: standard time is
/// compared, of which few countries have changed anything.
TEST(SystemZoneTest, TheKeysOfThisWindowsHaveTheOffsetsOfTheirNames) {
  int compared = 0;
  int differ = 0;
  for (const std::string_view key : WindowsZoneKeys()) {
    Format format{};
    DWORD size = sizeof format;
    if (::RegGetValueW(HKEY_LOCAL_MACHINE, ToWide(kZones + std::string(key)).c_str(), L"TZI", RRF_RT_REG_BINARY,
                       nullptr, &format, &size) != ERROR_SUCCESS) {
      continue;
    }
    ++compared;
    const auto zone = FindEmbeddedZone(ZoneNameOfWindows(key));
    ASSERT_TRUE(zone) << key;
    const minutes standard(-(format.bias + format.standard_bias));
    const auto winter = (*zone)->OffsetAt(sys_seconds(sys_days(2026y / 1 / 15)));
    const auto summer = (*zone)->OffsetAt(sys_seconds(sys_days(2026y / 7 / 15)));
    if (winter != standard && summer != standard) {
      ++differ;
      std::printf("differs: %s, %lld min there\n", std::string(key).c_str(), static_cast<long long>(standard.count()));
    }
  }
  EXPECT_GT(compared, 100);
  EXPECT_LT(differ, 8) << "more than laws of the last years explain";
}

TEST(SystemZoneTest, TheZoneOfThisMachineIsFound) {
  ZoneFiles files;
  const auto zone = files.Local(std::nullopt);
  DYNAMIC_TIME_ZONE_INFORMATION system{};
  const DWORD now = ::GetDynamicTimeZoneInformation(&system);
  const LONG bias = system.Bias + (now == TIME_ZONE_ID_DAYLIGHT ? system.DaylightBias : system.StandardBias);
  EXPECT_EQ(zone->OffsetAt(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())), minutes(-bias));
  EXPECT_EQ(zone->name(), NameOf(SystemZone()));
}

}  // namespace
}  // namespace assist
