#include <gtest/gtest.h>

#include "agent/task_engine/testing/engine_test.h"

namespace assist::agent::task_engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using supervisor::ExitKind;

TEST_F(TaskEngineTest, ARunningTaskOutlivesTheAgentAndGoesOnWhereTheServerIs) {
  Boot();
  Accept(Entry("t-1", 1));
  Output("t-1", "before ");
  Advance(milliseconds(300));
  Kill();
  Output("t-1", "meanwhile ");
  answer = [](const wire::Report& report) {
    if (!report.output_offset) return Is(Delivery::kDone, 7);
    return Is(Delivery::kDone, *report.output_offset + report.body.Reveal().size());
  };
  Boot();
  Advance(seconds(1));
  EXPECT_EQ(starts["t-1"], 1);
  ASSERT_GE(sink->Of("t-1").size(), 2u);
  EXPECT_EQ(sink->Of("t-1")[1].body.Reveal(), "meanwhile ");
  EXPECT_EQ(sink->Of("t-1")[1].output_offset, 7u);
  Output("t-1", "after");
  Exit("t-1", ExitKind::kExited, 9);
  Advance(seconds(1));
  EXPECT_EQ(Name(Last("t-1").kind), "finish");
  EXPECT_EQ(Last("t-1").exit_code, 9);
  EXPECT_EQ(Last("t-1").output_offset, 17u);
  EXPECT_EQ(Last("t-1").body.Reveal(), "after");
}

TEST_F(TaskEngineTest, ItsTimesAreToldWithEveryReportAndSurviveTheAgent) {
  Boot();
  const SystemTime accepted = clock.Now();
  Accept(Entry("t-1", 1));
  ASSERT_EQ(Kinds("t-1"), "accepted");
  EXPECT_EQ(Last("t-1").times.journaled, accepted);
  EXPECT_EQ(Last("t-1").times.first_output, SystemTime{});
  EXPECT_EQ(Last("t-1").times.sent, clock.Now());
  Advance(milliseconds(70));
  const SystemTime output = clock.Now();
  NoteFirstOutput("t-1");
  Output("t-1", "one", false);
  Kill();
  Advance(seconds(5));
  Boot();
  Advance(seconds(1));
  ASSERT_EQ(Name(Last("t-1").kind), "running");
  Exit("t-1");
  Advance(seconds(1));
  const wire::Report last = Last("t-1");
  EXPECT_EQ(Name(last.kind), "finish");
  for (const wire::Report& report : sink->Of("t-1")) EXPECT_EQ(report.times.journaled, accepted);
  EXPECT_EQ(last.times.first_output, output);
  EXPECT_GE(last.times.sent, last.end);
}

TEST_F(TaskEngineTest, ARepeatedReportSaysWhenItWasSentAndNotItsFirstTry) {
  answer = [](const wire::Report&) { return Is(Delivery::kLater); };
  Boot();
  Accept(Entry("t-1", 1));
  const SystemTime first = Last("t-1").times.sent;
  Advance(seconds(10));
  EXPECT_GT(Last("t-1").times.sent, first);
  EXPECT_EQ(Last("t-1").times.journaled, first);
}

TEST_F(TaskEngineTest, ATaskThatEndedWhileTheAgentWasAwayIsReportedWhole) {
  Boot();
  Accept(Entry("t-1", 1));
  Kill();
  Output("t-1", "all of it");
  Exit("t-1", ExitKind::kTimeout);
  Boot();
  Advance(seconds(1));
  EXPECT_EQ(Name(Last("t-1").kind), "timeout");
  EXPECT_EQ(sink->Output("t-1"), "all of it");
  EXPECT_EQ(starts["t-1"], 1);
}

TEST_F(TaskEngineTest, AfterARebootWhatMayHaveRunIsUnknownAndWhatWaitedIsStarted) {
  options.max_running = 1;
  Boot();
  Accept(Entry("t-1", 1));
  Accept(Entry("t-2", 2));
  Advance(seconds(1));
  PowerCut();
  Boot();
  Advance(seconds(1));
  EXPECT_EQ(Last("t-1").err_code, "ExecutionInterrupted");
  EXPECT_NE(Last("t-1").err_desc.find("the machine was restarted"), std::string::npos) << Last("t-1").err_desc;
  EXPECT_EQ(starts["t-1"], 1);
  EXPECT_EQ(starts["t-2"], 1) << "its turn had not come: nothing of it can have run";
  PowerCut();
  Boot();
  Advance(seconds(1));
  EXPECT_EQ(starts["t-2"], 1);
  EXPECT_EQ(Last("t-2").err_code, "ExecutionInterrupted");
}

TEST_F(TaskEngineTest, AcceptedAndNotStartedInThisBootIsStartedAfterARestart) {
  Boot();
  host->start_failures = 1;
  Accept(Entry("t-1", 1));
  EXPECT_EQ(starts["t-1"], 0);
  Restart();
  Advance(milliseconds(1));
  EXPECT_EQ(starts["t-1"], 1);
}

TEST_F(TaskEngineTest, TwoSupervisorsAfterAQuickRestartAreLeftToTheLock) {
  lazy_supervisors = true;
  Boot();
  Accept(Entry("t-1", 1));
  EXPECT_EQ(host->started.size(), 1u);
  lazy_supervisors = false;
  Restart();
  Advance(milliseconds(1));
  EXPECT_EQ(starts["t-1"], 1);
  Exit("t-1");
  Advance(seconds(1));
  EXPECT_EQ(Name(Last("t-1").kind), "finish");
}

TEST_F(TaskEngineTest, AFolderThatTheJournalDoesNotKnowIsTakenUpAndNothingIsStarted) {
  Boot();
  Accept(Entry("t-1", 1));
  Accept(Entry("t-2", 2));
  Output("t-1", "still here");
  Kill();
  // The journal is lost, whole.
  for (const auto& path : disk->Paths()) {
    if (path.ends_with(".log")) disk->Put(path, std::string(500, 'x'));
  }
  Exit("t-1", ExitKind::kExited, 4);
  Boot();
  Advance(seconds(1));
  EXPECT_EQ(Name(Last("t-1").kind), "finish");
  EXPECT_EQ(Last("t-1").exit_code, 4);
  EXPECT_EQ(sink->Output("t-1"), "still here");
  EXPECT_EQ(Accept(Entry("t-2", 2)).known, 1u);
  Exit("t-2");
  Advance(seconds(1));
  EXPECT_EQ(Name(Last("t-2").kind), "finish");
  EXPECT_TRUE(host->started.empty());
}

TEST_F(TaskEngineTest, AFolderOfAForgottenTaskIsRemovedAtTheNextStart) {
  Boot();
  Accept(Entry("t-1", 1));
  Exit("t-1");
  Advance(seconds(1));
  disk->Put("tasks/t-1", "");
  disk->Put("tasks/t-1/spool", "left behind");
  Restart();
  EXPECT_FALSE(disk->Has("tasks/t-1"));
  EXPECT_TRUE(sink->reports.empty());
}

}  // namespace
}  // namespace assist::agent::task_engine
