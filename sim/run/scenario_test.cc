#include "sim/run/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::sim::run {
namespace {

using ::testing::IsEmpty;

#if defined(ASSIST_SANITIZED)
constexpr bool kSlow = true;  ///< Worlds take ten times as long: fewer of them.
#else
constexpr bool kSlow = false;
#endif

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
  for (std::uint64_t seed = 1; seed <= (kSlow ? 30 : 150); ++seed) {
    const Outcome outcome = Play(MakePlan(seed));
    EXPECT_THAT(outcome.breaches, IsEmpty()) << "assist-sim --trace --seed " << seed;
    all.Add(outcome.counts);
  }
  if (kSlow) return;
  for (int kind = 0; kind < kFaultKinds; ++kind) {
    EXPECT_GT(all.faults[kind], 0u) << "never: " << Name(static_cast<Fault>(kind));
  }
  EXPECT_GT(all.machines, 150u);
  EXPECT_GT(all.effect_crashes, 0u);
  EXPECT_GT(all.disk_troubles, 0u);
  EXPECT_GT(all.older_stores_noted, 0u);
  EXPECT_GT(all.duplicates_shown, 0u);
}

/// Seeds that found something once (docs/reliability.md says what).
TEST(ScenarioTest, SeedsThatFoundSomethingKeepEveryPromise) {
  for (const std::uint64_t seed : {14, 61, 96, 108, 130, 462, 532, 698, 741, 869, 1182, 1440, 1500, 4951}) {
    EXPECT_THAT(Play(MakePlan(seed)).breaches, IsEmpty()) << "assist-sim --trace --seed " << seed;
  }
}

TEST(ScenarioTest, AnAgentWhoseProcessEndsAtAnyStepRunsItsTaskAllTheSameInOneBoot) {
  const Plan quiet = MakeQuietPlan(1);
  const std::uint64_t steps = Play(quiet).counts.steps;
  for (std::uint64_t step = 0; step < steps; step += kSlow ? 7 : 1) {
    Plan plan = quiet;
    FaultAt fault;
    fault.step = step;
    fault.what = Fault::kAgentProcess;
    plan.faults.push_back(fault);
    const Outcome outcome = Play(plan);
    EXPECT_THAT(outcome.breaches, IsEmpty()) << "before step " << step;
    EXPECT_EQ(outcome.counts.starts, 1u) << "before step " << step;
    EXPECT_EQ(outcome.counts.unknown, 0u) << "before step " << step;
  }
}

TEST(ScenarioTest, WhatIsCalledForWhileAMachineIsOffRunsWhenItIsThereAgain) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Plan plan = MakeQuietPlan(seed);
    FaultAt fault;
    fault.what = Fault::kAgentPower;
    plan.faults.push_back(fault);
    const Outcome outcome = Play(plan);
    EXPECT_THAT(outcome.breaches, IsEmpty()) << "seed " << seed;
    EXPECT_EQ(outcome.counts.starts, 1u);
    EXPECT_EQ(outcome.counts.unknown, 0u);
  }
}

/// One machine; `what` happens to it when its task has long ended.
Plan Afterwards(FaultAt what, std::uint64_t seed) {
  Plan plan = MakeQuietPlan(seed);
  what.step = 200;
  plan.faults.push_back(what);
  plan.faults_end = std::chrono::seconds(5);
  return plan;
}

TEST(ScenarioTest, AServerRestoredFromBeforeSaysSoAndStartsNothingAgain) {
  FaultAt restore;
  restore.what = Fault::kServerRestore;
  restore.back = 200;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome outcome = Play(Afterwards(restore, seed));
    EXPECT_THAT(outcome.breaches, IsEmpty()) << "seed " << seed;
    EXPECT_EQ(outcome.counts.starts, 1u);
    EXPECT_EQ(outcome.counts.faults[static_cast<int>(Fault::kServerRestore)], 1u);
  }
}

TEST(ScenarioTest, ACloneIsShown) {
  FaultAt clone;
  clone.what = Fault::kClone;
  std::uint64_t shown = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome outcome = Play(Afterwards(clone, seed));
    EXPECT_THAT(outcome.breaches, IsEmpty()) << "seed " << seed;
    EXPECT_EQ(outcome.counts.starts, 1u);
    shown += outcome.counts.duplicates_shown;
  }
  EXPECT_GT(shown, 0u);
}

/// A program with a fault of its own is caught within so many worlds; how it was. `known`: a seed that is known to.
checker::Breaches CaughtWithin(std::uint64_t worlds, std::uint64_t known, bool Switches::*fault) {
  for (std::uint64_t seed = kSlow ? known : 1; seed <= worlds; ++seed) {
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
  EXPECT_FALSE(CaughtWithin(100, 2, &Switches::agent_sync_off).empty());
}
TEST(ScenarioTest, AServerWhoseSyncsDoNothingIsCaught) {
  EXPECT_FALSE(CaughtWithin(100, 31, &Switches::store_sync_off).empty());
}
TEST(ScenarioTest, AServerThatAcknowledgesBeforeItCommitsIsCaught) {
  EXPECT_FALSE(CaughtWithin(100, 1, &Switches::acknowledge_first).empty());
}
TEST(ScenarioTest, AnAgentThatForgetsWhatItHasHadIsCaught) {
  EXPECT_FALSE(CaughtWithin(500, 149, &Switches::duplicate_check_off).empty());
}
TEST(ScenarioTest, AServerThatDoesNotLookAtOffsetsIsCaught) {
  EXPECT_FALSE(CaughtWithin(200, 40, &Switches::offset_check_off).empty());
}
TEST(ScenarioTest, AServerThatDoesNotLookAtDeliveryNumbersIsCaught) {
  EXPECT_FALSE(CaughtWithin(700, 635, &Switches::delivery_number_off).empty());
}
TEST(ScenarioTest, TwoAgentsWithOneIdentityGetNothingUntilOneIsGone) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    FaultAt clone;
    clone.what = Fault::kClone;
    Plan plan = Afterwards(clone, seed);
    // Called for when both have shown themselves again and again.
    Operator::Call call = plan.calls.front();
    call.script.replace(call.script.find("-0\n"), 2, "-1");
    call.after = std::chrono::seconds(30);
    plan.calls.push_back(std::move(call));
    plan.faults_end = std::chrono::seconds(60);
    const Outcome outcome = Play(plan);
    EXPECT_THAT(outcome.breaches, IsEmpty()) << "seed " << seed;
    EXPECT_EQ(outcome.counts.duplicates_shown, 1u);
    EXPECT_EQ(outcome.counts.starts, 2u) << "the second one started when the clone was gone";
  }
}

}  // namespace
}  // namespace assist::sim::run
