#include "sim/update/update_scenario.h"

#include <gtest/gtest.h>

namespace assist::sim::update {
namespace {

#if defined(ASSIST_SANITIZED)
constexpr std::uint64_t kSeeds = 20;
constexpr std::uint64_t kEvery = 40;
#else
constexpr std::uint64_t kSeeds = 300;
constexpr std::uint64_t kEvery = 1;
#endif

std::string Text(const UpdateOutcome& outcome) {
  std::string text;
  for (const std::string& breach : outcome.breaches) text += breach + "\n";
  return text;
}

TEST(UpdateScenarioTest, NoSeedBricksAMachine) {
  UpdateCounts counts;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const UpdateOutcome outcome = PlayUpdates(seed);
    EXPECT_EQ(Text(outcome), "") << "seed " << seed;
    counts.Add(outcome.counts);
  }
  EXPECT_GT(counts.power_cuts, kSeeds);
  EXPECT_GT(counts.kept, kSeeds / 2);
  EXPECT_GT(counts.refused, kSeeds / 20);
  EXPECT_GT(counts.guards_killed, 0u);
  EXPECT_GT(counts.disk_troubles, 0u);
}

TEST(UpdateScenarioTest, TheSameSeedIsTheSameStory) {
  EXPECT_EQ(PlayUpdates(7).trace_hash, PlayUpdates(7).trace_hash);
  EXPECT_NE(PlayUpdates(7).trace_hash, PlayUpdates(8).trace_hash);
}

/// Power, guard and agent are cut before each step of unpacking, syncing, checking, switching, proving and going back.
TEST(UpdateScenarioTest, NoCutAtAnyStepBricksAMachine) {
  // 0: a release that serves, with a service manager; 9: one that exits at once, without.
  for (const std::uint64_t seed : {0u, 9u}) {
    const std::uint64_t steps = PlayCut(seed, 0, Cut::kPower).counts.steps;
    ASSERT_GT(steps, 100u);
    for (std::uint64_t step = 1; step < steps; step += kEvery) {
      for (int cut = 0; cut < kCuts; ++cut) {
        const UpdateOutcome outcome = PlayCut(seed, step, static_cast<Cut>(cut));
        ASSERT_EQ(Text(outcome), "") << "seed " << seed << ", step " << step << ", cut " << cut;
      }
    }
  }
}

TEST(UpdateScenarioTest, WithoutACutGoodReleasesAreKeptAndBrokenOnesAreNot) {
  for (std::uint64_t seed = 0; seed < 16; ++seed) {
    const UpdateOutcome outcome = PlayCut(seed, 0, Cut::kPower);
    EXPECT_EQ(Text(outcome), "");
    // The last update of the scenario is kept.
    EXPECT_EQ(outcome.counts.kept, seed % 8 == 0 ? 2u : 1u) << seed;
    EXPECT_EQ(outcome.counts.refused, seed % 8 == 0 ? 0u : 1u) << seed;
  }
}

}  // namespace
}  // namespace assist::sim::update
