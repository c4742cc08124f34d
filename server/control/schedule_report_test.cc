// Reports about schedules: each occurrence is recorded once, whatever agents say.
#include "common/schedule/splay.h"
#include "server/control/fake_schedules.h"
#include "server/control/housekeeping.h"
#include "server/control/machines.h"
#include "server/control/modify_invocation.h"
#include "server/model/schedule_progress.h"

namespace assist::server::control {
namespace {

using model::ReportKind;
using model::TaskState;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ScheduleReportTest : public SchedulesTest {
 protected:
  ScheduleReportTest() { a_ = AddMachine("mi-a"); }
  InstanceId a_;
};

TEST_F(ScheduleReportTest, RunsAreRecordedWithTheirOwnResultAndOutput) {
  const auto id = StartAndAccept(a_);
  EXPECT_EQ(StateOf(id, a_), TaskState::kScheduled);
  Report(RunOfOccurrence(a_, id, 1, ReportKind::kRunning, "one"));
  EXPECT_EQ(StateOf(id, a_), TaskState::kRunning);
  EXPECT_EQ(Report(RunOfOccurrence(a_, id, 1, ReportKind::kRunning, "", 3)).next, 3);
  EXPECT_EQ(Report(RunOfOccurrence(a_, id, 1, ReportKind::kFinish, "!", 3)).next, 4);
  EXPECT_EQ(StateOf(id, a_), TaskState::kScheduled);
  RecordReportIn failed = RunOfOccurrence(a_, id, 2, ReportKind::kFinish, "two");
  failed.report.exit_code = 7;
  EXPECT_EQ(Report(failed).next, 3);
  EXPECT_EQ(HistoryText(id, a_), "1:Success 2:Failed");
  EXPECT_EQ(OutputOfRun(id, a_, 1), "one!");
  EXPECT_EQ(OutputOfRun(id, a_, 2), "two");
  EXPECT_EQ(OutputOf(id, a_), "") << "the standing task has none";
  const auto marks = MarksOf(id, a_);
  EXPECT_EQ(marks.runs, 2);
  EXPECT_EQ(marks.last_run, 2);
  EXPECT_EQ(marks.last_due, Due(2));
  EXPECT_EQ(marks.open_runs, 0);
  EXPECT_EQ(marks.lateness.Percentile(50), std::chrono::milliseconds(8));
  EXPECT_EQ(TaskOf(id, a_).progress.exit_code, 7);
  ExpectCountsRight(id);
}

TEST_F(ScheduleReportTest, WhatIsToldAgainChangesNothing) {
  const auto id = StartAndAccept(a_);
  const std::vector<RecordReportIn> told = {
      RunOfOccurrence(a_, id, 1, ReportKind::kRunning, "a"),
      RunOfOccurrence(a_, id, 1, ReportKind::kFinish, "b", 1),
      MissedOf(a_, id, 2, 5),
      RunOfOccurrence(a_, id, 7, ReportKind::kFinish, "c"),
      MissedOf(a_, id, 8, 1, model::MissedReason::kOverlap),
      RunOfOccurrence(a_, id, 9, ReportKind::kRunning, "d"),
  };
  for (const auto& report : told) Report(report);
  const auto marks = MarksOf(id, a_);
  const auto task = TaskOf(id, a_);
  const std::string history = HistoryText(id, a_);
  EXPECT_EQ(history, "1:Success 2+5:AgentDown 7:Success 8:Overlap 9:Running");
  clock_.Advance(seconds(1));
  for (int round = 0; round < 3; ++round) {
    for (const auto& report : told) EXPECT_EQ(Report(report).answer, RecordReportOut::Answer::kRecorded);
  }
  auto again = MarksOf(id, a_);
  EXPECT_EQ(again, marks);
  EXPECT_EQ(HistoryText(id, a_), history);
  EXPECT_EQ(TaskOf(id, a_).progress.state, task.progress.state);
  EXPECT_EQ(OutputOfRun(id, a_, 1), "ab");
  EXPECT_EQ(marks.runs, 3);
  EXPECT_EQ(marks.missed, 6);
  EXPECT_TRUE(notes_.events.empty());
}

TEST_F(ScheduleReportTest, ReportsInAnyOrderComeToTheSame) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const auto id = StartAndAccept(a_);
    std::vector<RecordReportIn> told;
    for (std::int64_t number = 1; number <= 12; ++number) {
      if (number % 4 == 0) {
        told.push_back(MissedOf(a_, id, number, 1));
      } else {
        told.push_back(RunOfOccurrence(a_, id, number, ReportKind::kRunning, "x"));
        told.push_back(RunOfOccurrence(a_, id, number, ReportKind::kFinish, "y", 1));
      }
    }
    std::vector<RecordReportIn> shuffled = told;
    shuffled.insert(shuffled.end(), told.begin(), told.end());
    SeededRandom random(seed);
    for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[random.Below(i)]);
    for (const auto& report : shuffled) Report(report);
    EXPECT_EQ(HistoryText(id, a_),
              "1:Success 2:Success 3:Success 4:AgentDown 5:Success 6:Success 7:Success 8:AgentDown 9:Success "
              "10:Success 11:Success 12:AgentDown");
    const auto marks = MarksOf(id, a_);
    EXPECT_EQ(marks.runs, 9);
    EXPECT_EQ(marks.missed, 3);
    EXPECT_EQ(marks.open_runs, 0);
    EXPECT_EQ(marks.kept, 12);
    EXPECT_EQ(marks.lateness.total(), 9);
    EXPECT_EQ(StateOf(id, a_), TaskState::kScheduled);
    ExpectCountsRight(id);
  }
}

TEST_F(ScheduleReportTest, AMissedRangeThatGrewIsTakenOnce) {
  const auto id = StartAndAccept(a_);
  Report(MissedOf(a_, id, 1, 3));
  Report(MissedOf(a_, id, 1, 8));
  Report(MissedOf(a_, id, 4, 5));
  EXPECT_EQ(HistoryText(id, a_), "1+8:AgentDown");
  EXPECT_EQ(MarksOf(id, a_).missed, 8);
  EXPECT_EQ(MarksOf(id, a_).kept, 1);
  EXPECT_EQ(MarksOf(id, a_).last_due, Due(8));
}

TEST_F(ScheduleReportTest, WhatADamagedJournalHasLostIsWhatNothingWasHeardOf) {
  const auto id = StartAndAccept(a_);
  Finish(a_, id, 2, "two");
  Finish(a_, id, 3, "three");
  RecordReportIn lost = MissedOf(a_, id, 1, 6, model::MissedReason::kJournalDamaged);
  // Only the bounds of its due times are known.
  lost.report.occurrence->due = Due(0);
  lost.report.missed->last_due = Due(9);
  for (int repeat = 0; repeat < 2; ++repeat) {
    Report(lost);
    EXPECT_EQ(HistoryText(id, a_), "1:JournalDamaged 2:Success 3:Success 4+3:JournalDamaged");
  }
  lost.report.occurrence->number = 3;
  lost.report.missed->count = 5;
  Report(lost);
  EXPECT_EQ(MarksOf(id, a_).missed, 5);
  EXPECT_EQ(MarksOf(id, a_).runs, 2);
  EXPECT_TRUE(notes_.events.empty());
  ExpectCountsRight(id);
}

TEST_F(ScheduleReportTest, ARunUnderAUsedNumberIsNotLost) {
  // A machine that was set back to an older image numbers on from there.
  const auto id = StartAndAccept(a_);
  Finish(a_, id, 1, "first");
  Report(MissedOf(a_, id, 2, 2));
  for (int repeat = 0; repeat < 2; ++repeat) {
    for (const std::int64_t number : {1, 3}) {
      RecordReportIn again = RunOfOccurrence(a_, id, number, ReportKind::kFinish, "again");
      again.report.occurrence->due = Due(50 + number);
      Report(again);
    }
  }
  EXPECT_EQ(HistoryText(id, a_), "1:Success 2+2:AgentDown 4:Success 5:Success");
  EXPECT_EQ(OutputOfRun(id, a_, 1), "first");
  EXPECT_EQ(OutputOfRun(id, a_, 4), "again");
  EXPECT_EQ(MarksOf(id, a_).runs, 3);
  EXPECT_EQ(notes_.events, (std::vector<std::string>(2, "agent.reused_a_number")));
  // The same for a range, and for a run that it had called missed.
  RecordReportIn range = MissedOf(a_, id, 1, 2);
  range.report.occurrence->due = Due(70);
  range.report.missed->last_due = Due(71);
  Report(range);
  Report(range);
  Report(RunOfOccurrence(a_, id, 2, ReportKind::kFinish));
  Report(RunOfOccurrence(a_, id, 2, ReportKind::kFinish));
  EXPECT_EQ(HistoryText(id, a_), "1:Success 2+2:AgentDown 4:Success 5:Success 6+2:AgentDown 8:Success");
}

TEST_F(ScheduleReportTest, ARunWhoseDueTimeTheAgentHasLostIsFoundByItsNumberElseDatedByItsStart) {
  const auto id = StartAndAccept(a_);
  Report(RunOfOccurrence(a_, id, 1, ReportKind::kRunning, "one"));
  RecordReportIn known = RunOfOccurrence(a_, id, 1, ReportKind::kFinish, "!", 3);
  known.report.occurrence->due = SystemTime{};
  Report(known);
  EXPECT_EQ(HistoryText(id, a_), "1:Success");
  EXPECT_EQ(HistoryOf(id, a_).at(0).due, Due(1));
  RecordReportIn fresh = RunOfOccurrence(a_, id, 2, ReportKind::kFinish, "two");
  fresh.report.occurrence->due = SystemTime{};
  Report(fresh);
  Report(fresh);
  EXPECT_EQ(HistoryText(id, a_), "1:Success 2:Success");
  EXPECT_EQ(HistoryOf(id, a_).at(1).due, Due(2)) << "the time of the schedule that is behind its start";
  EXPECT_TRUE(notes_.events.empty());
}

TEST_F(ScheduleReportTest, MadNumbersAreNotTaken) {
  const auto id = StartAndAccept(a_);
  for (const std::int64_t number : {std::int64_t{0}, std::int64_t{-5}, INT64_MAX / 2, model::kLargestNumber + 1}) {
    RecordReportIn run = RunOfOccurrence(a_, id, 1, ReportKind::kFinish, "x");
    run.report.occurrence->number = number;
    EXPECT_EQ(Report(run).answer, RecordReportOut::Answer::kRecorded);
    RecordReportIn missed = MissedOf(a_, id, 1, 1);
    missed.report.occurrence->number = number;
    Report(missed);
    missed.report.occurrence->number = 1;
    missed.report.missed->count = number;
    Report(missed);
  }
  EXPECT_EQ(HistoryText(id, a_), "");
  RecordReportIn huge = MissedOf(a_, id, 1, 1);
  huge.report.occurrence->due = SystemTime::max();
  huge.report.missed = model::MissedRange{model::kLargestNumber, SystemTime::min(), model::MissedReason::kLate};
  Report(huge);
  RecordReportIn run = RunOfOccurrence(a_, id, 1, ReportKind::kFinish);
  run.report.occurrence->number = model::kLargestNumber;
  for (int i = 0; i < 20; ++i) {
    run.report.occurrence->due = Due(i);
    Report(run);
  }
  EXPECT_EQ(MarksOf(id, a_).runs, 20);
  ExpectCountsRight(id);
}

TEST_F(ScheduleReportTest, AnAgentTouchesItsOwnTasksOnly) {
  const auto b = AddMachine("mi-b");
  const auto id = StartAndAccept(a_);
  EXPECT_EQ(Report(RunOfOccurrence(b, id, 1, ReportKind::kFinish)).answer, RecordReportOut::Answer::kGone);
  EXPECT_EQ(Report(MissedOf(b, id, 1, 1)).answer, RecordReportOut::Answer::kGone);
  EXPECT_EQ(Report(EndOf(b, id, "completed")).answer, RecordReportOut::Answer::kGone);
  EXPECT_EQ(HistoryText(id, a_), "");
  EXPECT_EQ(StateOf(id, a_), TaskState::kScheduled);
}

TEST_F(ScheduleReportTest, ARunOnceTaskKnowsNoOccurrences) {
  const auto id = Start({a_});
  Fetch(a_);
  EXPECT_EQ(Report(MissedOf(a_, id, 1, 1)).answer, RecordReportOut::Answer::kRecorded);
  EXPECT_EQ(StateOf(id, a_), TaskState::kPending);
  Look([&](store::ReadTx& tx) { EXPECT_FALSE(tx.LoadMarks(tx.FindTask(tx.FindInvocation(id)->key, {1})->key)); });
}

TEST_F(ScheduleReportTest, TheHistoryIsBoundedAndWhatLeftItStaysCounted) {
  settings_.limits.history_runs = 10;
  const auto id = StartAndAccept(a_);
  for (std::int64_t number = 1; number <= 30; ++number) Finish(a_, id, number, "x");
  auto rows = HistoryOf(id, a_);
  ASSERT_EQ(rows.size(), 10u);
  EXPECT_EQ(rows.front().number, 21);
  EXPECT_EQ(MarksOf(id, a_).kept, 10);
  EXPECT_EQ(MarksOf(id, a_).runs, 30);
  EXPECT_EQ(MarksOf(id, a_).forgotten, 20);
  Finish(a_, id, 5, "late copy");
  EXPECT_EQ(Report(RunOfOccurrence(a_, id, 6, ReportKind::kRunning, "xyz", 4)).next, 7) << "not asked for again";
  Report(MissedOf(a_, id, 1, 4));
  EXPECT_EQ(MarksOf(id, a_).runs, 30);
  EXPECT_EQ(MarksOf(id, a_).missed, 0);
  EXPECT_EQ(HistoryOf(id, a_).size(), 10u);
  Report(MissedOf(a_, id, 15, 20));  // its beginning would be in what left; numbers 21 to 30 ran
  EXPECT_EQ(MarksOf(id, a_).missed, 4);
  EXPECT_EQ(MarksOf(id, a_).last_number, 34);
}

TEST_F(ScheduleReportTest, LatenessCountsFromTheMomentAtWhichThisMachineWasToBegin) {
  StartInvocationIn in = Every({a_});
  in.splay = seconds(60);
  const auto started = Change(StartInvocation, in);
  ASSERT_TRUE(started) << started.error().detail;
  const InvokeId id = started->invocation;
  const auto share = ShareOfSplay(seconds(60), a_.str(), id.str());
  ASSERT_GT(share, milliseconds(0));
  Fetch(a_);
  Report(AcceptOf(a_, id));
  const auto run = [&](std::int64_t number, milliseconds after_due, std::int64_t version) {
    RecordReportIn report = RunOfOccurrence(a_, id, number, ReportKind::kFinish);
    report.report.start = Due(number) + after_due;
    report.report.version = version;
    Report(report);
  };
  run(1, share + milliseconds(3), 0);
  EXPECT_EQ(HistoryOf(id, a_)[0].lateness(), milliseconds(3));
  EXPECT_EQ(MarksOf(id, a_).lateness.Percentile(99), milliseconds(4));
  // With other terms; what ran under the former ones is told after that.
  ModifyInvocationIn change;
  change.invocation = id;
  change.splay = seconds(86'400);
  ASSERT_TRUE(Change(ModifyInvocation, change));
  run(2, share + milliseconds(3), 0);
  Fetch(a_);
  Report(AcceptOf(a_, id, 1));
  run(3, ShareOfSplay(seconds(86'400), a_.str(), id.str()) + milliseconds(2), 1);
  EXPECT_EQ(HistoryOf(id, a_)[1].lateness(), milliseconds(3));
  EXPECT_EQ(HistoryOf(id, a_)[2].lateness(), milliseconds(2));
  EXPECT_EQ(MarksOf(id, a_).lateness.total(), 3);
  EXPECT_EQ(MarksOf(id, a_).lateness.Percentile(99), milliseconds(4));
}

TEST_F(ScheduleReportTest, AStockAgentKnowsNoSplay) {
  const InstanceId stock = AddStock("i-stock");
  StartInvocationIn in = Every({stock});
  in.splay = seconds(60);
  const auto started = Change(StartInvocation, in);
  ASSERT_TRUE(started) << started.error().detail;
  Fetch(stock);
  RecordReportIn report = ReportOf(stock, started->invocation, ReportKind::kFinish);
  report.report.start = Due(1) + milliseconds(3);
  GoTo(Due(1) + seconds(1));
  Report(report);
  EXPECT_EQ(HistoryOf(started->invocation, stock).at(0).lateness(), milliseconds(3));
}

TEST_F(ScheduleReportTest, RunsThatNeverEndAreBounded) {
  const auto id = StartAndAccept(a_);
  for (std::int64_t number = 1; number <= 130; ++number) {
    Report(RunOfOccurrence(a_, id, number, ReportKind::kRunning));
  }
  EXPECT_EQ(MarksOf(id, a_).open_runs, 100);
  const auto rows = HistoryOf(id, a_);
  EXPECT_EQ(rows.front().progress.outcome, model::Outcome::kUnknown);
  EXPECT_EQ(rows.back().progress.state, TaskState::kRunning);
  Finish(a_, id, 1);
  EXPECT_EQ(HistoryOf(id, a_).front().progress.state, TaskState::kSuccess) << "the agent's word replaces it";
  EXPECT_EQ(MarksOf(id, a_).open_runs, 100);
}

TEST_F(ScheduleReportTest, AScheduleThatIsUsedUpEndsAsItsLastRun) {
  const auto id = StartAndAccept(a_);
  RecordReportIn failed = RunOfOccurrence(a_, id, 1, ReportKind::kFinish);
  failed.report.exit_code = 3;
  Report(failed);
  Report(EndOf(a_, id, "completed"));
  EXPECT_EQ(StateOf(id, a_), TaskState::kFailed);
  EXPECT_FALSE(MarksOf(id, a_).next_due);
  ExpectCountsRight(id);
  EXPECT_TRUE(RunsOf(Fetch(a_)).empty());
}

TEST_F(ScheduleReportTest, ARefusedExpressionMakesItInvalid) {
  const auto id = StartEvery({a_});
  Fetch(a_);
  RecordReportIn refused = ReportOf(a_, id, ReportKind::kInvalid);
  refused.report.param = "cron";
  refused.report.value = "CronExpressionExpired";
  Report(refused);
  const auto task = TaskOf(id, a_);
  EXPECT_EQ(task.progress.state, TaskState::kInvalid);
  EXPECT_EQ(task.progress.error_code, model::ErrorCode::kBadCronExpression);
  ExpectCountsRight(id);
}

TEST_F(ScheduleReportTest, AStopReachesTheRunToo) {
  const auto id = StartAndAccept(a_);
  Report(RunOfOccurrence(a_, id, 1, ReportKind::kRunning));
  Stop(id);
  EXPECT_EQ(StateOf(id, a_), TaskState::kStopping);
  EXPECT_EQ(HistoryText(id, a_), "1:Stopping");
  EXPECT_EQ(waker_.woken.back(), "mi-a");
  const auto list = Fetch(a_);
  ASSERT_EQ(list.stop.size(), 1u);
  EXPECT_EQ(list.stop[0].repeat_mode, model::RepeatMode::kPeriod);
  EXPECT_EQ(list.stop[0].cron, kEveryMinute);
  EXPECT_TRUE(list.run.empty());
  Report(RunOfOccurrence(a_, id, 1, ReportKind::kStopped));
  EXPECT_EQ(StateOf(id, a_), TaskState::kStopping);
  Report(EndOf(a_, id, "killed"));
  EXPECT_EQ(StateOf(id, a_), TaskState::kTerminated);
  EXPECT_EQ(HistoryText(id, a_), "1:Terminated");
  EXPECT_TRUE(Fetch(a_).stop.empty());
  ExpectCountsRight(id);
}

TEST_F(ScheduleReportTest, AStopWaitsForAMachineThatIsAway) {
  const auto id = StartAndAccept(a_);
  const auto other = StartEvery({a_});
  Stop(id);
  Stop(other);
  EXPECT_EQ(StateOf(other, a_), TaskState::kCancelled) << "it never went out";
  clock_.Advance(std::chrono::hours(48));
  ASSERT_TRUE(Change(CloseSilentTasks, CloseSilentTasksIn{}));
  EXPECT_EQ(StateOf(id, a_), TaskState::kStopping);
  EXPECT_EQ(Fetch(a_).stop.size(), 1u);
  Report(EndOf(a_, id, "killed"));
  EXPECT_EQ(StateOf(id, a_), TaskState::kCancelled);
}

TEST_F(ScheduleReportTest, OnlyRunsAreEverSilent) {
  const auto id = StartAndAccept(a_);
  clock_.Advance(std::chrono::hours(100));
  ASSERT_TRUE(Change(CloseSilentTasks, CloseSilentTasksIn{}));
  EXPECT_EQ(StateOf(id, a_), TaskState::kScheduled);
  Report(RunOfOccurrence(a_, id, 1, ReportKind::kRunning));
  clock_.Advance(seconds(60 + 301));
  presence_.states[a_].connected = true;
  ASSERT_TRUE(Change(CloseSilentTasks, CloseSilentTasksIn{}));
  EXPECT_EQ(HistoryText(id, a_), "1:Running") << "our agent is there and keeps its tasks";
  presence_.states.clear();
  clock_.Advance(seconds(301));
  ASSERT_TRUE(Change(CloseSilentTasks, CloseSilentTasksIn{}));
  EXPECT_EQ(HistoryText(id, a_), "1:Error");
  EXPECT_EQ(HistoryOf(id, a_)[0].progress.outcome, model::Outcome::kPresumed);
  EXPECT_EQ(StateOf(id, a_), TaskState::kScheduled);
  EXPECT_EQ(MarksOf(id, a_).open_runs, 0);
  EXPECT_EQ(notes_.events, std::vector<std::string>{"task.silent"});
  Finish(a_, id, 1);
  EXPECT_EQ(HistoryText(id, a_), "1:Success");
  EXPECT_EQ(MarksOf(id, a_).open_runs, 0);
  EXPECT_EQ(MarksOf(id, a_).runs, 1);
}

TEST_F(ScheduleReportTest, WhatIsNotHeardOfIsOverdueUntilItIs) {
  GoTo(Due(0));
  const auto id = StartEvery({a_});
  Fetch(a_);
  Report(AcceptOf(a_, id, 0, Due(1)));
  EXPECT_EQ(MarksOf(id, a_).next_due, Due(1));
  GoTo(Due(1) + settings_.limits.overdue_grace - seconds(1));
  EXPECT_FALSE(Change(MarkOverdue, MarkOverdueIn{})->more);
  EXPECT_FALSE(MarksOf(id, a_).overdue);
  clock_.Advance(seconds(1));
  ASSERT_TRUE(Change(MarkOverdue, MarkOverdueIn{}));
  EXPECT_TRUE(MarksOf(id, a_).overdue);
  EXPECT_EQ(MarksOf(id, a_).next_due, Due(1));
  Finish(a_, id, 1);
  EXPECT_FALSE(MarksOf(id, a_).overdue);
  EXPECT_EQ(MarksOf(id, a_).next_due, Due(2)) << "computed, since it was not told";
  GoTo(Due(9));
  ASSERT_TRUE(Change(MarkOverdue, MarkOverdueIn{}));
  EXPECT_TRUE(MarksOf(id, a_).overdue);
  RecordReportIn missed = MissedOf(a_, id, 2, 7);
  missed.report.next_due = Due(10);
  Report(missed);
  EXPECT_FALSE(MarksOf(id, a_).overdue);
  EXPECT_EQ(MarksOf(id, a_).next_due, Due(10));
  Finish(a_, id, 1);  // an old word tells nothing about what is to come
  EXPECT_EQ(MarksOf(id, a_).next_due, Due(10));
  Stop(id);
  Report(EndOf(a_, id, "killed"));
  GoTo(Due(99));
  ASSERT_TRUE(Change(MarkOverdue, MarkOverdueIn{}));
  EXPECT_FALSE(MarksOf(id, a_).overdue);
}

TEST_F(ScheduleReportTest, AMachineThatLeavesClosesScheduleAndRun) {
  const auto id = StartAndAccept(a_);
  Report(RunOfOccurrence(a_, id, 1, ReportKind::kRunning));
  DeregisterManagedInstanceIn in;
  in.instance = a_;
  ASSERT_TRUE(Change(DeregisterManagedInstance, in));
  EXPECT_EQ(StateOf(id, a_), TaskState::kError);
  EXPECT_EQ(HistoryText(id, a_), "1:Error");
  EXPECT_EQ(MarksOf(id, a_).open_runs, 0);
  ExpectCountsRight(id);
}

// Stock agents.

class StockScheduleTest : public SchedulesTest {
 protected:
  StockScheduleTest() {
    a_ = AddStock("mi-a");
    GoTo(Due(0));
  }
  RecordReportIn StockRun(const InvokeId& id, ReportKind kind, SystemTime start, const std::string& output = "") {
    RecordReportIn in = ReportOf(a_, id, kind, output);
    in.report.start = start;
    in.report.wall_clock = start;
    in.report.zone = "Asia/Shanghai";
    if (model::IsFinalKind(kind)) in.report.end = start + seconds(1);
    return in;
  }
  InstanceId a_;
};

TEST_F(StockScheduleTest, RunsAreToldApartByTheirStart) {
  const auto id = StartEvery({a_});
  const auto list = Fetch(a_, std::nullopt, true, 1'000);
  ASSERT_EQ(RunsOf(list), std::vector<std::string>{id.str()});
  EXPECT_EQ(StateOf(id, a_), TaskState::kScheduled);
  EXPECT_EQ(MarksOf(id, a_).next_due, Due(1)) << "computed by the server";
  Report(StockRun(id, ReportKind::kRunning, Due(1)));
  EXPECT_EQ(StateOf(id, a_), TaskState::kRunning);
  const auto end = StockRun(id, ReportKind::kFinish, Due(1), "one");
  Report(end);
  Report(end);  // its retry
  EXPECT_EQ(OutputOfRun(id, a_, 1), "one");
  Report(StockRun(id, ReportKind::kFinish, Due(2) + std::chrono::milliseconds(30), "two"));
  EXPECT_EQ(HistoryText(id, a_), "1:Success 2:Success");
  EXPECT_EQ(HistoryOf(id, a_)[1].due, Due(2));
  EXPECT_EQ(MarksOf(id, a_).next_due, Due(3));
  EXPECT_EQ(MarksOf(id, a_).lateness.total(), 2);
  EXPECT_EQ(StateOf(id, a_), TaskState::kScheduled);
  EXPECT_EQ(TaskOf(id, a_).progress.delivery, model::Delivery::kAccepted);
  ExpectCountsRight(id);
}

TEST_F(StockScheduleTest, ARunThatCouldNotStartIsOneHoweverOftenItIsTold) {
  const auto id = StartEvery({a_});
  Fetch(a_);
  RecordReportIn error = StockRun(id, ReportKind::kError, Due(1));
  error.report.start.reset();
  error.report.end.reset();
  error.report.err_code = "13";
  GoTo(Due(1));
  Report(error);
  clock_.Advance(seconds(5));
  Report(error);
  EXPECT_EQ(HistoryText(id, a_), "1:Error");
  error.report.wall_clock = Due(2);
  GoTo(Due(2));
  Report(error);
  EXPECT_EQ(HistoryText(id, a_), "1:Error 2:Error");
}

TEST_F(StockScheduleTest, TheEndOfAnAtIsTheEndOfItsRun) {
  const auto id = StartEvery({a_}, "at(2027-01-15 08:01:00 UTC)");
  Fetch(a_);
  Report(StockRun(id, ReportKind::kRunning, Due(1)));
  EXPECT_EQ(StateOf(id, a_), TaskState::kRunning);
  Report(StockRun(id, ReportKind::kFinish, Due(1)));
  EXPECT_EQ(StateOf(id, a_), TaskState::kSuccess);
  ExpectCountsRight(id);
}

TEST_F(StockScheduleTest, ACronWithoutFurtherTimesIsToldToBeOver) {
  const auto id = StartEvery({a_});
  Fetch(a_);
  Report(StockRun(id, ReportKind::kFinish, Due(1)));
  Report(EndOf(a_, id, "completed"));
  EXPECT_EQ(StateOf(id, a_), TaskState::kSuccess);
}

TEST_F(StockScheduleTest, AStopNamesTheRunByItsStart) {
  const auto id = StartEvery({a_});
  Fetch(a_);
  Report(StockRun(id, ReportKind::kFinish, Due(1)));
  Report(StockRun(id, ReportKind::kRunning, Due(2)));
  Stop(id);
  EXPECT_EQ(Fetch(a_).stop.size(), 1u);
  RecordReportIn stopped = StockRun(id, ReportKind::kStopped, Due(2), "rest");
  stopped.report.result = "killed";
  Report(stopped);
  EXPECT_EQ(StateOf(id, a_), TaskState::kTerminated);
  EXPECT_EQ(HistoryText(id, a_), "1:Success 2:Terminated");
  EXPECT_EQ(OutputOfRun(id, a_, 2), "rest");
}

TEST_F(StockScheduleTest, AStopBetweenRunsNamesTheLastOneWhichStaysAsItWas) {
  const auto id = StartEvery({a_});
  Fetch(a_);
  Report(StockRun(id, ReportKind::kFinish, Due(1)));
  Stop(id);
  RecordReportIn stopped = StockRun(id, ReportKind::kStopped, Due(1));
  stopped.report.result = "killed";
  Report(stopped);
  EXPECT_EQ(StateOf(id, a_), TaskState::kCancelled);
  EXPECT_EQ(HistoryText(id, a_), "1:Success");
}

TEST_F(StockScheduleTest, AnUnknownIdIsAnsweredWithZerosAndThatIsTheEnd) {
  const auto id = StartEvery({a_});
  Fetch(a_);
  Stop(id);
  Report(EndOf(a_, id, "killed"));
  EXPECT_EQ(StateOf(id, a_), TaskState::kCancelled);
}

}  // namespace
}  // namespace assist::server::control
