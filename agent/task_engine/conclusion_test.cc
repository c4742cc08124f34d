// What is told stands: no end is reported that a crash of agent or machine could take back.
#include <gtest/gtest.h>

#include "agent/task_engine/outcome.h"
#include "agent/task_engine/testing/engine_test.h"

namespace assist::agent::task_engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using supervisor::ExitKind;

class ConclusionTest : public TaskEngineTest {
 protected:
  /// The server takes nothing.
  void Deaf() {
    answer = [](const wire::Report&) { return Is(Delivery::kLater); };
    if (sink) sink->answer = answer;
  }
  /// It takes everything but ends.
  void TakeNoEnd() {
    answer = [](const wire::Report& report) { return Is(IsFinal(report.kind) ? Delivery::kLater : Delivery::kDone); };
    if (sink) sink->answer = answer;
  }
  void Hear() {
    answer = {};
    sink->answer = answer;
  }
};

TEST_F(ConclusionTest, AStartThatWasReportedAsFailedIsNotMadeAfterARestart) {
  Boot();
  Accept(Entry("t-1", 1));
  Exit("t-1");
  Advance(seconds(1));
  host->start_failures = 3;
  Accept(Entry("t-2", 2));
  Deaf();
  Advance(seconds(5));
  const wire::Report told = Last("t-2");
  ASSERT_EQ(Name(told.kind), "error");
  Restart();
  Advance(seconds(30));
  EXPECT_EQ(starts["t-2"], 0);
  EXPECT_EQ(Name(Last("t-2").kind), "accepted") << "the server tells first what it has of it";
  Hear();
  Advance(seconds(30));
  EXPECT_EQ(starts["t-2"], 0);
  EXPECT_EQ(Name(Last("t-2").kind), "error");
  EXPECT_EQ(Last("t-2").err_code, told.err_code);
  EXPECT_EQ(Last("t-2").err_desc, told.err_desc);
  EXPECT_TRUE(journal->live().empty());
}

TEST_F(ConclusionTest, WhileTheJournalCannotBeWrittenAFailedStartIsNeitherToldNorTriedAgain) {
  Boot();
  host->start_failures = 3;
  Accept(Entry("t-1", 1));
  disk->sync_fails = true;
  Advance(seconds(60));
  EXPECT_EQ(Kinds("t-1"), "accepted");
  EXPECT_EQ(starts["t-1"], 0);
  disk->sync_fails = false;
  Advance(seconds(60));
  EXPECT_EQ(Kinds("t-1"), "accepted error");
  EXPECT_EQ(starts["t-1"], 0);
}

TEST_F(ConclusionTest, ASupervisorOfAnEarlierRunThatComesLateStartsNothingThatWasReportedAsStopped) {
  lazy_supervisors = true;  // it is on its way to the lock for as long as the test wants
  Boot();
  Accept(Entry("t-1", 1));
  ASSERT_EQ(host->started.size(), 1u);
  Stop("t-1");
  TakeNoEnd();
  Restart();
  Advance(milliseconds(100));
  ASSERT_EQ(Name(Last("t-1").kind), "stopped");
  lazy_supervisors = false;
  SupervisorStarts(FolderOf("t-1"));
  EXPECT_EQ(starts["t-1"], 0);
}

TEST_F(ConclusionTest, OutputAndEndAreToldWhenTheyAreSyncedAndNotBefore) {
  Boot();
  Accept(Entry("t-1", 1));
  disk->sync_fails = true;
  Output("t-1", "all of it");
  Advance(seconds(30));
  EXPECT_EQ(sink->Output("t-1"), "");
  Exit("t-1", ExitKind::kExited, 3);
  Advance(seconds(30));
  EXPECT_EQ(sink->Output("t-1"), "");
  EXPECT_NE(Name(Last("t-1").kind), "finish");
  disk->sync_fails = false;
  Advance(seconds(30));
  EXPECT_EQ(sink->Output("t-1"), "all of it");
  EXPECT_EQ(Name(Last("t-1").kind), "finish");
  EXPECT_EQ(Last("t-1").dropped, 0);
}

TEST_F(ConclusionTest, TheEndOfASpoolThatCannotBeSyncedIsKeptByTheJournal) {
  Boot();
  Accept(Entry("t-1", 1));
  disk->trouble_at = "tasks/";
  disk->sync_fails = true;
  Output("t-1", "all of it");
  Exit("t-1", ExitKind::kExited, 3);
  TakeNoEnd();
  Advance(seconds(30));
  ASSERT_EQ(Name(Last("t-1").kind), "finish");
  EXPECT_EQ(sink->Output("t-1"), "all of it");
  PowerCut();
  ASSERT_FALSE(disk->Has(SpoolOf("t-1"))) << "never synced, and so gone";
  Boot();
  Hear();
  Advance(seconds(30));
  EXPECT_EQ(Name(Last("t-1").kind), "finish");
  EXPECT_EQ(Last("t-1").exit_code, 3);
  EXPECT_EQ(Last("t-1").dropped, 9);
  EXPECT_EQ(starts["t-1"], 1);
}

TEST_F(ConclusionTest, ASpoolThatCannotBeReadForAWhileIsReportedWholeAfterwards) {
  Boot();
  Accept(Entry("t-1", 1));
  Output("t-1", "all of it");
  Exit("t-1");
  io->restart();
  while (engine->counts().reporting == 0) ASSERT_GT(io->poll_one(), 0u);
  disk->reads_fail = true;
  Advance(seconds(20));
  EXPECT_EQ(Name(Last("t-1").kind), "accepted");
  disk->reads_fail = false;
  Advance(seconds(20));
  EXPECT_EQ(Name(Last("t-1").kind), "finish");
  EXPECT_EQ(sink->Output("t-1"), "all of it");
  EXPECT_EQ(Last("t-1").dropped, 0);
}

TEST_F(ConclusionTest, ASpoolThatIsNeverReadAgainIsReportedWithWhatIsMissing) {
  Boot();
  Accept(Entry("t-1", 1));
  Output("t-1", "all of it");
  Exit("t-1", ExitKind::kExited, 3);
  io->restart();
  while (engine->counts().reporting == 0) ASSERT_GT(io->poll_one(), 0u);
  disk->reads_fail = true;
  disk->trouble_at = "tasks/";
  Advance(seconds(300));
  EXPECT_EQ(Name(Last("t-1").kind), "finish");
  EXPECT_EQ(Last("t-1").exit_code, 3);
  EXPECT_EQ(Last("t-1").dropped, 9);
}

TEST(OutcomeBytesTest, AnOutcomeIsReadAsItWasWrittenAndWhatCannotBeReadIsAnEndAllTheSame) {
  Outcome outcome = CouldNotStart("-8", "NoEnoughSpace", "why");
  outcome.start = FromUnixMicros(1'234'567);
  outcome.end = FromUnixMicros(2'345'678);
  outcome.exit_code = -3;
  outcome.dropped = 7;
  outcome.kept = 0;
  outcome.param = "param";
  outcome.value = "value";
  outcome.result = "killed";
  const std::string bytes = EncodeOutcome(outcome);
  const Outcome read = DecodeOutcome(bytes);
  EXPECT_EQ(EncodeOutcome(read), bytes);
  EXPECT_EQ(read.err_desc, "NoEnoughSpace: why");
  EXPECT_EQ(read.kept, 0u);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(DecodeOutcome(std::string_view(bytes).substr(0, size)).err_code, "ExecutionInterrupted") << size;
  }
}

}  // namespace
}  // namespace assist::agent::task_engine
