#include <gtest/gtest.h>

#include "agent/task_engine/testing/engine_test.h"

namespace assist::agent::task_engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using supervisor::ExitKind;

TEST_F(TaskEngineTest, AStopEndsARunningTaskAndIsReported) {
  Boot();
  Accept(Entry("t-1", 1));
  Stop("t-1");
  ASSERT_EQ(host->stops.size(), 1u);
  EXPECT_EQ(host->stops[0].second, process::StopMode::kTree);
  Output("t-1", "last words");
  Exit("t-1", ExitKind::kStopped);
  Advance(seconds(1));
  EXPECT_EQ(Name(Last("t-1").kind), "stopped");
  EXPECT_EQ(Last("t-1").result, "killed");
  EXPECT_EQ(sink->Output("t-1"), "last words");
  EXPECT_EQ(host->stops.size(), 1u) << "asked once";
}

TEST_F(TaskEngineTest, AStopOfTheProcessOnlyCanBecomeAStopOfTheTree) {
  Boot();
  Accept(Entry("t-1", 1));
  Stop("t-1", true);
  Stop("t-1", false);
  ASSERT_EQ(host->stops.size(), 2u);
  EXPECT_EQ(host->stops[0].second, process::StopMode::kProcess);
  EXPECT_EQ(host->stops[1].second, process::StopMode::kTree);
}

TEST_F(TaskEngineTest, AStopIsAskedForUntilTheSupervisorListens) {
  Boot();
  Accept(Entry("t-1", 1));
  host->listens = false;
  Stop("t-1");
  Advance(seconds(1));
  EXPECT_TRUE(host->stops.empty());
  host->listens = true;
  Advance(milliseconds(100));
  EXPECT_EQ(host->stops.size(), 1u);
}

TEST_F(TaskEngineTest, AStopSurvivesARestart) {
  Boot();
  Accept(Entry("t-1", 1));
  host->listens = false;
  Stop("t-1");
  Restart();
  Advance(milliseconds(10));
  EXPECT_EQ(host->stops.size(), 1u);
}

TEST_F(TaskEngineTest, AStopOfWhatIsNotHereIsAnsweredWithZeros) {
  Boot();
  Stop("t-none");
  ASSERT_EQ(Kinds("t-none"), "stopped");
  EXPECT_EQ(Last("t-none").start, SystemTime{});
  EXPECT_EQ(Last("t-none").end, SystemTime{});
  EXPECT_EQ(Last("t-none").result, "killed");
  EXPECT_EQ(Accept(Entry("t-none", 1)).known, 1u) << "a late copy of it runs nothing";
}

TEST_F(TaskEngineTest, AStoppedTaskThatWaitsForItsTurnNeverStarts) {
  options.max_running = 1;
  Boot();
  Accept(Entry("t-1", 1));
  Accept(Entry("t-2", 2));
  Accept(Entry("t-3", 3));
  Stop("t-2");
  Advance(seconds(1));
  EXPECT_EQ(Kinds("t-2"), "accepted stopped");
  Exit("t-1");
  Advance(seconds(1));
  EXPECT_EQ(starts.count("t-2"), 0u);
  EXPECT_EQ(starts["t-3"], 1);
}

}  // namespace
}  // namespace assist::agent::task_engine
