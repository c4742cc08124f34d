#include "server/model/wave.h"

#include <gtest/gtest.h>

namespace assist::server::model {
namespace {

TEST(WaveTest, AShareIsANumberOrAPercentage) {
  EXPECT_EQ(ParseShare("10"), (Share{10, false}));
  EXPECT_EQ(ParseShare("0"), (Share{0, false}));
  EXPECT_EQ(ParseShare("1000000"), (Share{1'000'000, false}));
  EXPECT_EQ(ParseShare("10%"), (Share{10, true}));
  EXPECT_EQ(ParseShare("100%"), (Share{100, true}));
  for (const char* wrong : {"", "%", "-1", "+1", " 1", "1 ", "1.5", "101%", "1000001", "99999999999999999999", "1%%",
                            "ten", "0x10", "1e3"}) {
    EXPECT_FALSE(ParseShare(wrong)) << wrong;
  }
}

TEST(WaveTest, APercentageOfTheTargetsIsRoundedDown) {
  EXPECT_EQ(ShareOf({10, true}, 99), 9);
  EXPECT_EQ(ShareOf({10, true}, 9), 0);
  EXPECT_EQ(ShareOf({100, true}, 100'000), 100'000);
  EXPECT_EQ(ShareOf({10, false}, 3), 10);
}

TEST(WaveTest, ATurnIsHeldFromTheFirstDeliveryToTheEnd) {
  TaskProgress task;
  EXPECT_FALSE(HoldsTurn(task));
  for (const Delivery delivery : {Delivery::kDelivered, Delivery::kAccepted}) {
    task.delivery = delivery;
    for (const TaskState state : kAllTaskStates) {
      task.state = state;
      EXPECT_EQ(HoldsTurn(task), !IsFinal(state)) << Name(state);
    }
  }
}

TEST(WaveTest, WhatFailedCountsAndWhatNeverRanDoesNot) {
  for (const TaskState state : kAllTaskStates) {
    StateCounts counts;
    counts.Set(state, 7);
    const bool fails = state == TaskState::kFailed || state == TaskState::kTimeout || state == TaskState::kError ||
                       state == TaskState::kInvalid;
    EXPECT_EQ(Errors(counts), fails ? 7 : 0) << Name(state);
  }
}

TEST(WaveTest, OnlyALimitOfTurnsMakesAWaveFull) {
  Wave wave;
  wave.marks.taken = 5;
  EXPECT_FALSE(wave.full());
  wave.terms.turns = 6;
  EXPECT_FALSE(wave.full());
  wave.terms.turns = 5;
  EXPECT_TRUE(wave.full());
}

}  // namespace
}  // namespace assist::server::model
