#include "common/files/file_lock.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

namespace assist {
namespace {

class FileLockTest : public ::testing::Test {
 protected:
  FileLockTest() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = (std::filesystem::temp_directory_path() / ("assist-lock-" + std::string(test->name()))).string();
    std::filesystem::remove(path_);
  }
  ~FileLockTest() override {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  std::string path_;
};

TEST_F(FileLockTest, OneHasItUntilItIsGivenBack) {
  EXPECT_FALSE(FileLock::IsTaken(path_));
  {
    const Result<FileLock> first = FileLock::Take(path_);
    ASSERT_TRUE(first) << first.error().detail;
    EXPECT_TRUE(FileLock::IsTaken(path_));
    const Result<FileLock> second = FileLock::Take(path_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::kConflict);
    EXPECT_NE(second.error().detail.find(path_), std::string::npos) << second.error().detail;
  }
  EXPECT_FALSE(FileLock::IsTaken(path_));
  EXPECT_TRUE(FileLock::Take(path_));
}

TEST_F(FileLockTest, WhoMustHaveItIsNotKeptFromItByWhoAsks) {
  std::optional<FileLock> asked;
  {
    Result<FileLock> taken = FileLock::Take(path_);
    ASSERT_TRUE(taken);
    asked.emplace(std::move(*taken));
  }
  int pauses = 0;
  const auto pause = [&] {
    if (++pauses == 9) asked.reset();
  };
  const Result<FileLock> lock = FileLock::TakeSoon(path_, pause);
  ASSERT_TRUE(lock) << lock.error().detail;
  EXPECT_EQ(pauses, 9);
}

TEST_F(FileLockTest, WhoHasItKeepsIt) {
  const Result<FileLock> first = FileLock::Take(path_);
  ASSERT_TRUE(first);
  int pauses = 0;
  const Result<FileLock> second = FileLock::TakeSoon(path_, [&pauses] { ++pauses; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kConflict);
  EXPECT_EQ(pauses, 9);
}

TEST_F(FileLockTest, ALockWhoseFolderIsMissingIsAnErrorAndNotTaken) {
  const std::string nowhere = path_ + "-none/lock";
  const Result<FileLock> lock = FileLock::Take(nowhere);
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, Errc::kNotFound) << lock.error().detail;
  EXPECT_FALSE(FileLock::IsTaken(nowhere));
}

}  // namespace
}  // namespace assist
