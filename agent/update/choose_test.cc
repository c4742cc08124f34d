#include "agent/update/choose.h"

#include <gtest/gtest.h>

#include <set>

namespace assist::agent::update {
namespace {

class ChooseTest : public testing::Test {
 protected:
  ChooseTest() {
    pointer_.selected = "1.2.0-7";
    pointer_.previous = "1.1.0-3";
    pointer_.installed = "1.0.0";
    facts_.installed_version = "1.0.0";
    facts_.boot_id = "boot";
    facts_.now = FromUnixMillis(1'000'000);
    facts_.is_there = [this](const std::string& slot) { return there_.contains(slot); };
  }
  void OnTrial() {
    pointer_.trial = true;
    pointer_.boot_id = "boot";
    pointer_.deadline = facts_.now + std::chrono::seconds(100);
    facts_.guarded = true;
  }
  /// It goes back, says why, and the pointer follows.
  void ExpectBack(const std::string& slot) {
    const Choice choice = Choose(pointer_, facts_);
    EXPECT_EQ(choice.slot, slot);
    EXPECT_FALSE(choice.tries);
    EXPECT_NE(choice.why, "");
    ASSERT_EQ(choice.pointer.has_value(), !facts_.guarded);
    if (!choice.pointer) return;
    EXPECT_EQ(choice.pointer->selected, slot);
    EXPECT_EQ(choice.pointer->previous, "");
    EXPECT_FALSE(choice.pointer->trial);
    EXPECT_EQ(choice.pointer->installed, "1.0.0");
    EXPECT_EQ(choice.pointer->why, choice.why);
    const Choice again = Choose(*choice.pointer, facts_);
    EXPECT_EQ(again.slot, slot) << "the next start chooses the same";
    EXPECT_FALSE(again.pointer);
  }

  Pointer pointer_;
  LaunchFacts facts_;
  std::set<std::string> there_{"1.2.0-7", "1.1.0-3"};
};

TEST_F(ChooseTest, WithoutASlotTheInstalledProgramRuns) {
  const Choice choice = Choose({}, facts_);
  EXPECT_EQ(choice.slot, "");
  EXPECT_FALSE(choice.pointer);
  EXPECT_EQ(choice.why, "");
}

TEST_F(ChooseTest, AGoodSlotRuns) {
  const Choice choice = Choose(pointer_, facts_);
  EXPECT_EQ(choice.slot, "1.2.0-7");
  EXPECT_FALSE(choice.pointer);
  EXPECT_FALSE(choice.tries);
}

TEST_F(ChooseTest, AGoodSlotThatIsStartedAgainAndAgainIsLeft) {
  for (std::int64_t start = 1; start <= kMaxStarts; ++start) {
    const Choice choice = Choose(pointer_, facts_);
    EXPECT_EQ(choice.slot, "1.2.0-7");
    EXPECT_FALSE(choice.pointer);
    ASSERT_TRUE(choice.starts);
    EXPECT_EQ(choice.starts->count, start);
    facts_.starts = *choice.starts;
  }
  ExpectBack("1.1.0-3");
  EXPECT_NE(Choose(pointer_, facts_).why.find("5 times"), std::string::npos);
}

TEST_F(ChooseTest, StartsOfAnotherSlotDoNotCount) {
  facts_.starts = {"1.2.0-6", "", kMaxStarts};
  EXPECT_EQ(Choose(pointer_, facts_).starts->count, 1);
}

TEST_F(ChooseTest, ASlotWithoutProgramsIsLeftForTheOneBefore) {
  there_.erase("1.2.0-7");
  ExpectBack("1.1.0-3");
  there_.clear();
  ExpectBack("");
}

TEST_F(ChooseTest, AnInstalledProgramThatWasUpgradedWins) {
  facts_.installed_version = "1.1.5";
  EXPECT_EQ(Choose(pointer_, facts_).slot, "1.2.0-7") << "it is older than the slot";
  facts_.installed_version = "1.2.0";
  ExpectBack("");
  facts_.installed_version = "1.10.0";
  ExpectBack("");
}

TEST_F(ChooseTest, ASlotThatIsOlderThanTheInstalledProgramWasChosenSo) {
  pointer_.installed = facts_.installed_version = "2.0.0";
  EXPECT_EQ(Choose(pointer_, facts_).slot, "1.2.0-7");
}

TEST_F(ChooseTest, ATrialRunsThreeTimesAtMostAndEachIsCounted) {
  OnTrial();
  for (std::int64_t start = 1; start <= kMaxTries; ++start) {
    const Choice choice = Choose(pointer_, facts_);
    EXPECT_EQ(choice.slot, "1.2.0-7");
    ASSERT_TRUE(choice.tries);
    EXPECT_EQ(choice.tries->count, start);
    facts_.tries = *choice.tries;
  }
  ExpectBack("1.1.0-3");
}

TEST_F(ChooseTest, StartsOfAnotherTrialDoNotCount) {
  OnTrial();
  facts_.tries = {"1.2.0-6", "boot", 3};
  EXPECT_EQ(Choose(pointer_, facts_).tries->count, 1);
  facts_.tries = {"1.2.0-7", "boot before", 3};
  EXPECT_EQ(Choose(pointer_, facts_).tries->count, 1);
}

TEST_F(ChooseTest, CountsThatCannotBeReadEndATrial) {
  OnTrial();
  facts_.tries = DecodeTries("{");
  ExpectBack("1.1.0-3");
}

TEST_F(ChooseTest, ATrialEndsWithItsGuard) {
  OnTrial();
  facts_.guarded = false;
  ExpectBack("1.1.0-3");
}

TEST_F(ChooseTest, ATrialEndsWithItsBoot) {
  OnTrial();
  pointer_.boot_id = "boot before";
  ExpectBack("1.1.0-3");
  facts_.boot_id = pointer_.boot_id = "";
  ExpectBack("1.1.0-3");
}

TEST_F(ChooseTest, ATrialEndsAfterItsDeadlineThoughItsGuardHangs) {
  OnTrial();
  facts_.now = pointer_.deadline + kDeadlineGrace;
  EXPECT_EQ(Choose(pointer_, facts_).slot, "1.2.0-7");
  facts_.now += std::chrono::seconds(1);
  ExpectBack("1.1.0-3");
}

TEST_F(ChooseTest, TheInstalledProgramMayBeOnTrialToo) {
  OnTrial();
  pointer_.selected = "";
  EXPECT_EQ(Choose(pointer_, facts_).tries->count, 1);
  facts_.guarded = false;
  ExpectBack("1.1.0-3");
}

TEST_F(ChooseTest, WhatAFailedTrialGoesBackToMustBeThere) {
  OnTrial();
  facts_.guarded = false;
  there_.erase("1.1.0-3");
  ExpectBack("");
}

}  // namespace
}  // namespace assist::agent::update
