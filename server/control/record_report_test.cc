#include "server/control/record_report.h"

#include "server/control/fake_server.h"
#include "server/control/stop_invocation.h"

namespace assist::server::control {
namespace {

using model::ReportKind;
using Answer = RecordReportOut::Answer;

class RecordReportTest : public ControlTest {
 protected:
  RecordReportTest() {
    ours_ = AddMachine("mi-ours");
    stock_ = AddMachine("mi-stock", Agent::kStock);
  }
  InvokeId Delivered(const InstanceId& machine) {
    const auto task = Start({machine});
    Fetch(machine);
    return task;
  }
  InstanceId ours_;
  InstanceId stock_;
};

TEST_F(RecordReportTest, WhatCanNeverBeTakenIsGone) {
  const auto task = Delivered(ours_);
  EXPECT_EQ(Report(ReportOf(ours_, InvokeId("t-none"), ReportKind::kFinish)).answer, Answer::kGone);
  EXPECT_EQ(Report(ReportOf(InstanceId("mi-none"), task, ReportKind::kFinish)).answer, Answer::kGone);
  EXPECT_EQ(Report(ReportOf(stock_, task, ReportKind::kFinish)).answer, Answer::kGone);  // another machine's
  EXPECT_EQ(StateOf(task, ours_), model::TaskState::kPending);
  Edit([&](store::Tx& tx) { tx.Deregister(tx.FindMachine(ours_)->key, clock_.Now()); });
  EXPECT_EQ(Report(ReportOf(ours_, task, ReportKind::kFinish)).answer, Answer::kGone);
}

TEST_F(RecordReportTest, ARunIsFollowedFromAcceptedToItsEnd) {
  const auto task = Delivered(ours_);
  EXPECT_EQ(Accept(ours_, task).next, 0);
  EXPECT_EQ(TaskOf(task, ours_).progress.delivery, model::Delivery::kAccepted);
  EXPECT_EQ(StateOf(task, ours_), model::TaskState::kPending);
  EXPECT_EQ(Report(ReportOf(ours_, task, ReportKind::kRunning, "hello ", 0)).next, 6);
  EXPECT_EQ(StateOf(task, ours_), model::TaskState::kRunning);
  clock_.Advance(std::chrono::seconds(2));
  EXPECT_EQ(Report(ReportOf(ours_, task, ReportKind::kRunning, "world", 6)).next, 11);
  EXPECT_EQ(TaskOf(task, ours_).progress.updated, clock_.Now());
  auto last = ReportOf(ours_, task, ReportKind::kFinish, "!", 11);
  last.report.exit_code = 3;
  EXPECT_EQ(Report(last).next, 12);
  const auto end = TaskOf(task, ours_);
  EXPECT_EQ(end.progress.state, model::TaskState::kFailed);
  EXPECT_EQ(end.progress.exit_code, 3);
  EXPECT_EQ(OutputOf(task, ours_), "hello world!");
  EXPECT_EQ(end.output_size, 12);
  EXPECT_EQ(end.output_dropped, 0);
  Look([&](store::ReadTx& tx) {
    const auto row = tx.FindInvocation(task);
    EXPECT_EQ(row->counts.of(model::TaskState::kFailed), 1);
    EXPECT_EQ(row->finished, clock_.Now());
    EXPECT_EQ(tx.FindMachine(ours_)->invocations_finished, 1);
  });
}

TEST_F(RecordReportTest, TheFirstOutputIsHeardOnceAndNotOfSilentReports) {
  const auto task = Delivered(ours_);
  Accept(ours_, task);
  const auto heard = [&] { return TaskOf(task, ours_).progress.timeline.at(model::Moment::kOutputHeard); };
  EXPECT_FALSE(heard());
  clock_.Advance(std::chrono::seconds(1));
  const SystemTime when = clock_.Now();
  Report(ReportOf(ours_, task, ReportKind::kRunning, "a", 0));
  EXPECT_EQ(heard(), when);
  clock_.Advance(std::chrono::seconds(1));
  auto last = ReportOf(ours_, task, ReportKind::kFinish, "b", 1);
  last.report.received = clock_.Now() - std::chrono::milliseconds(3);
  Report(last);
  EXPECT_EQ(heard(), when);
  const model::Timeline timeline = TaskOf(task, ours_).progress.timeline;
  EXPECT_EQ(timeline.at(model::Moment::kReportHeard), last.report.received);
  EXPECT_EQ(timeline.at(model::Moment::kCommitted), clock_.Now());

  const auto silent = Delivered(ours_);
  last = ReportOf(ours_, silent, ReportKind::kFinish, "", 0);
  last.report.dropped = 5;
  last.offset = 5;
  Report(last);
  EXPECT_FALSE(TaskOf(silent, ours_).progress.timeline.at(model::Moment::kOutputHeard)) << "nothing of it came";
}

TEST_F(RecordReportTest, RepeatsAndOverlapsOfOursChangeNothing) {
  const auto task = Delivered(ours_);
  const auto chunk = ReportOf(ours_, task, ReportKind::kRunning, "abcdef", 0);
  EXPECT_EQ(Report(chunk).next, 6);
  EXPECT_EQ(Report(chunk).next, 6);
  EXPECT_EQ(Report(ReportOf(ours_, task, ReportKind::kRunning, "efgh", 4)).next, 8);
  EXPECT_EQ(Report(ReportOf(ours_, task, ReportKind::kRunning, "bc", 1)).next, 8);
  const auto last = ReportOf(ours_, task, ReportKind::kFinish, "hij", 7);
  EXPECT_EQ(Report(last).next, 10);
  EXPECT_EQ(Report(last).next, 10);
  EXPECT_EQ(Report(ReportOf(ours_, task, ReportKind::kRunning, "late", 10)).next, 10);
  EXPECT_EQ(OutputOf(task, ours_), "abcdefghij");
}

TEST_F(RecordReportTest, AMissingPieceIsAskedForAgainWhileItRunsAndCountedAtTheEnd) {
  const auto task = Delivered(ours_);
  Report(ReportOf(ours_, task, ReportKind::kRunning, "abc", 0));
  EXPECT_EQ(Report(ReportOf(ours_, task, ReportKind::kRunning, "xyz", 10)).next, 3);
  EXPECT_EQ(OutputOf(task, ours_), "abc");
  auto last = ReportOf(ours_, task, ReportKind::kFinish, "tail", 103);
  last.report.dropped = 100;
  EXPECT_EQ(Report(last).next, 107);
  EXPECT_EQ(OutputOf(task, ours_), "abctail");
  EXPECT_EQ(TaskOf(task, ours_).output_dropped, 100);
  EXPECT_EQ(TaskOf(task, ours_).output_size, 107);
}

TEST_F(RecordReportTest, TheLastReportRepeatsWhatCameWithoutAnAnswerAndWhatWasDroppedIsCountedOnce) {
  // The script wrote LOSTabcdefgh; the disk did not take LOST, which is known, and told, at the end alone.
  for (const std::size_t held : {0U, 2U, 5U, 8U}) {
    const auto task = Delivered(ours_);
    const std::string kept = "abcdefgh";
    if (held > 0) Report(ReportOf(ours_, task, ReportKind::kRunning, kept.substr(0, held), 0));
    for (const std::size_t from : {held, std::size_t{0}}) {  // the second time: a repeat
      auto last = ReportOf(ours_, task, ReportKind::kFinish, kept.substr(from > 2 ? 2 : 0), from > 2 ? 6 : 4);
      last.report.dropped = 4;
      EXPECT_EQ(Report(last).next, 12) << held;
    }
    EXPECT_EQ(OutputOf(task, ours_), kept) << held;
    EXPECT_EQ(TaskOf(task, ours_).output_dropped, 4) << held;
    EXPECT_EQ(TaskOf(task, ours_).output_size, 12) << held;
  }
  // A power cut took from the spool, of 8 bytes that were kept, what the server has in part: 3 + 4 were dropped.
  const auto task = Delivered(ours_);
  Report(ReportOf(ours_, task, ReportKind::kRunning, "abcdef", 0));
  auto last = ReportOf(ours_, task, ReportKind::kFinish, "abcde", 7);
  last.report.dropped = 7;
  EXPECT_EQ(Report(last).next, 12);
  EXPECT_EQ(OutputOf(task, ours_), "abcdef");
  EXPECT_EQ(TaskOf(task, ours_).output_dropped, 6);
}

TEST_F(RecordReportTest, WhatARestoredStoreCancelledIsWhatItsAgentSays) {
  const auto task = Start({ours_});
  ASSERT_TRUE(Change(StopInvocation, StopInvocationIn{task, {}}));
  EXPECT_EQ(StateOf(task, ours_), model::TaskState::kCancelled);
  Report(ReportOf(ours_, task, ReportKind::kFinish, "it ran", 0));
  EXPECT_EQ(StateOf(task, ours_), model::TaskState::kSuccess);
  EXPECT_EQ(OutputOf(task, ours_), "it ran");
  Report(ReportOf(ours_, task, ReportKind::kFinish, "again", 6));
  EXPECT_EQ(OutputOf(task, ours_), "it ran");
  Look([&](store::ReadTx& tx) { EXPECT_EQ(tx.FindInvocation(task)->counts.of(model::TaskState::kSuccess), 1); });
}

TEST_F(RecordReportTest, OffsetsThatNoProcessCanHaveAreIgnoredAndTheStateIsTaken) {
  const auto task = Delivered(ours_);
  EXPECT_EQ(Report(ReportOf(ours_, task, ReportKind::kRunning, "x", -1)).next, 0);
  EXPECT_EQ(Report(ReportOf(ours_, task, ReportKind::kFinish, "x", INT64_MAX)).next, 0);
  EXPECT_EQ(StateOf(task, ours_), model::TaskState::kSuccess);
  const auto other = Delivered(stock_);
  auto last = ReportOf(stock_, other, ReportKind::kFinish, "x");
  last.report.dropped = INT64_MAX;
  Report(last);
  EXPECT_EQ(StateOf(other, stock_), model::TaskState::kSuccess);
}

TEST_F(RecordReportTest, TheAnswerTellsHowMuchOfTheOutputHadRoom) {
  settings_.limits.output_bytes = 1'000;  // of which the last quarter is for the end
  const auto task = Delivered(stock_);
  RecordReportOut out = Report(ReportOf(stock_, task, ReportKind::kRunning, std::string(700, 'a')));
  EXPECT_EQ(out.accepted, 700);
  EXPECT_EQ(out.next, 700);
  out = Report(ReportOf(stock_, task, ReportKind::kRunning, std::string(100, 'b')));
  EXPECT_EQ(out.accepted, 50);
  EXPECT_EQ(out.next, 800);
  out = Report(ReportOf(stock_, task, ReportKind::kFinish, "end"));
  EXPECT_EQ(out.next, 803);
  out = Report(ReportOf(stock_, task, ReportKind::kRunning, "late"));
  EXPECT_EQ(out.accepted, 0) << "it is over: nothing more is wanted";
  EXPECT_EQ(out.next, 803);
}

TEST_F(RecordReportTest, StockOutputIsAppendedAndTheGapIsBeforeTheLastPart) {
  const auto task = Delivered(stock_);
  Report(ReportOf(stock_, task, ReportKind::kRunning));
  Report(ReportOf(stock_, task, ReportKind::kRunning, "one "));
  Report(ReportOf(stock_, task, ReportKind::kRunning, "two "));
  auto last = ReportOf(stock_, task, ReportKind::kFinish, "end");
  last.report.dropped = 50;
  Report(last);
  Report(last);  // repeated after a lost answer
  EXPECT_EQ(OutputOf(task, stock_), "one two end");
  EXPECT_EQ(TaskOf(task, stock_).output_size, 61);
  EXPECT_EQ(TaskOf(task, stock_).output_dropped, 50);
}

TEST_F(RecordReportTest, AnAgentOf2020WithoutTheLastAnswerSendsItsWholeOutputAndItIsKeptOnce) {
  const auto task = Delivered(stock_);
  auto piece = ReportOf(stock_, task, ReportKind::kRunning, "one ");
  piece.counted = true;
  EXPECT_EQ(Report(piece).next, 4);
  auto last = ReportOf(stock_, task, ReportKind::kFinish, "one two");
  last.counted = last.whole = true;
  EXPECT_EQ(Report(last).next, 7);
  EXPECT_EQ(OutputOf(task, stock_), "one two");
  EXPECT_EQ(TaskOf(task, stock_).output_dropped, 0);
}

TEST_F(RecordReportTest, WhatIsLongerThanTheRestOfItsQuotaIsTheWholeOutputOfAnAgentOf2020) {
  settings_.limits.output_bytes = 1'000;
  for (const bool counted : {true, false}) {
    const auto task = Delivered(stock_);
    auto piece = ReportOf(stock_, task, ReportKind::kRunning, std::string(300, 'a'));
    piece.counted = counted;
    Report(piece);
    // 1,200 bytes: of a whole output that does not fit the first 200 are cut out.
    auto last = ReportOf(stock_, task, ReportKind::kFinish, std::string(100, 'a') + std::string(900, 'b'));
    last.report.dropped = 200;
    last.counted = counted;
    Report(last);
    const auto end = TaskOf(task, stock_);
    EXPECT_EQ(end.output_size, counted ? 1'200 : 1'500);
    EXPECT_EQ(OutputOf(task, stock_).substr(0, 300), std::string(300, 'a'));
    EXPECT_EQ(OutputOf(task, stock_).size(), 1'000u);
  }
  const auto task = Delivered(stock_);
  auto piece = ReportOf(stock_, task, ReportKind::kRunning, std::string(300, 'a'));
  piece.counted = true;
  Report(piece);
  auto last = ReportOf(stock_, task, ReportKind::kFinish, std::string(700, 'b'));
  last.report.dropped = 50;
  last.counted = true;
  Report(last);
  EXPECT_EQ(TaskOf(task, stock_).output_size, 1'050) << "it fits: it follows what the server has";
  EXPECT_EQ(OutputOf(task, stock_), std::string(300, 'a') + std::string(700, 'b'));
}

TEST_F(RecordReportTest, EqualPiecesOfAStockAgentAreOutputThatIsEqual) {
  const auto task = Delivered(stock_);
  for (int i = 0; i < 2; ++i) Report(ReportOf(stock_, task, ReportKind::kRunning, "tick "));
  Report(ReportOf(stock_, task, ReportKind::kFinish, "tick "));
  EXPECT_EQ(OutputOf(task, stock_), "tick tick tick ");
}

TEST_F(RecordReportTest, AfterAStopLaterOutputIsIgnored) {
  const auto task = Delivered(stock_);
  Report(ReportOf(stock_, task, ReportKind::kRunning, "out"));
  ASSERT_TRUE(Change(StopInvocation, StopInvocationIn{task, {}}));
  Report(ReportOf(stock_, task, ReportKind::kStopped, "put"));
  Report(ReportOf(stock_, task, ReportKind::kRunning, "late"));
  EXPECT_EQ(StateOf(task, stock_), model::TaskState::kTerminated);
  EXPECT_EQ(OutputOf(task, stock_), "output");
}

TEST_F(RecordReportTest, OutputIsBoundedByItsBeginningAndItsEnd) {
  settings_.limits.output_bytes = 1'000;
  const auto task = Delivered(ours_);
  std::int64_t at = 0;
  for (int i = 0; i < 10; ++i, at += 200) {
    EXPECT_EQ(Report(ReportOf(ours_, task, ReportKind::kRunning, std::string(200, 'a'), at)).next, at + 200);
  }
  EXPECT_EQ(OutputOf(task, ours_).size(), 750u);  // a quarter is kept for the end
  Report(ReportOf(ours_, task, ReportKind::kFinish, std::string(400, 'b') + std::string(200, 'c'), at));
  EXPECT_EQ(OutputOf(task, ours_), std::string(750, 'a') + std::string(50, 'b') + std::string(200, 'c'));
  const auto end = TaskOf(task, ours_);
  EXPECT_EQ(end.output_size, 2'600);
  EXPECT_EQ(end.output_dropped, 1'600);
  EXPECT_EQ(end.output_next, 2'600);
}

TEST_F(RecordReportTest, TheStockQuotaFitsWhole) {
  settings_.limits = model::Limits::Compat();
  const auto task = Delivered(stock_);
  for (int i = 0; i < 3; ++i) Report(ReportOf(stock_, task, ReportKind::kRunning, std::string(2'048, 'a')));
  auto last = ReportOf(stock_, task, ReportKind::kFinish, std::string(18'432, 'b'));
  last.report.dropped = 15'424;
  Report(last);
  EXPECT_EQ(OutputOf(task, stock_).size(), 24'576u);
  EXPECT_EQ(TaskOf(task, stock_).output_dropped, 15'424);
}

TEST_F(RecordReportTest, AReportOfWhatTheServerGaveUpReplacesThat) {
  const auto task = Delivered(ours_);
  Edit([&](store::Tx& tx) {
    auto row = *tx.FindTask(tx.FindInvocation(task)->key, tx.FindMachine(ours_)->key);
    row.progress.state = model::TaskState::kAborted;
    row.progress.outcome = model::Outcome::kPresumed;
    tx.SaveTask(row, model::TaskState::kPending);
  });
  Look([&](store::ReadTx& tx) { EXPECT_TRUE(tx.FindInvocation(task)->finished); });
  Report(ReportOf(ours_, task, ReportKind::kRunning, "alive", 0));
  EXPECT_EQ(StateOf(task, ours_), model::TaskState::kRunning);
  Look([&](store::ReadTx& tx) { EXPECT_FALSE(tx.FindInvocation(task)->finished); });
  Report(ReportOf(ours_, task, ReportKind::kFinish, "", 5));
  EXPECT_EQ(StateOf(task, ours_), model::TaskState::kSuccess);
  EXPECT_EQ(OutputOf(task, ours_), "alive");
}

TEST_F(RecordReportTest, AnyMixOfReportsKeepsCountsAndOutputWhole) {
  SeededRandom random(7);
  for (int run = 0; run < 60; ++run) {
    const auto task = Delivered(ours_);
    const std::string stream = random.Alphanumeric(200);
    for (int step = 0; step < 12; ++step) {
      const auto at = static_cast<std::int64_t>(random.Below(200));
      const auto length = static_cast<std::size_t>(random.Below(60));
      const std::string piece = stream.substr(static_cast<std::size_t>(at), length);
      const ReportKind kind = random.Below(8) == 0 ? ReportKind::kFinish : ReportKind::kRunning;
      const auto before = TaskOf(task, ours_);
      const auto answer = Report(ReportOf(ours_, task, kind, piece, at));
      const auto after = TaskOf(task, ours_);
      ASSERT_EQ(answer.next, after.output_next);
      ASSERT_GE(after.output_next, before.output_next);
      ASSERT_EQ(after.output_size, after.output_next);
      const std::string kept = OutputOf(task, ours_);
      ASSERT_EQ(static_cast<std::int64_t>(kept.size()), after.output_size - after.output_dropped);
      if (after.output_dropped == 0) {
        ASSERT_EQ(kept, stream.substr(0, kept.size()));
      }
      if (before.progress.outcome == model::Outcome::kFinal) {
        ASSERT_EQ(after.progress, before.progress);
      }
    }
    Look([&](store::ReadTx& tx) { ASSERT_EQ(tx.FindInvocation(task)->counts.total(), 1); });
  }
}

}  // namespace
}  // namespace assist::server::control
