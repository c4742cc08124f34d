#include "sim/run/schedule_scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::sim::run {
namespace {

using ::testing::IsEmpty;

TEST(ScheduleScenarioTest, SomeWorldsOfFaultsLoseNoOccurrenceAndStartNoneTwice) {
  ScheduleCounts all;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const ScheduleOutcome outcome = PlaySchedules(seed);
    EXPECT_THAT(outcome.breaches, IsEmpty()) << "assist-sim --schedules --trace --seed " << seed;
    all.runs += outcome.counts.runs;
    all.missed += outcome.counts.missed;
    all.crashes += outcome.counts.crashes;
    all.clock_steps += outcome.counts.clock_steps;
    all.disk_troubles += outcome.counts.disk_troubles;
    all.rotten_bits += outcome.counts.rotten_bits;
    all.unknown += outcome.counts.unknown;
  }
  EXPECT_GT(all.runs, 500u);
  EXPECT_GT(all.missed, 100u);
  EXPECT_GT(all.crashes, 50u);
  EXPECT_GT(all.clock_steps, 20u);
  EXPECT_GT(all.disk_troubles, 20u);
  EXPECT_GT(all.rotten_bits, 2u);
  EXPECT_GT(all.unknown, 2u);
}

TEST(ScheduleScenarioTest, ASeedReplaysExactly) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    EXPECT_EQ(PlaySchedules(seed).trace_hash, PlaySchedules(seed, {}, [](const std::string&) {}).trace_hash);
  }
}

TEST(ScheduleScenarioTest, AnAgentWhoseSyncsDoNothingIsCaught) {
  Switches switches;
  switches.agent_sync_off = true;
  std::uint64_t caught = 0;
  for (std::uint64_t seed = 1; seed <= 200 && caught == 0; ++seed) {
    if (!PlaySchedules(seed, switches).breaches.empty()) caught = seed;
  }
  EXPECT_GT(caught, 0u);
}

}  // namespace
}  // namespace assist::sim::run
