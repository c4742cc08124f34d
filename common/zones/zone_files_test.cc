#include "common/zones/zone_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "common/files/files.h"

namespace assist {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class ZoneFilesTest : public testing::Test {
 protected:
  ZoneFilesTest() {
    std::string name = (std::filesystem::temp_directory_path() / "zones_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    std::filesystem::create_directories(folder_ / "zoneinfo/Area");
    Write("zoneinfo/Area/City", Tzif("CST-8"));
    Write("zoneinfo/Area/Damaged", "TZif and then nothing");
    Write("secret", Tzif("AAA-1"));
    Write("zoneinfo/Area/Endless", std::string(100'000, 'x'));
  }
  ~ZoneFilesTest() override { std::filesystem::remove_all(folder_); }

  static std::string Tzif(const std::string& rule) {
    const auto block = [] {
      std::string bytes = "TZif2";
      bytes += std::string(15 + 16, '\0');
      bytes += std::string("\0\0\0\1\0\0\0\1", 8);
      return bytes + std::string(6 + 1, '\0');
    };
    return block() + block() + "\n" + rule + "\n";
  }
  void Write(const std::string& name, const std::string& bytes) const {
    ASSERT_TRUE(WriteFileAtomically((folder_ / name).string(), bytes, 0644));
  }
  [[nodiscard]] ZoneFiles::Options Options() const {
    return {.folders = {(folder_ / "none").string(), (folder_ / "zoneinfo").string()},
            .local_file = (folder_ / "localtime").string()};
  }

  std::filesystem::path folder_;
  const sys_seconds epoch_{};
};

TEST_F(ZoneFilesTest, AZoneIsReadOnceAndKept) {
  ZoneFiles files(Options());
  const auto zone = files.Find("Area/City");
  ASSERT_TRUE(zone) << zone.error().detail;
  EXPECT_EQ((*zone)->name(), "Area/City");
  EXPECT_EQ((*zone)->OffsetAt(epoch_), hours(8));
  std::filesystem::remove(folder_ / "zoneinfo/Area/City");
  EXPECT_EQ(files.Find("Area/City").value(), *zone);
}

TEST_F(ZoneFilesTest, OnlyFilesBelowTheFolderAreRead) {
  ZoneFiles files(Options());
  for (const char* name : {"", "/etc/passwd", "../secret", "Area/../../secret", "Area/./City", "Area//City",
                           "Area/City/", ".", "..", "Area/.hidden", "Area\\City", "Area/Ci ty", "Area/City\n"}) {
    const auto zone = files.Find(name);
    ASSERT_FALSE(zone) << name;
    EXPECT_EQ(zone.error().code, Errc::kInvalid) << name;
  }
  EXPECT_EQ(files.Find(std::string(5000, 'a')).error().code, Errc::kInvalid);
  EXPECT_EQ(files.Find(std::string_view("Area/City\0", 10)).error().code, Errc::kInvalid);
}

TEST_F(ZoneFilesTest, UnknownAndDamagedAreToldApart) {
  ZoneFiles files(Options());
  EXPECT_EQ(files.Find("Mars/Base").error().code, Errc::kNotFound);
  EXPECT_EQ(files.Find("Area").error().code, Errc::kNotFound);
  EXPECT_EQ(files.Find("Area/City/Deeper").error().code, Errc::kNotFound);
  EXPECT_EQ(files.Find("Area/Damaged").error().code, Errc::kInternal);
  EXPECT_EQ(files.Find("Area/Endless").error().code, Errc::kInternal);
}

TEST_F(ZoneFilesTest, TheLocalZoneIsNamedByTheLink) {
  ZoneFiles files(Options());
  EXPECT_EQ(files.Local(std::nullopt)->name(), "UTC") << "no local file";
  std::filesystem::create_symlink(folder_ / "zoneinfo/Area/City", folder_ / "localtime");
  const auto linked = files.Local(std::nullopt);
  EXPECT_EQ(linked->name(), "Area/City");
  EXPECT_EQ(linked->OffsetAt(epoch_), hours(8));
  std::filesystem::remove(folder_ / "localtime");
  Write("localtime", Tzif("AAA-3"));
  const auto copied = files.Local(std::nullopt);
  EXPECT_EQ(copied->name(), "") << "a plain file has no name";
  EXPECT_EQ(copied->OffsetAt(epoch_), hours(3));
}

TEST_F(ZoneFilesTest, TheVariableGoesBeforeTheFile) {
  ZoneFiles files(Options());
  Write("localtime", Tzif("AAA-3"));
  const auto offset = [&](const std::string& tz) { return files.Local(tz)->OffsetAt(epoch_); };
  EXPECT_EQ(offset("Area/City"), hours(8));
  EXPECT_EQ(offset(":Area/City"), hours(8));
  EXPECT_EQ(offset("JST-9"), hours(9));
  EXPECT_EQ(offset((folder_ / "secret").string()), hours(1));
  EXPECT_EQ(offset(""), hours(0));
  EXPECT_EQ(offset("No/Such"), hours(0));
  EXPECT_EQ(files.Local("Area/City")->name(), "Area/City");
}

// Every zone of this system against the C library, at random moments until 2100.
TEST(SystemZonesTest, OffsetsAreThoseOfTheCLibrary) {
  ZoneFiles files;
  std::mt19937 random(5);
  std::uniform_int_distribution<std::int64_t> moment(0, 4102444800);
  int zones = 0;
  for (const char* area :
       {"Africa", "America", "America/Argentina", "America/Indiana", "America/Kentucky", "Antarctica", "Arctic", "Asia",
        "Atlantic", "Australia", "Etc", "Europe", "Indian", "Pacific"}) {
    const auto names = ListFolder(std::string("/usr/share/zoneinfo/") + area);
    if (!names) continue;
    for (const std::string& name : *names) {
      const std::string full = std::string(area) + "/" + name;
      const auto zone = files.Find(full);
      if (!zone && zone.error().code == Errc::kNotFound) continue;  // a folder
      ASSERT_TRUE(zone) << full << ": " << zone.error().detail;
      ++zones;
      ::setenv("TZ", full.c_str(), 1);
      ::tzset();
      for (int i = 0; i < 60; ++i) {
        const std::time_t time = moment(random);
        std::tm fields{};
        ::localtime_r(&time, &fields);
        ASSERT_EQ((*zone)->OffsetAt(sys_seconds(seconds(time))), seconds(fields.tm_gmtoff)) << full << " at " << time;
      }
    }
  }
  ::unsetenv("TZ");
  ::tzset();
  if (zones == 0) GTEST_SKIP() << "this system has no zones";
  EXPECT_GT(zones, 300);
}

}  // namespace
}  // namespace assist
