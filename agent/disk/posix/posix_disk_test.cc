#include "agent/disk/posix/posix_disk.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <optional>

#include "common/runtime/thread_blocking_pool.h"

namespace assist::agent::disk {
namespace {

class PosixDiskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/assist-disk-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    root_ = path;
    pool_.emplace(1, "disk");
    disk_.emplace(root_, *pool_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  template <class T>
  static asio::awaitable<void> Keep(asio::awaitable<T> work, std::optional<T>& out) {
    out.emplace(co_await std::move(work));
  }
  template <class T>
  T Do(asio::awaitable<T> work) {
    asio::io_context io(1);
    std::optional<T> out;
    asio::co_spawn(io, Keep(std::move(work), out), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    io.run();
    return std::move(*out);
  }

  std::string root_;
  std::optional<ThreadBlockingPool> pool_;
  std::optional<PosixDisk> disk_;
};

TEST_F(PosixDiskTest, AFolderIsWrittenWithItsFilesInOneTrip) {
  std::vector<NewFile> files(2);
  files[0] = {"script", "echo", {0700, {}}};
  files[1] = {"spec", "words", {}};
  for (int again = 0; again < 2; ++again) {
    EXPECT_TRUE(Do(disk_->WriteFolder("task", {0711, {}}, files)));
    EXPECT_EQ(*Do(disk_->List("task")), (std::vector<std::string>{"script", "spec"}));
    EXPECT_EQ(*Do(disk_->Read("task/script", 0, 100)), "echo");
  }
  struct stat info {};
  ASSERT_EQ(::stat((root_ + "/task").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0711u);
  ASSERT_EQ(::stat((root_ + "/task/script").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);
  EXPECT_TRUE(Do(disk_->Sync({"task/script", "task/spec"}, {"task", ""})));
  EXPECT_EQ(Do(disk_->Sync({"task/gone"}, {"task"})).error().code, Errc::kNotFound);
  EXPECT_EQ(Do(disk_->Sync({"task/spec"}, {"gone"})).error().code, Errc::kNotFound);
  EXPECT_FALSE(Do(disk_->WriteFolder("no/parent", {}, files)));
  files[1].name = "no/folder";
  EXPECT_FALSE(Do(disk_->WriteFolder("other", {}, files)));
}

TEST_F(PosixDiskTest, WhatWasAppendedReadsBackFromAnyOffset) {
  EXPECT_TRUE(Do(disk_->Append("a", "hello ", false)));
  EXPECT_TRUE(Do(disk_->Append("a", "world", true)));
  EXPECT_EQ(*Do(disk_->Read("a", 6, 100)), "world");
  EXPECT_EQ(*Do(disk_->Read("a", 0, 5)), "hello");
  EXPECT_EQ(*Do(disk_->Read("a", 50, 5)), "");
  EXPECT_EQ(*Do(disk_->Size("a")), 11u);
  EXPECT_TRUE(Do(disk_->Truncate("a", 5)));
  EXPECT_EQ(*Do(disk_->Read("a", 0, 100)), "hello");
  EXPECT_TRUE(Do(disk_->SyncFiles({"a"})));
  EXPECT_TRUE(Do(disk_->SyncFolder("")));
}

TEST_F(PosixDiskTest, ModesAreExactWhateverTheUmask) {
  const mode_t before = ::umask(077);
  EXPECT_TRUE(Do(disk_->CreateFolder("f", Access{0755, std::nullopt})));
  EXPECT_TRUE(Do(disk_->WriteFile("f/s", "x", Access{0755, std::nullopt})));
  ::umask(before);
  struct stat info {};
  ASSERT_EQ(::stat((root_ + "/f/s").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0755u);
  ASSERT_EQ(::stat((root_ + "/f").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0755u);
}

TEST_F(PosixDiskTest, AFileReplacesALinkInsteadOfWritingThroughIt) {
  std::ofstream(root_ + "/victim") << "keep";
  std::filesystem::create_symlink(root_ + "/victim", root_ + "/link");
  EXPECT_TRUE(Do(disk_->WriteFile("link", "new", Access{})));
  EXPECT_EQ(*Do(disk_->Read("victim", 0, 10)), "keep");
  EXPECT_EQ(*Do(disk_->Read("link", 0, 10)), "new");
}

TEST_F(PosixDiskTest, RemovingATreeDoesNotFollowLinksOutOfIt) {
  std::filesystem::create_directories(root_ + "/outside");
  std::ofstream(root_ + "/outside/keep") << "x";
  std::filesystem::create_directories(root_ + "/tree/a/b");
  std::ofstream(root_ + "/tree/a/b/file") << "x";
  std::filesystem::create_directory_symlink(root_ + "/outside", root_ + "/tree/a/link");
  EXPECT_TRUE(Do(disk_->RemoveTree("tree")));
  EXPECT_FALSE(std::filesystem::exists(root_ + "/tree"));
  EXPECT_TRUE(std::filesystem::exists(root_ + "/outside/keep"));
  EXPECT_TRUE(Do(disk_->RemoveTree("tree")));
}

TEST_F(PosixDiskTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(Do(disk_->Read("no", 0, 1)).error().code, Errc::kNotFound);
  EXPECT_EQ(Do(disk_->RemoveFile("no")).error().code, Errc::kNotFound);
  EXPECT_EQ(Do(disk_->Size("no")).error().code, Errc::kNotFound);
  EXPECT_EQ(Do(disk_->List("no")).error().code, Errc::kNotFound);
  EXPECT_EQ(Do(disk_->SyncFiles({"no"})).error().code, Errc::kNotFound);
}

TEST_F(PosixDiskTest, AListIsSorted) {
  for (const char* name : {"c", "a", "b"}) ASSERT_TRUE(Do(disk_->Append(name, "x", false)));
  EXPECT_EQ(*Do(disk_->List("")), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(PosixDiskTest, ALinkIsNotAppendedThrough) {
  std::ofstream(root_ + "/victim") << "keep";
  std::filesystem::create_symlink(root_ + "/victim", root_ + "/link");
  EXPECT_FALSE(Do(disk_->Append("link", "x", false)));
  EXPECT_EQ(*Do(disk_->Read("victim", 0, 10)), "keep");
}

}  // namespace
}  // namespace assist::agent::disk
