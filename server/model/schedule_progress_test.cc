#include "server/model/schedule_progress.h"

#include <gtest/gtest.h>

#include <string>

namespace assist::server::model {
namespace {

using std::chrono::seconds;

constexpr SystemTime kNow = FromUnixMillis(1'700'000'000'000);

class ScheduleRulesTest : public testing::Test {
 protected:
  bool Do(const ScheduleEvent& event, seconds at = seconds(0)) {
    auto next = Apply(now_, event, terms_, kNow + at);
    if (!next) return false;
    EXPECT_FALSE(*next == now_);
    now_ = std::move(*next);
    return true;
  }
  void Deliver(std::int64_t number = 1) { Do(ScheduleOffered{number, 0}); }
  void Accept() {
    Deliver();
    Do(ScheduleAccepted{terms_.version});
  }
  Occurrence RunOf(std::int64_t number, TaskState state) {
    Occurrence run;
    run.number = number;
    run.due = run.last_due = kNow + seconds(number);
    run.progress.state = state;
    run.progress.delivery = Delivery::kAccepted;
    if (state != TaskState::kPending) run.progress.start = run.due + std::chrono::milliseconds(3);
    if (IsFinal(state)) {
      run.progress.outcome = Outcome::kFinal;
      run.progress.finish = run.due + seconds(1);
      run.progress.exit_code = state == TaskState::kFailed ? 3 : 0;
      if (state == TaskState::kFailed) run.progress.error_code = ErrorCode::kExitCodeNonzero;
    }
    return run;
  }
  bool Run(std::int64_t number, TaskState state, std::optional<TaskState> before = std::nullopt,
           std::optional<std::int64_t> version = std::nullopt) {
    RunChanged change{version.value_or(terms_.version), RunOf(number, state), std::nullopt};
    if (before) change.before = RunOf(number, *before).progress;
    return Do(change);
  }
  TaskState state() const { return now_.task.state; }

  Standing now_;
  StandingTerms terms_;
};

TEST_F(ScheduleRulesTest, AScheduleIsDeliveredAcceptedAndGoesToAndFro) {
  EXPECT_TRUE(Do(ScheduleOffered{7, 0}));
  EXPECT_EQ(state(), TaskState::kPending);
  EXPECT_EQ(now_.task.delivery, Delivery::kDelivered);
  EXPECT_TRUE(Do(ScheduleAccepted{0}));
  EXPECT_EQ(state(), TaskState::kScheduled);
  EXPECT_EQ(now_.task.delivery, Delivery::kAccepted);
  EXPECT_EQ(now_.marks.accepted_number, 7);
  EXPECT_EQ(now_.marks.accepted_version, 0);
  EXPECT_FALSE(Do(ScheduleAccepted{0})) << "a repeat";
  Run(1, TaskState::kRunning);
  EXPECT_EQ(state(), TaskState::kRunning);
  EXPECT_EQ(now_.task.start, RunOf(1, TaskState::kRunning).progress.start);
  EXPECT_FALSE(now_.task.silent_after) << "a schedule itself is never silent";
  Run(1, TaskState::kFailed, TaskState::kRunning);
  EXPECT_EQ(state(), TaskState::kScheduled);
  EXPECT_EQ(now_.task.exit_code, 3);
  EXPECT_EQ(now_.task.error_code, ErrorCode::kExitCodeNonzero);
  EXPECT_EQ(now_.task.outcome, Outcome::kNone);
  EXPECT_EQ(now_.marks.runs, 1);
  EXPECT_EQ(now_.marks.open_runs, 0);
  Run(2, TaskState::kRunning);
  EXPECT_FALSE(now_.task.exit_code) << "the latest run is shown";
  EXPECT_EQ(now_.task.error_code, ErrorCode::kNone);
  EXPECT_EQ(now_.marks.lateness.total(), 2);
  EXPECT_EQ(now_.marks.last_due, kNow + seconds(2));
}

TEST_F(ScheduleRulesTest, AnOlderRunThatEndsLateIsCountedAndNotShown) {
  Accept();
  Run(1, TaskState::kRunning);
  Run(2, TaskState::kSuccess);
  EXPECT_EQ(state(), TaskState::kRunning);
  Run(1, TaskState::kFailed, TaskState::kRunning);
  EXPECT_EQ(state(), TaskState::kScheduled);
  EXPECT_EQ(now_.task.exit_code, 0);
  EXPECT_EQ(now_.marks.last_run, 2);
  EXPECT_EQ(now_.marks.runs, 2);
}

TEST_F(ScheduleRulesTest, ARunAcceptedButNotStartedHasNoLateness) {
  Accept();
  Run(1, TaskState::kPending);
  EXPECT_EQ(state(), TaskState::kRunning);
  EXPECT_EQ(now_.marks.lateness.total(), 0);
  Run(1, TaskState::kRunning, TaskState::kPending);
  EXPECT_EQ(now_.marks.lateness.total(), 1);
  Run(1, TaskState::kSuccess, TaskState::kRunning);
  EXPECT_EQ(now_.marks.lateness.total(), 1);
}

TEST_F(ScheduleRulesTest, WhatWasMissedIsCounted) {
  Accept();
  Do(MissedTaken{0, 6, 5, true, kNow + seconds(5)});
  EXPECT_EQ(now_.marks.missed, 5);
  EXPECT_EQ(now_.marks.kept, 1);
  EXPECT_EQ(now_.marks.last_number, 5);
  EXPECT_EQ(now_.marks.runs, 0);
  Do(MissedTaken{0, 9, 3, false, kNow + seconds(8)});
  EXPECT_EQ(now_.marks.missed, 8);
  EXPECT_EQ(now_.marks.kept, 1);
  EXPECT_EQ(now_.marks.last_due, kNow + seconds(8));
  Do(MissedTaken{0, 10, kLargestNumber, true, kNow});
  Do(MissedTaken{0, 11, kLargestNumber, true, kNow});
  EXPECT_EQ(now_.marks.missed, kLargestNumber) << "a mad agent overflows nothing";
  EXPECT_EQ(state(), TaskState::kScheduled);
}

TEST_F(ScheduleRulesTest, AStopOfWhatNeverWentOutIsDoneAtOnce) {
  Do(StopAsked{});
  EXPECT_EQ(state(), TaskState::kCancelled);
  EXPECT_EQ(now_.task.outcome, Outcome::kFinal);
  EXPECT_FALSE(Do(ScheduleOffered{1, 0}));
}

TEST_F(ScheduleRulesTest, AStopOfWhatAnAgentMayHaveWaitsForItsWord) {
  for (const bool accepted : {false, true}) {
    now_ = {};
    accepted ? Accept() : Deliver();
    Do(StopAsked{});
    EXPECT_EQ(state(), TaskState::kStopping);
    EXPECT_FALSE(Do(StopAsked{}, seconds(1)));
    Run(1, TaskState::kRunning);
    EXPECT_EQ(state(), TaskState::kStopping);
    EXPECT_FALSE(Do(ScheduleModified{}));
    EXPECT_FALSE(Do(TraceLost{})) << "an agent that does not know it answers, too";
    Run(1, TaskState::kTerminated, TaskState::kRunning);
    EXPECT_EQ(state(), TaskState::kStopping);
    Do(ScheduleEnded{0, false, RunOf(1, TaskState::kTerminated).progress});
    EXPECT_EQ(state(), TaskState::kTerminated);
    EXPECT_EQ(now_.task.outcome, Outcome::kFinal);
  }
}

TEST_F(ScheduleRulesTest, AStopBetweenRunsCancels) {
  Accept();
  Run(1, TaskState::kFailed);
  Do(StopAsked{});
  Do(ScheduleEnded{0, false, RunOf(1, TaskState::kFailed).progress});
  EXPECT_EQ(state(), TaskState::kCancelled);
  EXPECT_EQ(now_.task.error_code, ErrorCode::kNone);
  EXPECT_FALSE(now_.marks.next_due);
}

TEST_F(ScheduleRulesTest, TheWordsAboutAStoppedRunAndItsScheduleMayComeInEitherOrder) {
  Accept();
  Run(1, TaskState::kRunning);
  Do(StopAsked{});
  Do(ScheduleEnded{0, false, RunOf(1, TaskState::kRunning).progress});
  EXPECT_EQ(state(), TaskState::kCancelled);
  Run(1, TaskState::kTerminated, TaskState::kRunning);
  EXPECT_EQ(state(), TaskState::kTerminated);
  EXPECT_EQ(now_.task.outcome, Outcome::kFinal);
  EXPECT_EQ(now_.marks.open_runs, 0);
}

TEST_F(ScheduleRulesTest, AScheduleWithoutFurtherTimesEndsInTheStateOfItsLastRun) {
  for (const TaskState last : {TaskState::kSuccess, TaskState::kFailed, TaskState::kTimeout, TaskState::kError}) {
    now_ = {};
    Accept();
    Run(1, TaskState::kSuccess);
    Run(2, last);
    Do(ScheduleEnded{0, true, RunOf(2, last).progress});
    EXPECT_EQ(state(), last);
    EXPECT_EQ(now_.task.outcome, Outcome::kFinal);
    EXPECT_EQ(now_.task.exit_code, RunOf(2, last).progress.exit_code);
    EXPECT_EQ(now_.task.error_code, RunOf(2, last).progress.error_code);
    EXPECT_FALSE(Do(ScheduleEnded{0, true, RunOf(2, last).progress}, seconds(1))) << "a repeat";
  }
}

TEST_F(ScheduleRulesTest, TheEndMayBeToldBeforeTheLastRunHasEnded) {
  Accept();
  Run(1, TaskState::kRunning);
  Do(ScheduleEnded{0, true, RunOf(1, TaskState::kRunning).progress});
  EXPECT_EQ(state(), TaskState::kRunning);
  EXPECT_FALSE(now_.marks.next_due);
  Run(1, TaskState::kFailed, TaskState::kRunning);
  EXPECT_EQ(state(), TaskState::kFailed);
  EXPECT_EQ(now_.task.outcome, Outcome::kFinal);
}

TEST_F(ScheduleRulesTest, AnEndThatTheServerOnlyPresumedIsReplacedByTheAgentsWord) {
  Accept();
  Do(ScheduleEnded{0, true, RunOf(1, TaskState::kRunning).progress});
  Occurrence lost = RunOf(1, TaskState::kError);
  lost.progress.outcome = Outcome::kPresumed;
  Do(RunChanged{-1, lost, std::nullopt});
  EXPECT_EQ(state(), TaskState::kError);
  EXPECT_EQ(now_.task.outcome, Outcome::kPresumed);
  Do(RunChanged{0, RunOf(1, TaskState::kSuccess), lost.progress});
  EXPECT_EQ(state(), TaskState::kSuccess);
  EXPECT_EQ(now_.task.outcome, Outcome::kFinal);
}

TEST_F(ScheduleRulesTest, AScheduleThatNeverRanIsAborted) {
  Accept();
  Do(MissedTaken{0, 2, 1, true, kNow});
  Do(ScheduleEnded{0, true, std::nullopt});
  EXPECT_EQ(state(), TaskState::kAborted);
  EXPECT_EQ(now_.task.error_code, ErrorCode::kClientNotRunning);
}

TEST_F(ScheduleRulesTest, ARefusalIsFinal) {
  Deliver();
  Do(ScheduleRefused{0, "cron", "InvalidCronExpression"});
  EXPECT_EQ(state(), TaskState::kInvalid);
  EXPECT_EQ(now_.task.outcome, Outcome::kFinal);
  EXPECT_EQ(now_.task.error_code, ErrorCode::kBadCronExpression);
  EXPECT_EQ(now_.task.error_detail, "InvalidCronExpression");
  EXPECT_FALSE(Do(ScheduleAccepted{0}));
  Run(1, TaskState::kSuccess);
  EXPECT_EQ(state(), TaskState::kInvalid);
  EXPECT_EQ(now_.task.error_code, ErrorCode::kBadCronExpression) << "a late run explains nothing away";
}

TEST_F(ScheduleRulesTest, AStockAgentRefusesOneRunUnlessItIsTheExpression) {
  terms_.ours = false;
  Deliver();
  Do(ScheduleRefused{0, "UsernameOrPasswordInvalid", "no such user"});
  EXPECT_EQ(state(), TaskState::kInvalid);
  EXPECT_EQ(now_.task.outcome, Outcome::kPresumed);
  EXPECT_EQ(now_.task.error_code, ErrorCode::kAccountNotExists);
  Run(1, TaskState::kSuccess);
  EXPECT_EQ(state(), TaskState::kScheduled);
  Do(ScheduleRefused{0, "cron", "x"});
  EXPECT_EQ(now_.task.outcome, Outcome::kFinal);
}

TEST_F(ScheduleRulesTest, AChangeIsDeliveredAnewWhileTheFormerTermsRunOn) {
  Accept();
  terms_.version = 1;
  EXPECT_TRUE(Do(ScheduleModified{}));
  EXPECT_EQ(state(), TaskState::kScheduled);
  EXPECT_EQ(now_.task.delivery, Delivery::kNotDelivered);
  EXPECT_EQ(now_.task.delivery_number, 0) << "it gets a number of its own";
  Run(1, TaskState::kRunning, std::nullopt, 0);
  EXPECT_EQ(state(), TaskState::kRunning);
  EXPECT_EQ(now_.task.delivery, Delivery::kNotDelivered) << "a word of the former terms accepts nothing";
  Do(ScheduleOffered{5, 0});
  EXPECT_EQ(now_.task.delivery_number, 5);
  Run(1, TaskState::kSuccess, TaskState::kRunning, 0);
  EXPECT_EQ(now_.task.delivery, Delivery::kDelivered);
  EXPECT_FALSE(Do(ScheduleRefused{0, "cron", "x"})) << "a late refusal of the former terms";
  EXPECT_FALSE(Do(ScheduleEnded{0, true, RunOf(1, TaskState::kSuccess).progress})) << "the former terms are used up";
  Do(ScheduleAccepted{1});
  EXPECT_EQ(now_.task.delivery, Delivery::kAccepted);
  EXPECT_EQ(now_.marks.accepted_version, 1);
  EXPECT_EQ(now_.marks.accepted_number, 5);
  Run(2, TaskState::kSuccess, std::nullopt, 0);
  EXPECT_EQ(now_.marks.accepted_version, 1);
}

TEST_F(ScheduleRulesTest, AChangedOneThatIsStoppedBeforeTheChangeArrivedIsStillWithTheAgent) {
  Accept();
  terms_.version = 1;
  Do(ScheduleModified{});
  Do(StopAsked{});
  EXPECT_EQ(state(), TaskState::kStopping);
  EXPECT_FALSE(Do(ScheduleOffered{9, 0})) << "a stopped schedule is never handed out";
}

TEST_F(ScheduleRulesTest, AnAgentThatLostItGetsItAgain) {
  Accept();
  Run(1, TaskState::kSuccess);
  Await(now_, kNow + seconds(60), seconds(10));
  Do(TraceLost{});
  EXPECT_EQ(state(), TaskState::kPending);
  EXPECT_EQ(now_.task.delivery, Delivery::kNotDelivered);
  EXPECT_EQ(now_.task.delivery_number, 0);
  EXPECT_EQ(now_.marks.accepted_version, -1);
  EXPECT_FALSE(now_.marks.overdue_after);
  EXPECT_EQ(now_.marks.last_number, 1) << "numbers go on";
  Run(2, TaskState::kSuccess);  // kept somewhere, and told now
  EXPECT_EQ(state(), TaskState::kPending) << "what it ran once it does not have any more";
  EXPECT_EQ(now_.marks.accepted_version, -1);
  Deliver(9);
  Do(ScheduleAccepted{0});
  EXPECT_EQ(state(), TaskState::kScheduled);
  EXPECT_EQ(now_.marks.accepted_number, 9);
}

TEST_F(ScheduleRulesTest, AStockAgentSaysNothingUntilItsTimeComes) {
  terms_.ours = false;
  Do(ScheduleOffered{0, 5});
  EXPECT_EQ(state(), TaskState::kScheduled);
  EXPECT_EQ(now_.task.delivery, Delivery::kDelivered);
  Do(TraceLost{});
  EXPECT_EQ(state(), TaskState::kPending);
  Do(ScheduleOffered{0, 6});
  Run(1, TaskState::kSuccess);
  EXPECT_EQ(now_.task.delivery, Delivery::kAccepted);
  EXPECT_EQ(state(), TaskState::kScheduled);
  terms_.ends_with_run = true;
  Run(2, TaskState::kRunning);
  EXPECT_EQ(state(), TaskState::kRunning);
  Run(2, TaskState::kFailed, TaskState::kRunning);
  EXPECT_EQ(state(), TaskState::kFailed);
  EXPECT_EQ(now_.task.outcome, Outcome::kFinal);
}

TEST_F(ScheduleRulesTest, OneThatTheAgentMayHaveIsNotCancelledBehindItsBack) {
  Do(ScheduleMaybeKnown{});
  EXPECT_EQ(state(), TaskState::kPending);
  EXPECT_EQ(now_.task.delivery, Delivery::kNotDelivered);
  Do(StopAsked{});
  EXPECT_EQ(state(), TaskState::kStopping);
  now_ = {};
  Deliver(7);
  Do(ScheduleMaybeKnown{});
  EXPECT_EQ(now_.task.delivery_number, 0) << "it has had that number, for something else";
  Accept();
  EXPECT_FALSE(Do(ScheduleMaybeKnown{}));
}

TEST_F(ScheduleRulesTest, OneThatAnAgentCannotRunIsAborted) {
  Do(ScheduleUnfit{});
  EXPECT_EQ(state(), TaskState::kAborted);
  EXPECT_EQ(now_.task.error_code, ErrorCode::kClientNeedUpgrade);
  EXPECT_EQ(now_.task.outcome, Outcome::kFinal);
}

TEST_F(ScheduleRulesTest, OneThatWaitsForAStartWasNotHandedOut) {
  terms_.ours = false;
  Do(ScheduleHeld{3});
  EXPECT_EQ(state(), TaskState::kScheduled);
  EXPECT_EQ(now_.task.delivery, Delivery::kDelivered);
  EXPECT_FALSE(Do(ScheduleHeld{3}));
  Do(StopAsked{});
  EXPECT_EQ(state(), TaskState::kCancelled);
}

TEST_F(ScheduleRulesTest, ADeadlineOfDeliveryClosesOnlyWhatNobodyTook) {
  Do(DeliveryExpired{true});
  EXPECT_EQ(state(), TaskState::kAborted);
  EXPECT_EQ(now_.task.outcome, Outcome::kPresumed);
  EXPECT_EQ(now_.task.error_code, ErrorCode::kClientNotRunning);
  Do(ScheduleAccepted{0});
  EXPECT_EQ(state(), TaskState::kPending) << "the agent's word replaces it; it was not handed out here";
  now_ = {};
  Deliver();
  Do(DeliveryExpired{});
  EXPECT_EQ(now_.task.error_code, ErrorCode::kDeliveryTimeout);
  Do(ScheduleAccepted{0});
  EXPECT_EQ(state(), TaskState::kScheduled);
  EXPECT_EQ(now_.task.outcome, Outcome::kNone);
  EXPECT_FALSE(Do(DeliveryExpired{}));
  Do(TraceLost{});
  Run(1, TaskState::kSuccess);
  EXPECT_FALSE(Do(DeliveryExpired{})) << "it ran once: the deadline was met";
}

TEST_F(ScheduleRulesTest, AMachineThatLeftLeavesNothingOpen) {
  Do(MachineReleased{});
  EXPECT_EQ(state(), TaskState::kAborted);
  EXPECT_EQ(now_.task.error_code, ErrorCode::kInstanceReleased);
  now_ = {};
  Accept();
  Do(MachineReleased{});
  EXPECT_EQ(state(), TaskState::kError);
  EXPECT_EQ(now_.task.outcome, Outcome::kUnknown);
  EXPECT_FALSE(Do(MachineReleased{}));
}

TEST_F(ScheduleRulesTest, SilenceIsAwaitedOnlyOfWhatLives) {
  Accept();
  Await(now_, kNow + seconds(60), seconds(10));
  EXPECT_EQ(now_.marks.next_due, kNow + seconds(60));
  EXPECT_EQ(now_.marks.overdue_after, kNow + seconds(70));
  now_.marks.overdue = true;
  Await(now_, std::nullopt, seconds(10));
  EXPECT_FALSE(now_.marks.overdue);
  EXPECT_FALSE(now_.marks.next_due);
  Do(StopAsked{});
  Do(ScheduleEnded{});
  Await(now_, kNow, seconds(1));
  EXPECT_FALSE(now_.marks.overdue_after);
}

/// Every state with everything that goes with it, against every event: what is final stays so, counts stay counts.
TEST(ScheduleRulesEverywhereTest, NoEventBreaksAState) {
  const auto run = [](TaskState state, std::int64_t number) {
    Occurrence out;
    out.number = number;
    out.due = kNow;
    out.progress.state = state;
    out.progress.outcome = IsFinal(state) ? Outcome::kFinal : Outcome::kNone;
    return out;
  };
  std::vector<ScheduleEvent> events = {ScheduleOffered{5, 1},
                                       ScheduleHeld{1},
                                       ScheduleAccepted{0},
                                       ScheduleAccepted{1},
                                       ScheduleAccepted{2},
                                       ScheduleRefused{0, "cron", "v"},
                                       ScheduleRefused{1, "x", ""},
                                       ScheduleEnded{0, true, std::nullopt},
                                       ScheduleEnded{1, true, std::nullopt},
                                       ScheduleEnded{1, false, std::nullopt},
                                       MissedTaken{1, 9, 2, true, kNow},
                                       ScheduleModified{},
                                       StopAsked{},
                                       DeliveryExpired{},
                                       DeliveryExpired{true},
                                       TraceLost{},
                                       MachineReleased{}};
  for (const TaskState state : kAllTaskStates) {
    const Occurrence now = run(state, 4);
    events.emplace_back(ScheduleEnded{1, true, now.progress});
    events.emplace_back(ScheduleEnded{1, false, now.progress});
    for (const std::int64_t version : {-1, 0, 1, 2}) {
      events.emplace_back(RunChanged{version, now, std::nullopt});
      events.emplace_back(RunChanged{version, now, run(TaskState::kRunning, 4).progress});
    }
  }
  std::size_t cases = 0;
  for (const TaskState state : kAllTaskStates) {
    for (const Outcome outcome : {Outcome::kNone, Outcome::kFinal, Outcome::kPresumed, Outcome::kUnknown}) {
      if (IsFinal(state) != (outcome != Outcome::kNone)) continue;
      for (int bits = 0; bits < 96; ++bits) {
        Standing now;
        now.task.state = state;
        now.task.outcome = outcome;
        now.task.delivery = static_cast<Delivery>(bits % 3);
        now.task.offers = bits / 3 % 2;
        if (bits / 6 % 2 != 0 || state == TaskState::kStopping) now.task.stop_asked = kNow;
        now.marks.open_runs = 1 + bits / 12 % 2;
        now.marks.ended = bits / 24 % 2 != 0;
        now.marks.last_run = bits / 48 % 2 != 0 ? 7 : 3;
        now.marks.last_number = 7;
        for (const bool ours : {true, false}) {
          for (const ScheduleEvent& event : events) {
            const StandingTerms terms{1, ours, !ours};
            const auto next = Apply(now, event, terms, kNow + seconds(1));
            ++cases;
            if (!next) continue;
            const TaskProgress& task = next->task;
            ASSERT_EQ(IsFinal(task.state), task.outcome != Outcome::kNone);
            ASSERT_FALSE(task.silent_after);
            ASSERT_GE(next->marks.open_runs, 0);
            ASSERT_GE(next->marks.runs, now.marks.runs);
            ASSERT_GE(next->marks.last_number, now.marks.last_number);
            ASSERT_GE(next->marks.last_run, now.marks.last_run);
            ASSERT_EQ(task.updated, kNow + seconds(1));
            ASSERT_TRUE(!task.stop_asked || IsFinal(task.state) || task.state == TaskState::kStopping ||
                        task.state == state);
            if (IsFinal(task.state)) {
              ASSERT_FALSE(next->marks.overdue_after);
              ASSERT_TRUE(task.finish || task.start || now.task.outcome != Outcome::kNone ||
                          std::holds_alternative<RunChanged>(event) || std::holds_alternative<ScheduleEnded>(event));
            }
            if (outcome == Outcome::kFinal) {
              ASSERT_TRUE(task.state == state ||
                          (state == TaskState::kCancelled && task.state == TaskState::kTerminated));
              ASSERT_EQ(task.outcome, outcome);
            }
            // The same again changes nothing more, but for runs and ranges, which control never takes twice.
            if (!std::holds_alternative<RunChanged>(event) && !std::holds_alternative<MissedTaken>(event) &&
                !std::holds_alternative<ScheduleOffered>(event)) {
              const auto again = Apply(*next, event, terms, kNow + seconds(1));
              ASSERT_TRUE(!again || (again->task.state == task.state && again->task.outcome == task.outcome));
            }
          }
        }
      }
    }
  }
  EXPECT_GT(cases, 100'000u);
}

std::optional<Occurrence> Row(OccurrenceKind kind, std::int64_t number, std::int64_t count, int due) {
  Occurrence row;
  row.kind = kind;
  row.number = number;
  row.count = count;
  row.due = kNow + seconds(due);
  row.last_due = row.due + seconds(count - 1);
  row.reason = MissedReason::kAsleep;
  return row;
}

TEST(NumberFitTest, AReportIsNewKnownForgottenOrOfAnAgentThatLostItsPlace) {
  ScheduleMarks marks;
  marks.forgotten = 5;
  marks.last_due = kNow + seconds(50);
  const auto at = [](int due) { return kNow + seconds(due); };
  const auto run = Row(OccurrenceKind::kRun, 9, 1, 9);
  const auto missed = Row(OccurrenceKind::kMissed, 9, 3, 9);
  EXPECT_EQ(FitRun(std::nullopt, 6, at(6), marks), NumberFit::kFree);
  EXPECT_EQ(FitRun(std::nullopt, 5, at(5), marks), NumberFit::kForgotten);
  EXPECT_EQ(FitRun(std::nullopt, 5, at(51), marks), NumberFit::kReused);
  EXPECT_EQ(FitRun(run, 9, at(9), marks), NumberFit::kKnown);
  EXPECT_EQ(FitRun(run, 9, at(10), marks), NumberFit::kReused);
  EXPECT_EQ(FitRun(missed, 9, at(9), marks), NumberFit::kReused) << "it ran after all: no start is lost";
  EXPECT_EQ(FitMissed(std::nullopt, 6, at(6), marks), NumberFit::kFree);
  EXPECT_EQ(FitMissed(std::nullopt, 5, at(5), marks), NumberFit::kForgotten);
  EXPECT_EQ(FitMissed(std::nullopt, 5, at(51), marks), NumberFit::kReused);
  EXPECT_EQ(FitMissed(missed, 10, at(10), marks), NumberFit::kKnown);
  EXPECT_EQ(FitMissed(missed, 10, at(12), marks), NumberFit::kReused);
  EXPECT_EQ(FitMissed(run, 9, at(9), marks), NumberFit::kKnown);
  EXPECT_EQ(FitMissed(run, 9, at(8), marks), NumberFit::kReused);
}

TEST(ScheduleWordsTest, WordsAreTheApisAndComeBack) {
  for (const MissedPolicy policy : {MissedPolicy::kSkip, MissedPolicy::kRunOnce}) {
    EXPECT_EQ(ParseMissedPolicy(Name(policy)), policy);
  }
  for (const OverlapPolicy policy : {OverlapPolicy::kSkip, OverlapPolicy::kQueue}) {
    EXPECT_EQ(ParseOverlapPolicy(Name(policy)), policy);
  }
  EXPECT_EQ(Name(MissedPolicy::kRunOnce), "RunOnce");
  EXPECT_EQ(Name(OverlapPolicy::kQueue), "Queue");
  EXPECT_FALSE(ParseMissedPolicy("runonce") || ParseMissedPolicy("Queue"));
  EXPECT_FALSE(ParseOverlapPolicy("") || ParseOverlapPolicy("RunOnce"));
  EXPECT_EQ(Name(MissedReason::kAgentDown), "AgentDown");
  EXPECT_EQ(Name(OccurrenceKind::kMissed), "Missed");
  EXPECT_EQ(ErrorCodeOfMissed(MissedReason::kOverlap), ErrorCode::kTaskConcurrencyLimit);
  EXPECT_EQ(ErrorCodeOfMissed(MissedReason::kAsleep), ErrorCode::kInstanceNotRunning);
  EXPECT_EQ(ErrorCodeOfMissed(MissedReason::kReplaced), ErrorCode::kTaskConcurrencyLimit);
}

/// `number+count@due-last_due`, ! before a row that grows.
std::string PlanOf(std::int64_t number, std::int64_t count, MissedReason reason, const std::vector<Occurrence>& rows) {
  const OccurrenceRef first{number, kNow + seconds(number)};
  const MissedRange range{count, kNow + seconds(number + count - 1), reason};
  const MissedPlan plan = PlanMissed(first, range, rows);
  std::string out;
  const auto show = [&](const Occurrence& row) {
    const auto due = [](SystemTime time) {
      return std::to_string(std::chrono::duration_cast<seconds>(time - kNow).count());
    };
    out += std::to_string(row.number) + "+" + std::to_string(row.count) + "@" + due(row.due) + "-" + due(row.last_due) +
           " ";
  };
  if (plan.grown) {
    out += "!";
    show(*plan.grown);
  }
  for (const Occurrence& row : plan.fresh) show(row);
  return out + "=" + std::to_string(plan.added);
}

TEST(PlanMissedTest, ARangeIsTakenOnceHoweverItIsCut) {
  const auto range = [](std::int64_t number, std::int64_t count) {
    return *Row(OccurrenceKind::kMissed, number, count, static_cast<int>(number));
  };
  const Occurrence run = *Row(OccurrenceKind::kRun, 7, 1, 7);
  constexpr auto kAsleep = MissedReason::kAsleep;
  EXPECT_EQ(PlanOf(5, 5, kAsleep, {}), "5+5@5-9 =5");
  EXPECT_EQ(PlanOf(5, 1, kAsleep, {}), "5+1@5-5 =1");
  EXPECT_EQ(PlanOf(5, 5, kAsleep, {range(5, 5)}), "=0") << "a repeat";
  EXPECT_EQ(PlanOf(6, 2, kAsleep, {range(5, 5)}), "=0") << "a part of it";
  EXPECT_EQ(PlanOf(5, 5, kAsleep, {range(5, 3)}), "!5+5@5-9 =2") << "merged with what came behind it";
  EXPECT_EQ(PlanOf(6, 5, kAsleep, {range(5, 3)}), "!5+6@5-10 =3");
  EXPECT_EQ(PlanOf(5, 5, MissedReason::kLate, {range(5, 3)}), "8+2@7-9 =2") << "for another reason";
  EXPECT_EQ(PlanOf(5, 5, kAsleep, {run}), "5+2@5-7 8+2@7-9 =4") << "against its own word: the run stays";
  EXPECT_EQ(PlanOf(7, 1, kAsleep, {run}), "=0");
  EXPECT_EQ(PlanOf(7, 2, kAsleep, {run}), "8+1@8-8 =1");
  EXPECT_EQ(PlanOf(5, 9, kAsleep, {range(6, 1), run, range(9, 1)}), "5+1@5-5 8+1@9-9 10+4@9-13 =6");
}

}  // namespace
}  // namespace assist::server::model
