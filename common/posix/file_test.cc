#include "common/posix/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

namespace assist {
namespace {

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    char name[] = "/tmp/assist-file-test.XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  static mode_t ModeOf(const std::string& path) {
    struct stat found {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0);
    return found.st_mode & 07777;
  }
  std::string folder_;
};

TEST_F(FileTest, AFileComesBackAsItWasWritten) {
  const std::string bytes("a\0b\n", 4);
  ASSERT_TRUE(WriteFileAtomically(Path("f"), bytes, 0600));
  EXPECT_EQ(ReadFile(Path("f"), 4).value(), bytes);
  ASSERT_TRUE(WriteFileAtomically(Path("f"), "", 0600));
  EXPECT_EQ(ReadFile(Path("f"), 0).value(), "");
}

TEST_F(FileTest, AFileAboveTheBoundIsNotRead) {
  ASSERT_TRUE(WriteFileAtomically(Path("f"), std::string(10'000, 'x'), 0600));
  EXPECT_EQ(ReadFile(Path("f"), 10'000).value().size(), 10'000u);
  auto refused = ReadFile(Path("f"), 9'999);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kTooLarge);
  EXPECT_EQ(ReadFile("/dev/zero", 100'000).error().code, Errc::kTooLarge);
}

TEST_F(FileTest, FilesOfProcThatSayTheyAreEmptyAreReadWhole) {
  EXPECT_FALSE(ReadFile("/proc/self/status", 65'536).value().empty());
}

TEST_F(FileTest, TheModeIsExactWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  EXPECT_TRUE(WriteFileAtomically(Path("f"), "x", 0644));
  EXPECT_TRUE(MakeFolders(Path("a/b/c"), 0755));
  ::umask(before);
  EXPECT_EQ(ModeOf(Path("f")), 0644u);
  EXPECT_EQ(ModeOf(Path("a")), 0755u);
  EXPECT_EQ(ModeOf(Path("a/b/c")), 0755u);
}

TEST_F(FileTest, AFailedReplacementLeavesTheOldFileAndNoRubbish) {
  ASSERT_TRUE(MakeFolders(Path("target"), 0700));
  ASSERT_TRUE(WriteFileAtomically(Path("target/inside"), "x", 0600));
  auto failed = WriteFileAtomically(Path("target"), "y", 0600);  // a folder cannot be replaced by a file
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().detail.find(Path("target")), std::string::npos);
  EXPECT_EQ(ListFolder(folder_).value(), std::vector<std::string>{"target"});
}

TEST_F(FileTest, ErrorsNameTheReactionAndThePath) {
  auto missing = ReadFile(Path("none"), 10);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::kNotFound);
  EXPECT_EQ(missing.error().detail, "cannot open " + Path("none") + ": No such file or directory");
  EXPECT_EQ(WriteFileAtomically(Path("none/f"), "", 0600).error().code, Errc::kNotFound);
  EXPECT_EQ(ListFolder(Path("none")).error().code, Errc::kNotFound);
  EXPECT_EQ(ErrnoError(ENOSPC, "write", "f").code, Errc::kUnavailable);
}

TEST_F(FileTest, FoldersThatAreThereStayAsTheyAre) {
  ASSERT_TRUE(MakeFolders(Path("a"), 0700));
  ASSERT_TRUE(MakeFolders(Path("a/b/"), 0750));
  EXPECT_EQ(ModeOf(Path("a")), 0700u);
  EXPECT_EQ(ModeOf(Path("a/b")), 0750u);
  ASSERT_TRUE(WriteFileAtomically(Path("file"), "", 0600));
  EXPECT_FALSE(MakeFolders(Path("file"), 0700));
  EXPECT_FALSE(MakeFolders(Path("file/x"), 0700));
}

TEST_F(FileTest, RemovingTwiceIsNoError) {
  ASSERT_TRUE(WriteFileAtomically(Path("f"), "x", 0600));
  EXPECT_TRUE(Exists(Path("f")));
  EXPECT_TRUE(RemoveFile(Path("f")));
  EXPECT_TRUE(RemoveFile(Path("f")));
  EXPECT_FALSE(Exists(Path("f")));
}

TEST_F(FileTest, ADescriptorIsClosedByItsOwner) {
  int raw = -1;
  {
    UniqueFd fd = OpenFile("/dev/null", O_RDONLY).value();
    raw = fd.get();
    EXPECT_EQ(::fcntl(raw, F_GETFD), FD_CLOEXEC);
    UniqueFd other = std::move(fd);
    EXPECT_FALSE(fd);  // NOLINT(bugprone-use-after-move): that it is empty is what is tested
    EXPECT_EQ(other.get(), raw);
  }
  EXPECT_EQ(::fcntl(raw, F_GETFD), -1);
}

}  // namespace
}  // namespace assist
