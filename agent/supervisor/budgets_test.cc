#include "agent/supervisor/budgets.h"

#include <gtest/gtest.h>

#include "agent/supervisor/fake_world.h"
#include "common/base/random.h"

namespace assist::agent::supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Type = Event::Type;
using Do = Action::Type;

Limits With(Budgets budgets) {
  Limits limits;
  limits.budgets = budgets;
  return limits;
}
Limits WithAll() {
  Budgets budgets;
  budgets.cpu_seconds = 10;
  budgets.memory_bytes = 1000;
  budgets.processes = 5;
  budgets.output_bytes = 100;
  return With(budgets);
}

TEST(BudgetsTest, ABudgetIsExceededByMoreThanItAndByNothingLess) {
  const Budgets budgets = WithAll().budgets;
  EXPECT_FALSE(FindExceeded(budgets, {seconds(10), 1000, 5}));
  EXPECT_EQ(FindExceeded(budgets, {milliseconds(10'001), 0, 0}), (Exceeded{Budget::kCpuTime, 10'000, 10'001}));
  EXPECT_EQ(FindExceeded(budgets, {seconds(0), 1001, 0}), (Exceeded{Budget::kMemory, 1000, 1001}));
  EXPECT_EQ(FindExceeded(budgets, {seconds(0), 0, 6}), (Exceeded{Budget::kProcesses, 5, 6}));
  EXPECT_FALSE(FindExceeded(Budgets{}, {seconds(1 << 20), 1ULL << 60, 1 << 20}));
}

TEST(BudgetsTest, WhatWasExceededIsToldInTheWordsOfTheApi) {
  EXPECT_EQ(Describe({Budget::kCpuTime, 30'000, 30'401}), "MaxCpuTime is 30 s, used were 30.5 s");
  EXPECT_EQ(Describe({Budget::kMemory, 512 << 20, (512 << 20) + 1}), "MaxMemory is 512 MiB, used were 512.1 MiB");
  EXPECT_EQ(Describe({Budget::kProcesses, 50, 73}), "MaxProcesses is 50, there were 73");
  EXPECT_EQ(Describe({Budget::kOutput, 1024, 2047}), "MaxOutput is 1 KiB, written were at least 2 KiB");
}

TEST(BudgetsTest, WithoutBudgetsNothingIsMeasured) {
  World world{Limits{}};
  world.Begin();
  EXPECT_FALSE(world.timer) << "nobody wakes up for nothing";
  world.Output("x");
  world.Tell(Type::kExited, 0);
  EXPECT_EQ(world.Count(Do::kMeasure), 0u);
  EXPECT_FALSE(world.exit->exceeded);
}

TEST(BudgetsTest, AnOutputBudgetAloneNeedsNoMeasuring) {
  World world{With({0, 0, 0, 100})};
  world.Begin();
  EXPECT_FALSE(world.timer);
  world.Tell(Type::kExited, 0);
  EXPECT_EQ(world.Count(Do::kMeasure), 0u);
}

TEST(BudgetsTest, ATreeThatUsesTooMuchIsEndedAndTheRecordSaysWhatItUsed) {
  World world{WithAll()};
  world.state.limits.timeout_ends_tree = false;
  world.Begin();
  for (int i = 0; i < 5; ++i) world.PassUntilTimer();
  EXPECT_EQ(world.Count(Do::kMeasure), 5u);
  EXPECT_EQ(world.Count(Do::kKillTree), 0u);
  world.usage.memory_bytes = 1500;
  world.PassUntilTimer();
  EXPECT_EQ(world.Count(Do::kKillTree), 1u) << "all of it, whatever a time-out would end";
  world.processes = 0;
  world.Tell(Type::kSignalled, 9);
  ASSERT_TRUE(world.exit);
  EXPECT_EQ(world.exit->kind, ExitKind::kSignalled);
  EXPECT_EQ(world.exit->code, 9);
  EXPECT_EQ(world.exit->exceeded, (Exceeded{Budget::kMemory, 1000, 1500}));
  EXPECT_EQ(world.done.back(), Do::kLeave);
}

TEST(BudgetsTest, TheTimeOutHoldsBesideTheBudgets) {
  Limits limits = WithAll();
  limits.timeout = seconds(2);
  World world{limits};
  world.Begin();
  const SteadyTime begun = world.now;
  while (world.Count(Do::kKillTree) == 0) world.PassUntilTimer();
  EXPECT_EQ(world.now - begun, seconds(2));
  EXPECT_GT(world.Count(Do::kMeasure), 10u);
  world.usage.memory_bytes = 1500;
  world.processes = 0;
  world.Tell(Type::kSignalled, 9);
  EXPECT_EQ(world.exit->kind, ExitKind::kTimeout);
  EXPECT_FALSE(world.exit->exceeded);
}

TEST(BudgetsTest, MeasuringTakesAFiftiethOfACoreAtMost) {
  World world{WithAll()};
  world.measuring_takes = milliseconds(20);  // thousands of processes
  world.Begin();
  const SteadyTime begun = world.now;
  while (world.now - begun < seconds(20)) world.PassUntilTimer();
  EXPECT_LE(world.Count(Do::kMeasure), 22u);
  world.measuring_takes = milliseconds(2000);
  world.PassUntilTimer();
  const SteadyTime slow = world.now;
  world.PassUntilTimer();
  EXPECT_LE(world.now - slow, seconds(8)) << "a budget is looked at all the same";
}

TEST(BudgetsTest, WhatWasUsedUpToTheEndCountsAlsoWhenNobodyLookedInTime) {
  World world{WithAll()};
  world.Begin();
  world.usage.cpu = seconds(11);
  world.processes = 0;
  world.Tell(Type::kExited, 0);
  ASSERT_TRUE(world.exit);
  EXPECT_EQ(world.exit->kind, ExitKind::kExited);
  EXPECT_EQ(world.exit->code, 0) << "as the process ended";
  EXPECT_EQ(world.exit->exceeded, (Exceeded{Budget::kCpuTime, 10'000, 11'000}));
}

TEST(BudgetsTest, WhatAScriptOverItsBudgetLeftBehindIsEndedToo) {
  World world{WithAll()};
  world.Begin();
  world.usage.processes = 6;
  world.processes = 2;
  world.now += milliseconds(30);
  world.Tell(Type::kExited, 3);
  EXPECT_EQ(world.Count(Do::kKillTree), 1u);
  EXPECT_FALSE(world.exit);
  world.processes = 0;
  world.PassUntilTimer();
  ASSERT_TRUE(world.exit);
  EXPECT_EQ(world.exit->code, 3);
  EXPECT_EQ(world.exit->end - world.mark->wall, milliseconds(30));
  EXPECT_EQ(world.exit->exceeded->budget, Budget::kProcesses);
}

TEST(BudgetsTest, WithinItsBudgetsADaemonIsLeftAlone) {
  World world{WithAll()};
  world.Begin();
  world.usage = {seconds(10), 1000, 5};
  world.Tell(Type::kExited, 0);
  EXPECT_EQ(world.Count(Do::kKillTree), 0u);
  EXPECT_FALSE(world.exit->exceeded);
}

TEST(BudgetsTest, OutputIsKeptWholeUpToItsBudgetAndThenTheTreeIsEnded) {
  Limits limits = WithAll();
  limits.cap_bytes = 64;
  limits.tail_bytes = 64;
  World world{limits};
  world.Begin();
  world.Output(std::string(60, 'a'));
  world.Output(std::string(40, 'b'));
  EXPECT_EQ(world.Count(Do::kKillTree), 0u) << "the budget may be used up";
  world.Output("c");
  EXPECT_EQ(world.Count(Do::kKillTree), 1u);
  world.Output(std::string(20, 'd'));
  world.processes = 0;
  world.Tell(Type::kSignalled, 9);
  EXPECT_EQ(world.Readable(), std::string(60, 'a') + std::string(40, 'b'));
  EXPECT_EQ(world.exit->output_bytes, 100u);
  EXPECT_EQ(world.exit->dropped_bytes, 0u);
  EXPECT_EQ(world.exit->exceeded, (Exceeded{Budget::kOutput, 100, 121}));
}

TEST(BudgetsTest, OneLongPieceIsCutAtTheBudget) {
  World world{WithAll()};
  world.Begin();
  world.Output(std::string(150, 'x'));
  world.processes = 0;
  world.Tell(Type::kExited, 0);
  EXPECT_EQ(world.Readable(), std::string(100, 'x'));
  EXPECT_EQ(world.exit->exceeded, (Exceeded{Budget::kOutput, 100, 150}));
  EXPECT_EQ(world.exit->kind, ExitKind::kExited);
}

TEST(BudgetsTest, AStoppedScriptThatTalksTooMuchWasStopped) {
  World world{WithAll()};
  world.Begin();
  world.Stop(true);
  world.Output(std::string(150, 'x'));
  world.processes = 0;
  world.Tell(Type::kSignalled, 9);
  EXPECT_EQ(world.exit->kind, ExitKind::kStopped);
  EXPECT_FALSE(world.exit->exceeded);
  EXPECT_EQ(world.exit->output_bytes, 100u);
}

TEST(BudgetsTest, AClientIsAskedToEndWhatWritesTooMuch) {
  Limits limits = With({0, 0, 0, 10});
  limits.client = true;
  World world{limits};
  world.Begin();
  world.Output("more than ten bytes");
  EXPECT_EQ(world.Count(Do::kAskScript), 1u);
  EXPECT_EQ(world.Count(Do::kKillTree), 0u);
  world.processes = 0;
  world.Tell(Type::kExited, 0);
  EXPECT_EQ(world.exit->kind, ExitKind::kSignalled);
  EXPECT_EQ(world.exit->code, 9) << "0 is the client's own word";
  EXPECT_EQ(world.exit->exceeded->budget, Budget::kOutput);
}

TEST(BudgetsTest, NoOrderOfEventsKeepsTooMuchOrLeavesAnythingRunning) {
  SeededRandom random(7);
  for (int round = 0; round < 3000; ++round) {
    Limits limits = WithAll();
    limits.timeout = seconds(static_cast<std::int64_t>(random.Below(3)));
    limits.cap_bytes = 70;
    limits.tail_bytes = 64;
    World world{limits};
    world.Begin();
    for (int i = 0; i < 60 && world.done.back() != Do::kLeave; ++i) {
      world.now += milliseconds(random.Below(100));
      switch (random.Below(6)) {
        case 0:
          if (random.Below(8) == 0) world.Stop(true);
          break;
        case 1:
          if (world.timer && *world.timer <= world.now) world.PassUntilTimer();
          break;
        case 2:
          world.usage.cpu += milliseconds(random.Below(1500));
          break;
        case 3:
          world.usage.memory_bytes = random.Below(1050);
          world.usage.processes = random.Below(7);
          break;
        case 4:
          if (random.Below(6) == 0) {
            world.processes = static_cast<int>(random.Below(2));
            world.Tell(random.Below(2) == 0 ? Type::kExited : Type::kSignalled, 3);
          }
          break;
        default:
          if (world.state.phase == State::Phase::kRunning || world.state.phase == State::Phase::kEnding) {
            world.Output(std::string(random.Below(40), 'a'));
          }
      }
    }
    world.processes = 0;
    if (world.done.back() != Do::kLeave) world.Tell(Type::kExited, 0);
    for (int i = 0; i < 1000 && world.done.back() != Do::kLeave; ++i) world.PassUntilTimer();
    ASSERT_EQ(world.done.back(), Do::kLeave);
    ASSERT_TRUE(world.exit);
    ASSERT_EQ(world.Readable(), std::string(std::min<std::size_t>(world.written.size(), 100), 'a'));
    const bool own = world.exit->kind == ExitKind::kExited || world.exit->kind == ExitKind::kSignalled;
    if (world.exit->exceeded) {
      ASSERT_TRUE(own);
      ASSERT_GE(world.Count(Do::kKillTree), 1u);
    }
    if (own && world.written.size() > 100) {
      ASSERT_TRUE(world.exit->exceeded);
    }
  }
}

}  // namespace
}  // namespace assist::agent::supervisor
