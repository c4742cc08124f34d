#include "common/zones/embedded_zones.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "common/zones/zone_files.h"

namespace assist {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_days;
using namespace std::chrono_literals;

sys_seconds At(std::chrono::year_month_day day, seconds time = seconds(0)) { return sys_seconds(sys_days(day)) + time; }

TEST(EmbeddedZonesTest, EveryBodyKnowsTheseHours) {
  struct Known {
    const char* zone;
    sys_seconds at;
    seconds offset;
  };
  // Changes of the clocks as laws have them; none of them is read from a file.
  for (const Known& known : {
           Known{"Asia/Shanghai", At(2026y / 11 / 23), hours(8)},
           Known{"Asia/Shanghai", At(1988y / 7 / 1), hours(9)},
           Known{"Asia/Kolkata", At(2026y / 1 / 1), hours(5) + 30min},
           Known{"Asia/Kathmandu", At(2026y / 1 / 1), hours(5) + 45min},
           Known{"Europe/Berlin", At(2026y / 3 / 29, 1h - 1s), hours(1)},
           Known{"Europe/Berlin", At(2026y / 3 / 29, 1h), hours(2)},
           Known{"Europe/Berlin", At(2099y / 10 / 25, 1h - 1s), hours(2)},
           Known{"Europe/Berlin", At(2099y / 10 / 25, 1h), hours(1)},
           Known{"Europe/Berlin", At(1975y / 7 / 1), hours(1)},
           Known{"America/New_York", At(2006y / 3 / 20), -hours(5)},
           Known{"America/New_York", At(2007y / 3 / 20), -hours(4)},
           Known{"America/New_York", At(2050y / 11 / 6, 6h - 1s), -hours(4)},
           Known{"America/New_York", At(2050y / 11 / 6, 6h), -hours(5)},
           Known{"Australia/Lord_Howe", At(2026y / 1 / 1), hours(11)},
           Known{"Australia/Lord_Howe", At(2026y / 7 / 1), hours(10) + 30min},
           Known{"America/Sao_Paulo", At(2019y / 1 / 1), -hours(2)},
           Known{"America/Sao_Paulo", At(2020y / 1 / 1), -hours(3)},
           Known{"Pacific/Apia", At(2011y / 12 / 30, 9h), -hours(10)},
           Known{"Pacific/Apia", At(2011y / 12 / 30, 11h), hours(14)},
           Known{"Etc/GMT-14", At(2026y / 1 / 1), hours(14)},
           Known{"UTC", At(2026y / 1 / 1), hours(0)},
       }) {
    const auto zone = FindEmbeddedZone(known.zone);
    ASSERT_TRUE(zone) << known.zone;
    EXPECT_EQ((*zone)->name(), known.zone);
    EXPECT_EQ((*zone)->OffsetAt(known.at), known.offset) << known.zone << " at " << known.at.time_since_epoch().count();
  }
}

TEST(EmbeddedZonesTest, UnknownNamesAreNotFound) {
  for (const char* name : {"", "Mars/Base", "Asia", "Asia/Shanghai ", "asia/shanghai", "Asia/Shangha"}) {
    const auto zone = FindEmbeddedZone(name);
    ASSERT_FALSE(zone) << name;
    EXPECT_EQ(zone.error().code, Errc::kNotFound);
  }
}

TEST(EmbeddedZonesTest, NamesAreSortedAndEachIsThere) {
  const std::vector<std::string> names = EmbeddedZoneNames();
  EXPECT_GT(names.size(), 400u);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  for (const std::string& name : names) {
    EXPECT_TRUE(IsZoneName(name)) << name;
    EXPECT_TRUE(FindEmbeddedZone(name)) << name;
  }
  EXPECT_GE(EmbeddedZonesVersion().size(), 5u) << EmbeddedZonesVersion();
}

TEST(EmbeddedZonesTest, WhereThereAreNoFilesTheyAreFound) {
  ZoneFiles::Options options;
  options.folders = {"/no/such/folder"};
  ZoneFiles files(options);
  const auto zone = files.Find("Asia/Tokyo");
  ASSERT_TRUE(zone);
  EXPECT_EQ((*zone)->OffsetAt(At(2026y / 1 / 1)), hours(9));
  EXPECT_EQ(files.Find("Asia/Tokyo").value(), *zone) << "kept";
  EXPECT_EQ(files.Find("Mars/Base").error().code, Errc::kNotFound);
  EXPECT_EQ(files.Find("../Asia/Tokyo").error().code, Errc::kInvalid);
}

// Where the program was built: each zone against the file it was made of, at every change of either.
TEST(EmbeddedZonesTest, EachIsWhatTheFileOfThisSystemSays) {
  if (zones_internal::SystemFolders().empty() || !std::filesystem::exists("/usr/share/zoneinfo/Asia/Shanghai")) {
    GTEST_SKIP() << "this system has no zones";
  }
  ZoneFiles::Options options;
  options.embedded = false;
  ZoneFiles files(options);
  const sys_seconds end = At(2100y / 1 / 1);
  std::size_t moments = 0;
  for (const std::string& name : EmbeddedZoneNames()) {
    const auto embedded = FindEmbeddedZone(name);
    const auto file = files.Find(name);
    ASSERT_TRUE(file) << name << ": this program was built with other zones than this system has";
    for (const auto& zone : {*embedded, *file}) {
      for (sys_seconds at = At(1969y / 1 / 1); at < end; at = zone->SpanAt(at).end) {
        for (const sys_seconds moment : {at, at - 1s, at + 1s}) {
          ASSERT_EQ((*embedded)->OffsetAt(moment), (*file)->OffsetAt(moment))
              << name << " at " << moment.time_since_epoch().count();
          ++moments;
        }
      }
    }
  }
  EXPECT_GT(moments, 50'000u);
}

}  // namespace
}  // namespace assist
