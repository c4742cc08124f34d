// Records that counted and are gone: told from a write that was torn by a second file, which says how far it had come.
#include <gtest/gtest.h>

#include "agent/journal/fake_journal_disk.h"
#include "agent/journal/high_water.h"

namespace assist::agent::journal {
namespace {

using Names = std::vector<std::string>;

class CutBackTest : public JournalTest {
 protected:
  static Acceptance Task(std::string id, std::int64_t delivery) { return {std::move(id), delivery, "boot-1", "entry"}; }
  void Cut(std::size_t bytes) {
    std::string content = disk_->Content(File());
    content.resize(content.size() - bytes);
    disk_->Put(File(), std::move(content));
  }
  std::optional<HighWater> Mark() {
    HighWaterFile file(*disk_, "journal/high");
    return Run(file.Read());
  }
};

TEST_F(CutBackTest, AFileThatWasCutBackBetweenTwoRecordsStartsNothingAgain) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1)));
  const std::size_t before = disk_->Content(File()).size();
  ASSERT_TRUE(Accept(Task("t-2", 2)));
  ASSERT_TRUE(Run(journal_->Forget("t-1")));
  ASSERT_TRUE(Run(journal_->Forget("t-2")));
  Cut(disk_->Content(File()).size() - before);
  const Opened opened = Restart();
  EXPECT_GT(opened.damaged_bytes, 0u);
  ASSERT_EQ(Ids(opened), Names{"t-1"}) << "what became of it is lost";
  EXPECT_EQ(opened.tasks[0].boot_id, "damaged") << "so it is not started";
  EXPECT_TRUE(journal_->Had("t-2", 2)) << "by its number";
  EXPECT_EQ(journal_->highest_delivery(), 2);
  EXPECT_EQ(Restart().damaged_bytes, 0u) << "said once";
}

TEST_F(CutBackTest, TheLastRecordIsNotForgottenBecauseABitOfItFlips) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1)));
  ASSERT_TRUE(Run(journal_->Forget("t-1")));
  std::string content = disk_->Content(File());
  content.back() = static_cast<char>(content.back() ^ 1);
  disk_->Put(File(), content);
  const Opened opened = Restart();
  EXPECT_GT(opened.damaged_bytes, 0u);
  ASSERT_EQ(Ids(opened), Names{"t-1"});
  EXPECT_EQ(opened.tasks[0].boot_id, "damaged");
}

TEST_F(CutBackTest, AJournalThatIsGoneLeavesItsNumbers) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1)));
  ASSERT_TRUE(Accept(Task("t-2", 7)));
  ASSERT_TRUE(Run(disk_->RemoveFile(File())));
  const Opened opened = Restart();
  EXPECT_TRUE(opened.tasks.empty());
  EXPECT_GT(opened.damaged_bytes, 0u);
  EXPECT_TRUE(journal_->Had("t-2", 7));
  EXPECT_EQ(journal_->highest_delivery(), 7);
  ASSERT_TRUE(Accept(Task("t-3", 8)));
  EXPECT_EQ(Ids(Crash()), Names{"t-3"});
}

TEST_F(CutBackTest, AWriteThatWasTornAndNeverCountedIsNoDamage) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1)));
  disk_->tear_next_append = 20;
  ASSERT_FALSE(Accept(Task("t-2", 2)));
  const Opened opened = Restart();
  EXPECT_EQ(opened.torn_bytes, 20u);
  EXPECT_EQ(opened.damaged_bytes, 0u);
  ASSERT_EQ(Ids(opened), Names{"t-1"});
  EXPECT_EQ(opened.tasks[0].boot_id, "boot-1") << "it may be started";
}

TEST_F(CutBackTest, TheMarkIsNeverAheadOfWhatAPowerCutLeaves) {
  Open();
  for (int i = 1; i < 200; ++i) {
    ASSERT_TRUE(Accept(Task("t-" + std::to_string(i), i)));
    if (i % 3 == 0) {
      ASSERT_TRUE(Run(journal_->Forget("t-" + std::to_string(i))));
    }
    if (i % 5 != 0) continue;
    const Opened opened = Crash();
    ASSERT_EQ(opened.damaged_bytes, 0u) << i;
  }
}

TEST_F(CutBackTest, TheLastWholeMarkCountsAndTheirFileIsBounded) {
  Open();
  std::size_t largest = 0;
  for (int i = 1; i < 3000; ++i) {
    ASSERT_TRUE(Run(journal_->Forget("t-" + std::to_string(i))));
    largest = std::max(largest, disk_->Content("journal/high").size());
  }
  EXPECT_LT(largest, 9'000u);
  const HighWater mark = *Mark();
  EXPECT_EQ(mark.size, disk_->Content(File()).size());
  std::string bytes = disk_->Content("journal/high");
  ASSERT_GT(bytes.size(), 100u);
  disk_->Put("journal/high", bytes.substr(0, bytes.size() - 1));
  EXPECT_LT(Mark()->size, mark.size);
  EXPECT_EQ(Mark()->file, mark.file);
  disk_->Put("journal/high", std::string(bytes.size(), '\0'));
  EXPECT_EQ(Mark(), std::nullopt);
  disk_->Put("journal/high", "");
  EXPECT_EQ(Mark(), std::nullopt);
}

}  // namespace
}  // namespace assist::agent::journal
