#include "common/posix/this_system.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace assist {
namespace {

TEST(ThisSystemTest, ABootHasOneName) {
  const Result<std::string> name = BootId();
  ASSERT_TRUE(name) << name.error().detail;
  EXPECT_GE(name->size(), 32u);
  EXPECT_EQ(name->find_first_of(" \n"), std::string::npos);
  EXPECT_EQ(BootId(), *name);
}

TEST(ThisSystemTest, AProgramKnowsItsFile) {
  EXPECT_EQ(std::filesystem::path(PathOfThisProgram()).filename(), "common_posix_test");
  EXPECT_TRUE(std::filesystem::exists(PathOfThisProgram()));
}

TEST(ThisSystemTest, ProcessesAreSeenHere) { EXPECT_TRUE(ProcessesAreSeen()); }

}  // namespace
}  // namespace assist
