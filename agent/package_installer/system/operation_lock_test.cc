#include "agent/package_installer/system/operation_lock.h"

#include <gtest/gtest.h>

#include "agent/package_installer/database.h"
#include "common/files/files.h"
#include "test/support/system/scratch_folder.h"

namespace assist::agent::package_installer {
namespace {

TEST(OperationLockTest, OneAtATimeAndOthersLearnWhoHasIt) {
  const test::ScratchFolder folder;
  EXPECT_EQ(OperationLock::Holder(folder.path()), "another process");
  {
    const auto first = OperationLock::Try(folder.path(), "pkg install nginx", 42, FromUnixMillis(1'700'000'000'000));
    ASSERT_TRUE(first) << first.error().detail;
    const auto second = OperationLock::Try(folder.path(), "pkg list", 43, FromUnixMillis(0));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::kConflict);
    EXPECT_EQ(OperationLock::Holder(folder.path()), "pkg install nginx (process 42, since 2023-11-14T22:13:20Z)");
  }
  EXPECT_TRUE(OperationLock::Try(folder.path(), "pkg list", 43, FromUnixMillis(0)));
}

TEST(OperationLockTest, WhoHasItIsNoReasonNotToGiveIt) {
  const test::ScratchFolder folder;
  ASSERT_TRUE(MakeFolders(folder.path() + "/packages/.holder/in/the/way", 0700));  // the file cannot be written
  EXPECT_TRUE(OperationLock::Try(folder.path(), "pkg uninstall nginx", 42, FromUnixMillis(0)));
  EXPECT_EQ(OperationLock::Holder(folder.path()), "another process");
}

TEST(OperationLockTest, WorkThatIsLeftIsSeenWithoutTheLock) {
  const test::ScratchFolder folder;
  EXPECT_FALSE(OperationLock::IsWorkLeft(folder.path()));
  ASSERT_TRUE(MakeFolders(folder.path() + "/packages", 0700));
  const auto left = [&](const std::string& text) {
    EXPECT_TRUE(WriteFileAtomically(folder.path() + "/packages/.database", text, 0600));
    return OperationLock::IsWorkLeft(folder.path());
  };
  Database database;
  EXPECT_FALSE(left(WriteDatabase(database)));
  database.untold["nginx"] = {"1", false};
  EXPECT_TRUE(left(WriteDatabase(database)));
  database.untold.clear();
  database.pending = Pending{Verb::kInstall, "nginx", "1-1", false};
  EXPECT_TRUE(left(WriteDatabase(database)));
  EXPECT_TRUE(OperationLock::IsAbandoned(folder.path()));
  {
    const auto running = OperationLock::Try(folder.path(), "pkg install nginx", 42, FromUnixMillis(0));
    ASSERT_TRUE(running);
    EXPECT_FALSE(OperationLock::IsAbandoned(folder.path())) << "somebody is at it";
  }
  EXPECT_TRUE(OperationLock::IsAbandoned(folder.path()));
  EXPECT_TRUE(left("damaged"));
}

}  // namespace
}  // namespace assist::agent::package_installer
