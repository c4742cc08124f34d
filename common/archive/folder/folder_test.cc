#include "common/archive/folder/folder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "common/archive/testing/hand_made.h"
#include "common/crypto/hash.h"
#include "common/files/files.h"

namespace assist::archive {
namespace {

class FolderTest : public testing::Test {
 protected:
  FolderTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    const auto base = std::filesystem::temp_directory_path();
    root_ = base.generic_string() + "/assist-archive-" + test->name();
    std::filesystem::remove_all(root_);
    EXPECT_TRUE(MakeFolders(root_ + "/to", 0700));
  }
  ~FolderTest() override { std::filesystem::remove_all(root_); }

  /// Unpacks a zip of these parts, as a file, into root_/to.
  Result<Contents> UnpackZip(std::vector<test::ZipPart> parts) {
    EXPECT_TRUE(WriteFileAtomically(root_ + "/a.zip", test::MakeZip(std::move(parts)), 0644));
    auto source = OpenArchive(root_ + "/a.zip");
    if (!source) return Forward(source);
    auto target = OpenFolderTarget(root_ + "/to", {});
    if (!target) return Forward(target);
    auto contents = Unpack(**source, Format::kZip, {}, **target);
    if (!contents) return contents;
    if (Status synced = (*target)->SyncFolders(); !synced) return Forward(synced);
    return contents;
  }

  static test::ZipPart File(std::string name, std::string content) {
    test::ZipPart part;
    part.name = std::move(name);
    part.content = std::move(content);
    return part;
  }

  std::string root_;
};

TEST_F(FolderTest, AnArchiveComesIntoTheFolder) {
  const std::string large(3'000'000, 'y');
  const auto contents = UnpackZip({File("a/b/large", large), File("a/empty", ""), File("top", "one")});
  ASSERT_TRUE(contents) << contents.error().detail;
  EXPECT_EQ(contents->files.size(), 3U);
  EXPECT_EQ(ReadFile(root_ + "/to/a/b/large", 4'000'000).value(), large);
  EXPECT_EQ(ReadFile(root_ + "/to/a/empty", 10).value(), "");
  EXPECT_EQ(ReadFile(root_ + "/to/top", 10).value(), "one");
}

TEST_F(FolderTest, WhatIsThereAlreadyIsNeverReplaced) {
  ASSERT_TRUE(WriteFileAtomically(root_ + "/to/top", "mine", 0644));
  const auto contents = UnpackZip({File("top", "theirs")});
  ASSERT_FALSE(contents);
  EXPECT_EQ(contents.error().code, Errc::kConflict) << contents.error().detail;
  EXPECT_EQ(ReadFile(root_ + "/to/top", 10).value(), "mine");
  ASSERT_TRUE(MakeFolders(root_ + "/to/a", 0755));
  EXPECT_FALSE(UnpackZip({File("a/x", "theirs")}));
  EXPECT_FALSE(Exists(root_ + "/to/a/x"));
}

TEST_F(FolderTest, ATargetTakesNoPathThatLeavesIt) {
  auto target = OpenFolderTarget(root_ + "/to", {});
  ASSERT_TRUE(target);
  EXPECT_EQ((*target)->OpenFile("../out").error().reason, reason::kParentPath);
  EXPECT_EQ((*target)->MakeFolder("a/../../out").error().reason, reason::kParentPath);
  EXPECT_EQ((*target)->OpenFile("/out").error().reason, reason::kAbsolutePath);
  EXPECT_FALSE(Exists(root_ + "/out"));
}

TEST_F(FolderTest, AFolderThatIsNotThereOrNoneIsAnError) {
  EXPECT_EQ(OpenFolderTarget(root_ + "/none", {}).error().code, Errc::kNotFound);
  ASSERT_TRUE(WriteFileAtomically(root_ + "/file", "x", 0644));
  EXPECT_FALSE(OpenFolderTarget(root_ + "/file", {}));
  EXPECT_EQ(OpenArchive(root_ + "/none").error().code, Errc::kNotFound);
  EXPECT_FALSE(OpenArchive(root_ + "/to"));
}

TEST_F(FolderTest, AFileIsDigested) {
  std::string bytes(2'500'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 >> 3);
  ASSERT_TRUE(WriteFileAtomically(root_ + "/file", bytes, 0644));
  std::uint64_t told = 0;
  const auto digests = DigestFile(root_ + "/file", [&told](const Progress& progress) {
    told = progress.packed;
    return true;
  });
  ASSERT_TRUE(digests);
  EXPECT_EQ(digests->size, bytes.size());
  EXPECT_EQ(digests->sha256, Sha256Hex(bytes));
  EXPECT_EQ(digests->md5, Md5Hex(bytes));
  EXPECT_EQ(told, bytes.size());
  EXPECT_EQ(DigestFile(root_ + "/file", [](const Progress&) { return false; }).error().reason, reason::kInterrupted);
}

#if defined(_WIN32)
TEST_F(FolderTest, OnWindowsDevicesStreamsAndLinksAreNoFiles) {
  auto target = OpenFolderTarget(root_ + "/to", {});
  ASSERT_TRUE(target);
  for (const char* path : {"NUL", "aux.txt", "a:stream", "C:x", "dot.", "blank "}) {
    EXPECT_EQ((*target)->OpenFile(path).error().reason, reason::kReservedName) << path;
  }
  EXPECT_EQ((*target)->MakeLink("l", "a").error().reason, reason::kLinkOnWindows);
}

TEST_F(FolderTest, OnWindowsNobodySwapsTheFolderMeanwhile) {
  auto target = OpenFolderTarget(root_ + "/to", {});
  ASSERT_TRUE(target);
  std::error_code error;
  std::filesystem::rename(root_ + "/to", root_ + "/moved", error);
  EXPECT_TRUE(error);
  target->reset();
  std::filesystem::rename(root_ + "/to", root_ + "/moved", error);
  EXPECT_FALSE(error) << error.message();
}
#endif

}  // namespace
}  // namespace assist::archive
