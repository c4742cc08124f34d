#include "agent/service/update_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "common/files/files.h"
#include "test/support/system/scratch_folder.h"

namespace assist::agent::service {
namespace {

unsigned ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777U;
}

TEST(UpdateFilesTest, AProgramThatAnArchiveMadeWritableForOthersIsRun) {
  const test::ScratchFolder scratch;
  const std::string slot = scratch.path() + "/slot";
  ASSERT_TRUE(MakeFolders(slot + "/lib", 0755));
  std::filesystem::permissions(scratch.path(), std::filesystem::perms::owner_all);
  for (const char* name : {"/assist-agent", "/lib/text"}) ASSERT_TRUE(WriteFileAtomically(slot + name, "x", 0600));
  ASSERT_EQ(::chmod((slot + "/assist-agent").c_str(), 0775), 0);
  ASSERT_EQ(::chmod((slot + "/lib/text").c_str(), 0666), 0);
  EXPECT_FALSE(IsOurs(slot + "/assist-agent", 1));

  ASSERT_TRUE(SettleModes(slot, {"assist-agent", "lib/text"}));
  EXPECT_EQ(ModeOf(slot + "/assist-agent"), 0755U);
  EXPECT_EQ(ModeOf(slot + "/lib/text"), 0644U);
  EXPECT_TRUE(IsOurs(slot + "/assist-agent", 1));
}

TEST(UpdateFilesTest, AFileThatIsMissingIsNamed) {
  const test::ScratchFolder scratch;
  const Status settled = SettleModes(scratch.path(), {"nothing"});
  ASSERT_FALSE(settled);
  EXPECT_NE(settled.error().detail.find("nothing"), std::string::npos) << settled.error().detail;
}

}  // namespace
}  // namespace assist::agent::service
