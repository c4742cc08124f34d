#include "agent/artifact/system/system_archive_disk.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <optional>

#include "agent/artifact/check_manifest.h"
#include "agent/artifact/refuse.h"
#include "agent/artifact/system/file_source.h"
#include "common/archive/folder/folder.h"
#include "common/runtime/thread_blocking_pool.h"
#include "test/support/system/scratch_folder.h"

namespace assist::agent::artifact {
namespace {

class SystemArchiveDiskTest : public ::testing::Test {
 protected:
  SystemArchiveDiskTest() {
    for (const char* name : {"/in/bin", "/out"}) std::filesystem::create_directories(folder_.path() + name);
    std::ofstream(folder_.path() + "/in/bin/run") << "#!/bin/sh\n";
    std::filesystem::permissions(folder_.path() + "/in/bin/run", std::filesystem::perms(0755));
    std::ofstream(folder_.path() + "/in/text") << std::string(100'000, 'x');
    std::filesystem::permissions(folder_.path() + "/in/text", std::filesystem::perms(0644));
  }
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
  void Pack(archive::Format format) {
    archive::PackOptions options;
    const auto packed = archive::PackFolder(folder_.path() + "/in", folder_.path() + "/archive", format, options);
    ASSERT_TRUE(packed) << packed.error().detail;
  }

  test::ScratchFolder folder_;
  ThreadBlockingPool pool_{1, "files"};
  StopSign stop_;
  SystemArchiveDisk disk_{folder_.path(), pool_, stop_};
  ArchiveDisk::Limits limits_{1 << 20, 10};
};

TEST_F(SystemArchiveDiskTest, WhatComesOutIsWhatLiesThere) {
  std::filesystem::create_symlink("bin/run", folder_.path() + "/in/link");
  Pack(archive::Format::kTarZst);
  const auto came = Do(disk_.Unpack("archive", package::ArchiveFormat::kTarZst, "out", limits_));
  ASSERT_TRUE(came) << came.error().detail;
  ASSERT_EQ(came->size(), 3u);
  const auto found = Do(disk_.Measure("out", {}));
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(Difference(*came, *found, true, false), std::nullopt);
  EXPECT_EQ((*found)[0].mode, 0755u);
  EXPECT_EQ((*found)[1].link, "bin/run");
  std::ofstream(folder_.path() + "/out/text") << "changed";
  EXPECT_NE(Difference(*came, *Do(disk_.Measure("out", {})), true, false), std::nullopt);
  EXPECT_EQ(Do(disk_.Measure("gone", {})).error().code, Errc::kNotFound);
}

TEST_F(SystemArchiveDiskTest, OnlyWhatIsNamedIsReadAndAStopEndsIt) {
  const auto found = Do(disk_.Measure("in", {"text", "gone"}));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ((*found)[0].path, "text");
  stop_.Set();
  const auto stopped = Do(disk_.Measure("in", {}));
  ASSERT_FALSE(stopped);
  EXPECT_EQ(RefusalOf(stopped.error()), package::Refusal::kInterrupted);
}

TEST_F(SystemArchiveDiskTest, RefusalsOfArchivesHaveTheWordsOfPackages) {
  Pack(archive::Format::kZip);
  const auto word = [&](package::ArchiveFormat format) {
    const auto came = Do(disk_.Unpack("archive", format, "out", limits_));
    return came ? std::nullopt : RefusalOf(came.error());
  };
  limits_.bytes = 99'999;
  EXPECT_EQ(word(package::ArchiveFormat::kZip), package::Refusal::kTooLarge);
  limits_.bytes = 1 << 20;
  limits_.files = 1;
  EXPECT_EQ(word(package::ArchiveFormat::kZip), package::Refusal::kTooLarge);
  limits_.files = 10;
  EXPECT_EQ(word(package::ArchiveFormat::kTarZst), package::Refusal::kUnsafeArchive);
  stop_.Set();
  std::filesystem::remove_all(folder_.path() + "/out");
  std::filesystem::create_directories(folder_.path() + "/out");
  EXPECT_EQ(word(package::ArchiveFormat::kZip), package::Refusal::kInterrupted);
}

TEST_F(SystemArchiveDiskTest, SpaceAndFilesOfThisMachineAreRead) {
  EXPECT_GT(*Do(disk_.Free()), 0u);
  FileSource source(folder_.path() + "/in/text", pool_);
  const auto piece = Do(source.Read("", 99'990, 100));
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->total, 100'000u);
  EXPECT_EQ(piece->bytes, std::string(10, 'x'));
  FileSource gone(folder_.path() + "/gone", pool_);
  EXPECT_EQ(Do(gone.Read("", 0, 1)).error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace assist::agent::artifact
