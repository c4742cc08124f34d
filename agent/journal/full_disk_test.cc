// A disk that fills up: nothing new is taken, what is under way can end, and it goes on when there is room again.
#include <gtest/gtest.h>

#include "agent/journal/fake_journal_disk.h"

namespace assist::agent::journal {
namespace {

using Names = std::vector<std::string>;

constexpr std::size_t kReserve = 4096;

class FullDiskTest : public JournalTest {
 protected:
  FullDiskTest() {
    options_.reserve_bytes = kReserve;
    MakeJournal();
  }
  static Acceptance Task(std::string id, std::int64_t delivery, std::size_t bytes = 100) {
    return {std::move(id), delivery, "boot-1", std::string(bytes, 'e')};
  }
  void Fill(std::size_t left = 0) { disk_->room = disk_->Used() + left; }
  Status Refuse(Acceptance task) {
    return Run(journal_->AcceptConcluded(std::vector<Acceptance>(1, std::move(task)), "no room"));
  }
};

TEST_F(FullDiskTest, NothingNewIsTakenAndWhatIsUnderWayEnds) {
  Open();
  ASSERT_EQ(disk_->Content("journal/reserve").size(), kReserve);
  ASSERT_TRUE(Accept(Task("t-1", 1)));
  ASSERT_TRUE(Accept(Task("t-2", 2)));
  Fill();
  const std::string file = File();
  const Status refused = Accept(Task("t-3", 3));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kTooLarge);
  EXPECT_TRUE(disk_->Has("journal/reserve")) << "not for what is new";
  EXPECT_FALSE(journal_->Had("t-3", 3));

  EXPECT_TRUE(Run(journal_->Conclude("t-1", "stopped")));
  EXPECT_TRUE(Run(journal_->Forget("t-2")));
  EXPECT_FALSE(disk_->Has("journal/reserve"));
  EXPECT_EQ(File(), file) << "the file was cut back, and goes on";
  const Opened opened = Crash();
  ASSERT_EQ(Ids(opened), Names{"t-1"});
  EXPECT_EQ(opened.tasks[0].conclusion, "stopped");
}

TEST_F(FullDiskTest, WhatIsRefusedForIsRememberedWithItsEnd) {
  Open();
  Fill(60);
  ASSERT_EQ(Accept(Task("t-1", 1)).error().code, Errc::kTooLarge);
  ASSERT_TRUE(Refuse(Task("t-1", 1, 10)));
  EXPECT_TRUE(journal_->Had("t-1", 0));
  const Opened opened = Crash();
  ASSERT_EQ(Ids(opened), Names{"t-1"});
  EXPECT_EQ(opened.tasks[0].conclusion, "no room");
  EXPECT_EQ(opened.tasks[0].delivery, 1);
  EXPECT_EQ(opened.torn_bytes + opened.damaged_bytes, 0u);
  EXPECT_TRUE(journal_->Had("t-other", 1));
}

TEST_F(FullDiskTest, WithoutTheRoomSetAsideNothingNewIsTakenAlthoughItWouldFit) {
  Open();
  Fill();
  ASSERT_FALSE(Accept(Task("t-1", 1)));
  ASSERT_TRUE(Refuse(Task("t-1", 1)));
  Fill(kReserve / 2);
  EXPECT_EQ(Accept(Task("t-2", 2)).error().code, Errc::kTooLarge);
  EXPECT_FALSE(disk_->Has("journal/reserve")) << "half of it helps nobody";
  Fill(2 * kReserve);
  EXPECT_TRUE(Accept(Task("t-2", 2)));
  EXPECT_EQ(disk_->Content("journal/reserve").size(), kReserve) << "and again there is room for ends";
}

TEST_F(FullDiskTest, AStartOnAFullDiskTakesWhatIsThere) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1)));
  Fill();
  EXPECT_EQ(Ids(Restart()), Names{"t-1"});
  EXPECT_TRUE(Run(journal_->Forget("t-1"))) << "the room set aside by the earlier run";
  Fill();
  EXPECT_TRUE(Restart().tasks.empty());
  EXPECT_EQ(Accept(Task("t-2", 2)).error().code, Errc::kTooLarge);
}

TEST_F(FullDiskTest, AFileThatCannotBeCutBackIsWrittenAnewWithTheRoomSetAside) {
  Open();
  ASSERT_TRUE(Accept(Task("t-1", 1)));
  const std::string file = File();
  disk_->tear_next_append = 20;
  ASSERT_FALSE(Run(journal_->Conclude("t-1", "not written")));
  Fill();
  EXPECT_EQ(Accept(Task("t-2", 2)).error().code, Errc::kTooLarge);
  EXPECT_TRUE(Run(journal_->Conclude("t-1", "stopped")));
  EXPECT_NE(File(), file);
  EXPECT_EQ(Crash().tasks[0].conclusion, "stopped");
}

}  // namespace
}  // namespace assist::agent::journal
