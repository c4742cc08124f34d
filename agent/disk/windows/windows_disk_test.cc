#include "agent/disk/windows/windows_disk.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <optional>

#include "common/runtime/thread_blocking_pool.h"
#include "common/windows/file.h"
#include "common/windows/wide.h"

namespace assist::agent::disk {
namespace {

class WindowsDiskTest : public ::testing::Test {
 protected:
  WindowsDiskTest() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ = PathFromWide(std::filesystem::temp_directory_path().wstring()) + "/assist-disk-" + test->name();
    EXPECT_TRUE(RemoveTree(root_));
    EXPECT_TRUE(MakeFolders(root_, 0700));
    disk_.emplace(root_, pool_);
  }
  ~WindowsDiskTest() override { EXPECT_TRUE(RemoveTree(root_)); }

  template <class T>
  T Run(asio::awaitable<T> work) {
    std::optional<T> out;
    asio::co_spawn(io_, std::move(work), [&](std::exception_ptr, T value) { out.emplace(std::move(value)); });
    io_.restart();
    io_.run();
    return std::move(*out);
  }

  asio::io_context io_;
  ThreadBlockingPool pool_{1, "files"};
  std::string root_;
  std::optional<WindowsDisk> disk_;
};

TEST_F(WindowsDiskTest, WhatIsWrittenAppendedAndCutIsRead) {
  EXPECT_TRUE(Run(disk_->CreateFolder("a", {})));
  EXPECT_TRUE(Run(disk_->CreateFolder("a", {}))) << "one that is there is fine";
  EXPECT_TRUE(Run(disk_->WriteFile("a/f", "0123456789", {})));
  EXPECT_TRUE(Run(disk_->WriteFile("a/f", "01234", {}))) << "replaces the content";
  EXPECT_TRUE(Run(disk_->Append("a/f", "abc", true)));
  EXPECT_EQ(*Run(disk_->Read("a/f", 3, 100)), "34abc");
  EXPECT_EQ(*Run(disk_->Read("a/f", 100, 10)), "");
  EXPECT_EQ(*Run(disk_->Size("a/f")), 8U);
  EXPECT_TRUE(Run(disk_->Truncate("a/f", 2)));
  EXPECT_EQ(*Run(disk_->Read("a/f", 0, 100)), "01");
  EXPECT_TRUE(Run(disk_->Sync({"a/f"}, {"a", ""})));
}

TEST_F(WindowsDiskTest, NamesAreListedMovedAndRemoved) {
  EXPECT_TRUE(Run(disk_->WriteFile("b", "1", {})));
  EXPECT_TRUE(Run(disk_->WriteFile("a", "2", {})));
  EXPECT_TRUE(Run(disk_->Rename("a", "b")));
  EXPECT_EQ(*Run(disk_->List("")), (std::vector<std::string>{"b"}));
  EXPECT_EQ(*Run(disk_->Read("b", 0, 10)), "2");
  EXPECT_TRUE(Run(disk_->RemoveFile("b")));
  EXPECT_EQ(Run(disk_->RemoveFile("b")).error().code, Errc::kNotFound);
  EXPECT_EQ(Run(disk_->Read("b", 0, 10)).error().code, Errc::kNotFound);
  EXPECT_EQ(Run(disk_->SyncFiles({"b"})).error().code, Errc::kNotFound);
}

TEST_F(WindowsDiskTest, AFolderIsWrittenAndRemovedWithAllItHolds) {
  std::vector<NewFile> files(2);
  files[0].name = "script.bat";
  files[0].bytes = "@echo off\r\n";
  files[1].name = "spec";
  EXPECT_TRUE(Run(disk_->WriteFolder("t", {}, std::move(files))));
  EXPECT_EQ(*Run(disk_->List("t")), (std::vector<std::string>{"script.bat", "spec"}));
  EXPECT_TRUE(Run(disk_->RemoveTree("t")));
  EXPECT_TRUE(Run(disk_->RemoveTree("t"))) << "fine when it is not there";
  EXPECT_EQ(Run(disk_->List("t")).error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace assist::agent::disk
