#include "agent/inventory/facts.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace assist::agent::inventory {
namespace {

class FactsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "assist-facts-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string Put(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  std::filesystem::path folder_;
};

TEST_F(FactsTest, TheFirstMachineIdThatIsThereCounts) {
  Sources sources;
  sources.machine_id_files = {(folder_ / "none").string(), Put("empty", "\n"), Put("id", "3d12\r\n"), Put("b", "x\n")};
  EXPECT_EQ(Collect(sources).machine_id, "3d12");
  sources.machine_id_files = {};
  EXPECT_EQ(Collect(sources).machine_id, "");
}

TEST_F(FactsTest, TheZoneIsTheNameBehindTheLink) {
  Sources sources;
  sources.localtime_link = (folder_ / "localtime").string();
  std::filesystem::create_symlink("../usr/share/zoneinfo/Asia/Shanghai", sources.localtime_link);
  const std::chrono::hours offset(8);
  EXPECT_EQ(TimeZoneName(sources, offset), "Asia/Shanghai");
  sources.tz = "Asia/Shanghai";
  EXPECT_EQ(TimeZoneName(sources, offset), "GMT+8:00");
  sources.tz.clear();
  sources.localtime_link = (folder_ / "none").string();
  EXPECT_EQ(TimeZoneName(sources, std::chrono::minutes(-330)), "GMT-5:30");
  EXPECT_EQ(TimeZoneName(sources, std::chrono::seconds(0)), "UTC");
  EXPECT_EQ(FormatOffset(std::chrono::minutes(65)), "GMT+1:05");
}

TEST_F(FactsTest, AStartIsColdUntilItsBootIsNoted) {
  const std::string note = (folder_ / "boot").string();
  EXPECT_TRUE(IsColdStart(note, "boot-1"));
  EXPECT_TRUE(IsColdStart(note, "boot-1")) << "the run before it ended before the server had heard of it";
  EXPECT_TRUE(NoteBoot(note, "boot-1"));
  EXPECT_FALSE(IsColdStart(note, "boot-1"));
  EXPECT_TRUE(IsColdStart(note, "boot-2"));
  EXPECT_FALSE(IsColdStart(note, ""));
  EXPECT_FALSE(NoteBoot((folder_ / "none" / "boot").string(), "boot-3"));
}

TEST_F(FactsTest, ThisMachineHasAName) {
  const Facts facts = Collect(SystemSources());
  EXPECT_FALSE(facts.hostname.empty());
  EXPECT_EQ(facts.os_type, "linux");
  EXPECT_TRUE(facts.os_version.starts_with("Linux_"));
  EXPECT_GT(Uptime().count(), 0);
  EXPECT_EQ(GoArch("x86_64"), "amd64");
  EXPECT_EQ(GoArch("riscv64"), "riscv64");
}

}  // namespace
}  // namespace assist::agent::inventory
