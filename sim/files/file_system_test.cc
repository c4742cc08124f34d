#include "sim/files/file_system.h"

#include <gtest/gtest.h>

#include <set>

namespace assist::sim::files {
namespace {

/// What `path` holds after a power cut, over many dice; "-" when it is not there.
template <class Build>
std::set<std::string> AfterCuts(const std::string& path, Build build) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    FileSystem fs;
    build(fs);
    world::Dice dice(seed, "cut");
    fs.PowerCut(dice);
    const FilePtr file = fs.Find(path);
    seen.insert(file == nullptr ? "-" : file->bytes());
  }
  return seen;
}

FilePtr SyncedFile(FileSystem& fs, const std::string& path, std::string_view bytes) {
  const FilePtr file = fs.Create(path, false);
  fs.Write(file, 0, bytes);
  fs.Sync(file);
  fs.Sync(fs.Find(FileSystem::ParentOf(path)));
  return file;
}

TEST(FileSystemTest, WhatIsSyncedSurvives) {
  EXPECT_EQ(AfterCuts("f", [](FileSystem& fs) { SyncedFile(fs, "f", "synced"); }), std::set<std::string>{"synced"});
}

TEST(FileSystemTest, UnsyncedBytesSurviveInWholeInPartOrNot) {
  const std::string long_text(2000, 'x');
  const auto seen = AfterCuts("f", [&](FileSystem& fs) {
    const FilePtr file = SyncedFile(fs, "f", "A");
    fs.Write(file, 1, long_text);
  });
  EXPECT_TRUE(seen.contains("A"));
  EXPECT_TRUE(seen.contains("A" + long_text));
  EXPECT_GT(seen.size(), 10u);
  for (const auto& text : seen) {
    EXPECT_EQ(text[0], 'A') << "a torn write reached outside itself";
    EXPECT_EQ(text.find_first_not_of(std::string("x\0", 2), 1), std::string::npos);
  }
}

TEST(FileSystemTest, ANameThatIsNotSyncedMayBeGone) {
  const auto seen = AfterCuts("f", [](FileSystem& fs) {
    const FilePtr file = fs.Create("f", false);
    fs.Write(file, 0, "bytes");
    fs.Sync(file);
  });
  EXPECT_EQ(seen, (std::set<std::string>{"-", "bytes"}));
}

TEST(FileSystemTest, AFileBelowAnUnsyncedFolderGoesWithIt) {
  const auto seen = AfterCuts("d/f", [](FileSystem& fs) {
    fs.Create("d", true);
    SyncedFile(fs, "d/f", "bytes");
  });
  EXPECT_EQ(seen, (std::set<std::string>{"-", "bytes"}));
}

TEST(FileSystemTest, ARenameHappensAsAWholeOrNot) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    FileSystem fs;
    fs.Create("d", true);
    fs.Sync(fs.Find(""));
    SyncedFile(fs, "d/old", "new");
    SyncedFile(fs, "name", "old");
    ASSERT_TRUE(fs.Rename("d/old", "name"));
    world::Dice dice(seed, "cut");
    fs.PowerCut(dice);
    const bool moved = fs.Find("name")->bytes() == "new";
    EXPECT_EQ(moved, fs.Find("d/old") == nullptr) << "seed " << seed;
  }
}

TEST(FileSystemTest, ARemovalIsUndoneOrNot) {
  const auto seen = AfterCuts("f", [](FileSystem& fs) {
    SyncedFile(fs, "f", "bytes");
    ASSERT_TRUE(fs.Remove("f"));
  });
  EXPECT_EQ(seen, (std::set<std::string>{"-", "bytes"}));
}

TEST(FileSystemTest, ACopyIsOfItsMomentAndComesBackAsAWhole) {
  FileSystem fs;
  fs.Create("d", true);
  fs.Write(fs.Create("d/f", false), 0, "before");
  const FilePtr copy = fs.Copy();
  fs.Write(fs.Find("d/f"), 0, "after!");
  fs.Create("d/g", false);
  fs.Restore(copy);
  EXPECT_EQ(fs.Find("d/f")->bytes(), "before");
  EXPECT_EQ(fs.Find("d/g"), nullptr);
  fs.Write(fs.Find("d/f"), 0, "again!");
  world::Dice dice(1, "cut");
  fs.Restore(copy);
  fs.PowerCut(dice);
  ASSERT_NE(fs.Find("d/f"), nullptr);
  EXPECT_EQ(fs.Find("d/f")->bytes(), "before") << "the copy is untouched, and on the platter";
}

TEST(FileSystemTest, TheViewBeforeAPowerCutIsThatOfEveryProgram) {
  FileSystem fs;
  const FilePtr file = fs.Create("f", false);
  fs.Write(file, 3, "abc");
  EXPECT_EQ(file->bytes(), std::string("\0\0\0abc", 6));
  fs.Truncate(file, 4);
  EXPECT_EQ(fs.Find("f")->bytes(), std::string("\0\0\0a", 4));
  EXPECT_TRUE(file->dirty());
  fs.Sync(file);
  EXPECT_FALSE(file->dirty());
  EXPECT_EQ(fs.Create("f", false), file);
  EXPECT_EQ(fs.Create("none/f", false), nullptr);
  EXPECT_FALSE(fs.Remove("none"));
}

}  // namespace
}  // namespace assist::sim::files
