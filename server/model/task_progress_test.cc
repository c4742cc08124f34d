#include "server/model/task_progress.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/base/random.h"
#include "server/model/open_questions.h"

namespace assist::server::model {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr SystemTime kNow = FromUnixMillis(1'700'000'000'000);
const TaskTerms kTerms{.timeout = seconds(60), .silence_margin = seconds(300), .repeatable = false};

Report Of(ReportKind kind, std::optional<std::int64_t> exit_code = std::nullopt) {
  Report report;
  report.kind = kind;
  report.exit_code = exit_code;
  if (kind != ReportKind::kError && kind != ReportKind::kInvalid) {
    report.start = kNow;
    report.end = kNow + seconds(5);
  }
  return report;
}
Report Accepted() {
  Report report;
  report.kind = ReportKind::kRunning;
  return report;
}

/// Applies in order; an event that changes nothing leaves things as they are.
TaskProgress After(const std::vector<TaskEvent>& events, const TaskTerms& terms = kTerms) {
  TaskProgress progress;
  for (const TaskEvent& event : events) {
    if (auto next = Apply(progress, event, terms, kNow + seconds(10))) progress = *next;
  }
  return progress;
}

TEST(TaskProgressTest, GoesFromPendingOverAcceptedAndRunningToSuccess) {
  TaskProgress task = After({Offered{7, 1}});
  EXPECT_EQ(task.state, TaskState::kPending);
  EXPECT_EQ(task.delivery, Delivery::kDelivered);
  EXPECT_EQ(task.delivery_number, 7);
  task = After({Offered{7, 1}, Accepted()});
  EXPECT_EQ(task.state, TaskState::kPending);
  EXPECT_EQ(task.delivery, Delivery::kAccepted);
  task = After({Offered{7, 1}, Accepted(), Of(ReportKind::kRunning)});
  EXPECT_EQ(task.state, TaskState::kRunning);
  EXPECT_EQ(task.start, kNow);
  task = After({Offered{7, 1}, Accepted(), Of(ReportKind::kRunning), Of(ReportKind::kFinish, 0)});
  EXPECT_EQ(task.state, TaskState::kSuccess);
  EXPECT_EQ(task.outcome, Outcome::kFinal);
  EXPECT_EQ(task.exit_code, 0);
  EXPECT_EQ(task.finish, kNow + seconds(5));
  EXPECT_FALSE(task.silent_after);
}

TEST(TaskProgressTest, AReportThatSaysNothingNewChangesNothing) {
  const TaskProgress task = After({Offered{1, 1}, Of(ReportKind::kRunning)});
  EXPECT_FALSE(Apply(task, Of(ReportKind::kRunning), kTerms, kNow + seconds(10)));
  const TaskProgress done = After({Of(ReportKind::kFinish, 3)});
  EXPECT_FALSE(Apply(done, Of(ReportKind::kFinish, 3), kTerms, kNow + seconds(99)));
  EXPECT_FALSE(Apply(done, Of(ReportKind::kFinish, 0), kTerms, kNow + seconds(99)));
}

TEST(TaskProgressTest, EachFinalReportHasItsStateAndErrorCode) {
  struct Case {
    Report report;
    TaskState state;
    Outcome outcome;
    ErrorCode code;
  };
  const auto invalid = [](std::string param) {
    Report report = Of(ReportKind::kInvalid);
    report.param = std::move(param);
    return report;
  };
  const auto error = [](std::string code) {
    Report report = Of(ReportKind::kError, 1);
    report.err_code = std::move(code);
    return report;
  };
  const Case cases[] = {
      {Of(ReportKind::kFinish, 0), TaskState::kSuccess, Outcome::kFinal, ErrorCode::kNone},
      {Of(ReportKind::kFinish, 1), TaskState::kFailed, Outcome::kFinal, ErrorCode::kExitCodeNonzero},
      {Of(ReportKind::kFinish, -1), TaskState::kFailed, Outcome::kFinal, ErrorCode::kExitCodeNonzero},
      {Of(ReportKind::kFinish), TaskState::kError, Outcome::kFinal, ErrorCode::kExecutionException},
      {Of(ReportKind::kTimeout, 1), TaskState::kTimeout, Outcome::kFinal, ErrorCode::kExecutionTimeout},
      {error("13"), TaskState::kError, Outcome::kFinal, ErrorCode::kExecutionException},
      {error("ContainerRuntimeTimeout"), TaskState::kError, Outcome::kFinal, ErrorCode::kExecutionException},
      {error("-9"), TaskState::kError, Outcome::kUnknownReported, ErrorCode::kExecutionInterrupted},
      {error("ExecutionInterrupted"), TaskState::kError, Outcome::kUnknownReported, ErrorCode::kExecutionInterrupted},
      {invalid("TypeInvalid"), TaskState::kInvalid, Outcome::kFinal, ErrorCode::kCommandNotApplicable},
      {invalid("CommandContentInvalid"), TaskState::kInvalid, Outcome::kFinal, ErrorCode::kCommandNotApplicable},
      {invalid("UsernameOrPasswordInvalid"), TaskState::kInvalid, Outcome::kFinal, ErrorCode::kAccountNotExists},
      {invalid("workingDirectory"), TaskState::kInvalid, Outcome::kFinal, ErrorCode::kDirectoryNotExists},
      {invalid("cron"), TaskState::kInvalid, Outcome::kFinal, ErrorCode::kBadCronExpression},
      {invalid("InvalidContainerId"), TaskState::kInvalid, Outcome::kFinal, ErrorCode::kCommandNotApplicable},
      {Of(ReportKind::kStopped, 0), TaskState::kTerminated, Outcome::kFinal, ErrorCode::kNone},
  };
  for (const Case& c : cases) {
    const TaskProgress task = After({Offered{1, 1}, c.report});
    EXPECT_EQ(task.state, c.state) << c.report.err_code << c.report.param;
    EXPECT_EQ(task.outcome, c.outcome) << c.report.err_code << c.report.param;
    EXPECT_EQ(task.error_code, c.code) << c.report.err_code << c.report.param;
    EXPECT_EQ(task.delivery, Delivery::kAccepted);
  }
}

TEST(TaskProgressTest, ATimeoutEndsAtStartPlusTimeout) {
  const TaskProgress task = After({Of(ReportKind::kTimeout, 1)});
  EXPECT_EQ(task.finish, kNow + seconds(60));
}

TEST(TaskProgressTest, AVerifiedTestEntryChangesNothing) {
  EXPECT_FALSE(Apply(TaskProgress{}, Of(ReportKind::kVerified), kTerms, kNow));
}

TEST(TaskProgressTest, StopCancelsWhatWasNotDeliveredAtOnce) {
  const TaskProgress task = After({StopAsked{}});
  EXPECT_EQ(task.state, TaskState::kCancelled);
  EXPECT_EQ(task.outcome, Outcome::kFinal);
  EXPECT_EQ(task.stop_asked, kNow + seconds(10));
}

TEST(TaskProgressTest, WhatEndedBecauseItHadNotGoneOutGivesWayToAnAgentThatHadItAllTheSame) {
  // Only a store that was restored from an older copy does not know that it went out.
  const TaskProgress cancelled = After({StopAsked{}});
  EXPECT_FALSE(IsClosed(cancelled));
  EXPECT_EQ(After({StopAsked{}, Of(ReportKind::kFinish, 0)}).state, TaskState::kSuccess);
  EXPECT_EQ(After({StopAsked{}, Of(ReportKind::kRunning)}).state, TaskState::kStopping) << "it is to be stopped";
  EXPECT_EQ(After({Halted{1, 0}, Of(ReportKind::kFinish, 1)}).state, TaskState::kFailed);
  EXPECT_FALSE(Apply(cancelled, TraceLost{}, kTerms, kNow)) << "and to nothing else";
  const TaskProgress ended = After({Offered{1, 1}, StopAsked{}, Of(ReportKind::kFinish, 0)});
  EXPECT_TRUE(IsClosed(ended));
  EXPECT_FALSE(Apply(ended, Of(ReportKind::kFinish, 1), kTerms, kNow));
}

TEST(TaskProgressTest, StopOfADeliveredTaskWaitsForTheAgent) {
  EXPECT_EQ(After({Offered{1, 1}, StopAsked{}}).state, TaskState::kStopping);
  EXPECT_EQ(After({Offered{1, 1}, Of(ReportKind::kRunning), StopAsked{}}).state, TaskState::kStopping);
  Report never_ran = Of(ReportKind::kStopped, 0);
  never_ran.start.reset();
  never_ran.end.reset();
  EXPECT_EQ(After({Offered{1, 1}, StopAsked{}, never_ran}).state, TaskState::kCancelled);
  EXPECT_EQ(After({Offered{1, 1}, Of(ReportKind::kRunning), StopAsked{}, never_ran}).state, TaskState::kTerminated);
  EXPECT_EQ(After({Offered{1, 1}, StopAsked{}, Of(ReportKind::kStopped, 0)}).state, TaskState::kTerminated);
}

TEST(TaskProgressTest, AProcessThatEndsBeforeTheStopReachesItKeepsItsResult) {
  const TaskProgress task = After({Offered{1, 1}, StopAsked{}, Of(ReportKind::kFinish, 0)});
  EXPECT_EQ(task.state, TaskState::kSuccess);
  EXPECT_TRUE(task.stop_asked);
}

TEST(TaskProgressTest, OutputAfterAStopLeavesItStopping) {
  const TaskProgress task = After({Offered{1, 1}, StopAsked{}, Of(ReportKind::kRunning)});
  EXPECT_EQ(task.state, TaskState::kStopping);
  EXPECT_EQ(task.start, kNow);
}

TEST(TaskProgressTest, ASecondStopChangesNothing) {
  const TaskProgress task = After({Offered{1, 1}, StopAsked{}});
  EXPECT_FALSE(Apply(task, StopAsked{}, kTerms, kNow + seconds(99)));
  const TaskProgress done = After({Of(ReportKind::kFinish, 0)});
  EXPECT_FALSE(Apply(done, StopAsked{}, kTerms, kNow + seconds(99)));
}

TEST(TaskProgressTest, ExpiredDeliveryIsPresumedAndOnlyForWhatNobodyAccepted) {
  TaskProgress task = After({DeliveryExpired{true}});
  EXPECT_EQ(task.state, TaskState::kAborted);
  EXPECT_EQ(task.outcome, Outcome::kPresumed);
  EXPECT_EQ(task.error_code, ErrorCode::kClientNotRunning);
  task = After({Offered{1, 1}, DeliveryExpired{false}});
  EXPECT_EQ(task.error_code, ErrorCode::kDeliveryTimeout);
  EXPECT_EQ(After({Offered{1, 1}, Accepted(), DeliveryExpired{}}).state, TaskState::kPending);
}

TEST(TaskProgressTest, WhatTheAgentReportsReplacesWhatWasPresumed) {
  const TaskProgress late = After({Offered{1, 1}, DeliveryExpired{}, Of(ReportKind::kFinish, 0)});
  EXPECT_EQ(late.state, TaskState::kSuccess);
  EXPECT_EQ(late.outcome, Outcome::kFinal);
  EXPECT_EQ(late.error_code, ErrorCode::kNone);
  const TaskProgress alive = After({Offered{1, 1}, DeliveryExpired{}, Of(ReportKind::kRunning)});
  EXPECT_EQ(alive.state, TaskState::kRunning);
  EXPECT_EQ(alive.outcome, Outcome::kNone);
  EXPECT_FALSE(alive.finish);
  EXPECT_TRUE(alive.silent_after);
  const TaskProgress stopping = After({Offered{1, 1}, StopAsked{}, DeliveryExpired{}, Of(ReportKind::kRunning)});
  EXPECT_EQ(stopping.state, TaskState::kStopping);
}

TEST(TaskProgressTest, SilenceIsMeasuredFromTheLastSign) {
  TaskProgress task = After({Offered{1, 1}, Accepted()});
  EXPECT_EQ(task.silent_after, kNow + seconds(10 + 60 + 300));
  EXPECT_FALSE(Apply(task, FellSilent{}, kTerms, kNow + seconds(369)));
  const auto lost = Apply(task, FellSilent{}, kTerms, kNow + seconds(370));
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->state, TaskState::kAborted);
  EXPECT_EQ(lost->error_code, ErrorCode::kClientNotResponse);
  EXPECT_EQ(lost->outcome, Outcome::kPresumed);
  const auto waits = Apply(task, FellSilent{.alive = true}, kTerms, kNow + seconds(370));
  ASSERT_TRUE(waits);
  EXPECT_EQ(waits->state, TaskState::kPending);
  EXPECT_EQ(waits->silent_after, kNow + seconds(670));
  EXPECT_EQ(waits->agent_run, kAsked);
  const auto answered = Apply(*waits, Accepted(), kTerms, kNow + seconds(371));
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->agent_run, 0);
  EXPECT_EQ(answered->silent_after, kNow + seconds(671));

  task = After({Offered{1, 1}, Of(ReportKind::kRunning)});
  const auto interrupted = Apply(task, FellSilent{}, kTerms, kNow + hours(1));
  ASSERT_TRUE(interrupted);
  EXPECT_EQ(interrupted->state, TaskState::kError);
  EXPECT_EQ(interrupted->error_code, ErrorCode::kExecutionInterrupted);
  // Output long after the start moves it on.
  const auto output = Apply(task, Of(ReportKind::kRunning), kTerms, kNow + seconds(200));
  ASSERT_TRUE(output);
  EXPECT_EQ(output->silent_after, kNow + seconds(500));
}

TEST(TaskProgressTest, ALostTraceMakesItUnknownUnlessItMayStartTwice) {
  TaskProgress task = After({Offered{1, 1}, TraceLost{}});
  EXPECT_EQ(task.state, TaskState::kError);
  EXPECT_EQ(task.outcome, Outcome::kUnknown);
  EXPECT_EQ(task.error_code, ErrorCode::kExecutionInterrupted);
  TaskTerms repeatable = kTerms;
  repeatable.repeatable = true;
  task = After({Offered{1, 1}, TraceLost{}}, repeatable);
  EXPECT_EQ(task.state, TaskState::kPending);
  EXPECT_EQ(task.delivery, Delivery::kNotDelivered);
  EXPECT_EQ(task.delivery_number, 1);
  EXPECT_EQ(After({Offered{1, 1}, Of(ReportKind::kRunning), TraceLost{}}, repeatable).outcome, Outcome::kUnknown);
  EXPECT_EQ(After({Offered{1, 1}, StopAsked{}, TraceLost{}}, repeatable).outcome, Outcome::kUnknown);
}

TEST(TaskProgressTest, WhatTheAgentItselfDoesNotKnowIsReplacedOnlyByADefiniteEnd) {
  Report unknown = Of(ReportKind::kError, 1);
  unknown.err_code = std::string(kErrCodeUnknown);
  EXPECT_EQ(After({Offered{1, 1}, unknown, Of(ReportKind::kRunning)}).outcome, Outcome::kUnknownReported);
  EXPECT_EQ(After({Offered{1, 1}, unknown, Of(ReportKind::kFinish, 0)}).state, TaskState::kSuccess);
}

TEST(TaskProgressTest, AReleasedMachineLeavesNothingOpen) {
  EXPECT_EQ(After({MachineReleased{}}).error_code, ErrorCode::kInstanceReleased);
  EXPECT_EQ(After({MachineReleased{}}).outcome, Outcome::kFinal);
  EXPECT_EQ(After({Offered{1, 1}, MachineReleased{}}).outcome, Outcome::kUnknown);
}

TEST(TaskProgressTest, OnlyPendingTasksAreOffered) {
  const TaskProgress again = After({Offered{3, 1}, Offered{9, 1}});
  EXPECT_EQ(again.delivery_number, 3);
  EXPECT_EQ(again.offers, 2);
  EXPECT_EQ(After({Offered{3, 1}, Accepted(), Offered{9, 1}}).offers, 1);
  EXPECT_EQ(After({Offered{3, 1}, StopAsked{}, Offered{9, 1}}).offers, 1);
  EXPECT_EQ(After({DeliveryExpired{}, Offered{9, 1}}).offers, 0);
}

TEST(TaskProgressTest, WhatAgentsSayForPeopleIsBoundedAndWellFormed) {
  Report report = Of(ReportKind::kError, 1);
  report.err_code = "1";
  report.err_desc = "bad \xff\xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \x01 caf\xc3\xa9 \xe6\xb1\x89";
  EXPECT_EQ(After({report}).error_detail, "bad ??? ??? ???? ? caf\xc3\xa9 \xe6\xb1\x89");
  report.err_desc = std::string(2000, 'x') + "y";
  EXPECT_EQ(After({report}).error_detail.size(), kMaxErrorDetail);
  report.err_desc = "ends in the middle \xe6\xb1";
  EXPECT_EQ(After({report}).error_detail, "ends in the middle ??");
}

TEST(TaskProgressTest, TimesOfAgentsStayPrintable) {
  Report report = Of(ReportKind::kFinish, 0);
  report.start = SystemTime(std::chrono::microseconds(-5));
  report.end = SystemTime::max();
  const TaskProgress task = After({report});
  EXPECT_EQ(task.start, SystemTime{});
  EXPECT_EQ(FormatIso8601(*task.finish), "9999-12-31T23:59:59Z");
}

TaskEvent RandomEvent(Random& random) {
  switch (random.Below(15)) {
    case 0:
      return Offered{static_cast<std::int64_t>(1 + random.Below(9)), 1};
    case 1:
      return StopAsked{};
    case 2:
      return DeliveryExpired{random.Below(2) == 0};
    case 3:
      return FellSilent{random.Below(4) == 0};
    case 4:
      return TraceLost{};
    case 5:
      return MachineReleased{};
    case 6:
      return Accepted();
    case 7:
      return Of(ReportKind::kRunning);
    case 8:
      return Of(ReportKind::kFinish, static_cast<std::int64_t>(random.Below(2)));
    case 9:
      return Of(ReportKind::kTimeout, 1);
    case 10:
      return Of(ReportKind::kStopped, 0);
    case 11:
      return Of(ReportKind::kInvalid);
    case 12:
      return Of(ReportKind::kVerified);
    case 13:
      return EndDoubted{};
    default: {
      Report report = Of(ReportKind::kError, 1);
      report.err_code = random.Below(2) == 0 ? "-9" : "13";
      return report;
    }
  }
}

TEST(TaskProgressTest, RandomEventsLeaveAFinalStateOnlyFromPresumedOrUnknownByAReport) {
  SeededRandom random(20'240'517);
  int replaced = 0;
  for (int run = 0; run < 50'000; ++run) {
    TaskTerms terms = kTerms;
    terms.repeatable = random.Below(4) == 0;
    TaskProgress task;
    SystemTime at = kNow;
    for (int step = 0; step < 12; ++step) {
      at += seconds(random.Below(600));
      const TaskEvent event = RandomEvent(random);
      const auto next = Apply(task, event, terms, at);
      if (!next) continue;
      ASSERT_FALSE(IsClosed(task)) << "left a final state";
      if (IsFinal(task.state)) {
        const bool doubted = std::holds_alternative<EndDoubted>(event) && task.delivery == Delivery::kNotDelivered &&
                             task.outcome == Outcome::kFinal && next->outcome == Outcome::kUnknown;
        ASSERT_TRUE(doubted || std::holds_alternative<Report>(event)) << "the server alone changed its mind";
        ++replaced;
        ASSERT_TRUE(task.outcome != Outcome::kUnknownReported || IsFinal(next->state));
      }
      // Invariants of every state.
      ASSERT_EQ(IsFinal(next->state), next->outcome != Outcome::kNone);
      ASSERT_EQ(IsFinal(next->state), next->finish.has_value());
      ASSERT_FALSE(IsFinal(next->state) && next->silent_after);
      ASSERT_TRUE(IsFinal(next->state) || next->delivery != Delivery::kAccepted || next->silent_after);
      ASSERT_TRUE(next->state != TaskState::kRunning || next->start);
      ASSERT_TRUE(next->state != TaskState::kStopping || next->stop_asked);
      ASSERT_EQ(next->updated, at);
      task = *next;
    }
  }
  EXPECT_GT(replaced, 1'000);
}

}  // namespace
}  // namespace assist::server::model
