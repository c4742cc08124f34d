#include "agent/service/root_folder.h"

#include <gtest/gtest.h>

#include <string>

#include "test/support/system/scratch_folder.h"

namespace assist::agent::service {
namespace {

class RootFolderTest : public ::testing::Test {
 protected:
  const test::ScratchFolder scratch_;
  const std::string root_ = scratch_.path();
};

TEST_F(RootFolderTest, ANoteOfTheAgentBeforeIsNotTakenForOneOfThisAgent) {
  {
    const Result<RootFolder> before = RootFolder::Open(root_);
    ASSERT_TRUE(before);
    StatusNote note;
    note.connected = true;
    note.pid = 17;
    ASSERT_TRUE(before->WriteStatus(note));
    EXPECT_TRUE(RootFolder::ReadStatus(root_)->connected);
  }
  EXPECT_FALSE(RootFolder::IsLocked(root_));
  const Result<RootFolder> now = RootFolder::Open(root_);
  ASSERT_TRUE(now);
  EXPECT_TRUE(RootFolder::IsLocked(root_));
  EXPECT_FALSE(RootFolder::ReadStatus(root_).has_value());
}

TEST_F(RootFolderTest, OneAgentAtATime) {
  const Result<RootFolder> one = RootFolder::Open(root_);
  ASSERT_TRUE(one);
  StatusNote note;
  note.connected = true;
  ASSERT_TRUE(one->WriteStatus(note));
  const Result<RootFolder> two = RootFolder::Open(root_);
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().code, Errc::kConflict);
  EXPECT_TRUE(RootFolder::ReadStatus(root_).has_value());  // who came too late has not touched it
}

}  // namespace
}  // namespace assist::agent::service
