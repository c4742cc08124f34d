#include "sim/run/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::sim::run {
namespace {

using ::testing::IsEmpty;

TEST(ScenarioTest, AQuietWorldKeepsEveryPromiseAndKnowsEveryEnd) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome outcome = Play(MakeQuietPlan(seed));
    EXPECT_THAT(outcome.breaches, IsEmpty()) << "seed " << seed;
    EXPECT_EQ(outcome.counts.starts, 1u);
    EXPECT_EQ(outcome.counts.unknown, 0u);
  }
}

TEST(ScenarioTest, ASeedReplaysExactlyWithTheStoryToldOrNot) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Plan plan = MakePlan(seed);
    const Outcome first = Play(plan);
    std::size_t lines = 0;
    const Outcome again = Play(plan, [&lines](const std::string&) { ++lines; });
    EXPECT_EQ(first.trace_hash, again.trace_hash) << "seed " << seed;
    EXPECT_EQ(first.counts.steps, again.counts.steps);
    EXPECT_GT(lines, 5u);
  }
}

TEST(ScenarioTest, SomeWorldsOfFaultsKeepEveryPromise) {
  Counts all;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Outcome outcome = Play(MakePlan(seed));
    EXPECT_THAT(outcome.breaches, IsEmpty()) << "assist-sim --trace --seed " << seed;
    for (int kind = 0; kind < kCrashKinds; ++kind) all.crashes[kind] += outcome.counts.crashes[kind];
    all.effect_crashes += outcome.counts.effect_crashes;
    all.disk_troubles += outcome.counts.disk_troubles;
  }
  for (int kind = 0; kind < kCrashKinds; ++kind) {
    EXPECT_GT(all.crashes[kind], 0u) << "no crash of " << Name(static_cast<Crash>(kind));
  }
  EXPECT_GT(all.effect_crashes, 0u);
  EXPECT_GT(all.disk_troubles, 0u);
}

/// A program with a fault of its own is caught within so many worlds; how it was.
checker::Breaches CaughtWithin(std::uint64_t worlds, bool Switches::*fault) {
  for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
    Plan plan = MakePlan(seed);
    plan.switches.*fault = true;
    Outcome outcome = Play(plan);
    if (outcome.breaches.empty()) continue;
    std::printf("caught by seed %llu: %s\n", static_cast<unsigned long long>(seed), outcome.breaches.front().c_str());
    return outcome.breaches;
  }
  return {};
}

TEST(ScenarioTest, AnAgentWhoseSyncsDoNothingIsCaught) {
  EXPECT_FALSE(CaughtWithin(50, &Switches::agent_sync_off).empty());
}
TEST(ScenarioTest, AServerWhoseSyncsDoNothingIsCaught) {
  EXPECT_FALSE(CaughtWithin(50, &Switches::store_sync_off).empty());
}
TEST(ScenarioTest, AServerThatAcknowledgesBeforeItCommitsIsCaught) {
  EXPECT_FALSE(CaughtWithin(100, &Switches::acknowledge_first).empty());
}
TEST(ScenarioTest, AnAgentThatForgetsWhatItHasHadIsCaught) {
  EXPECT_FALSE(CaughtWithin(2000, &Switches::duplicate_check_off).empty());
}
TEST(ScenarioTest, AServerThatDoesNotLookAtOffsetsIsCaught) {
  EXPECT_FALSE(CaughtWithin(500, &Switches::offset_check_off).empty());
}

}  // namespace
}  // namespace assist::sim::run
