#include "agent/task_engine/outcome.h"

#include <gtest/gtest.h>

#include <tuple>
#include <vector>

#include "agent/journal/journal.h"

namespace assist::agent::task_engine {
namespace {

using supervisor::ExitKind;
using supervisor::ExitRecord;
using supervisor::Head;
using supervisor::StartMark;

StartMark Mark() { return {"boot-1", FromUnixMillis(1000), SteadyTime{}}; }

Head Fresh() { return {}; }
Head Marked() {
  Head head;
  head.start = Mark();
  return head;
}
Head Sealed() {
  Head head = Marked();
  head.exit = ExitRecord{};
  return head;
}
Head Damaged() {
  Head head;
  head.damaged = true;
  return head;
}

TEST(JudgeTest, AnExitRecordIsTheEndWhateverElseIsTrue) {
  for (const bool held : {false, true}) {
    for (const char* boot : {"", "boot-1", "boot-0"})
      EXPECT_EQ(Judge(boot, "boot-1", held, Sealed()), Standing::kEnded);
  }
}

TEST(JudgeTest, WhoHoldsTheLockIsRunning) {
  for (const Head& head : {Fresh(), Marked(), Damaged()}) {
    EXPECT_EQ(Judge("boot-1", "boot-1", true, head), Standing::kRunning);
  }
}

TEST(JudgeTest, AStartMarkWithoutLockAndExitIsUnknownAndNeverStartedAgain) {
  for (const char* boot : {"", "boot-1", "boot-0"}) {
    EXPECT_EQ(Judge(boot, "boot-1", false, Marked()), Standing::kUnknown);
    EXPECT_EQ(Judge(boot, "boot-1", false, Damaged()), Standing::kUnknown);
  }
}

TEST(JudgeTest, WithoutAStartMarkOnlyTheSameBootMayStart) {
  EXPECT_EQ(Judge("boot-1", "boot-1", false, Fresh()), Standing::kNeverStarted);
  EXPECT_EQ(Judge("boot-0", "boot-1", false, Fresh()), Standing::kUnknown) << "the mark may be lost with the power";
  EXPECT_EQ(Judge("", "boot-1", false, Fresh()), Standing::kNeverStarted) << "its turn had never come";
}

ExitRecord Exit(ExitKind kind, int code);

TEST(OutcomeTest, AnExceededBudgetIsToldBesideTheEndAndSurvivesTheJournal) {
  ExitRecord exit = Exit(ExitKind::kSignalled, 9);
  exit.exceeded = supervisor::Exceeded{supervisor::Budget::kProcesses, 5, 6};
  Outcome outcome = Ended(Mark(), exit);
  for (int journaled = 0; journaled < 2; ++journaled) {
    EXPECT_EQ(outcome.kind, wire::ReportKind::kFinish);
    EXPECT_EQ(outcome.exit_code, 137);
    EXPECT_EQ(outcome.err_code, "BudgetExceeded");
    EXPECT_EQ(outcome.err_desc, "MaxProcesses is 5, there were 6");
    outcome = DecodeOutcome(EncodeOutcome(outcome));
  }
  exit.kind = ExitKind::kExited;
  exit.code = 0;
  EXPECT_EQ(Ended(Mark(), exit).exit_code, 0);
  EXPECT_EQ(Ended(Mark(), exit).err_code, "BudgetExceeded");
}

ExitRecord Exit(ExitKind kind, int code) {
  ExitRecord exit;
  exit.kind = kind;
  exit.code = code;
  exit.message = "why";
  exit.end = FromUnixMillis(3000);
  exit.dropped_bytes = 5;
  return exit;
}

TEST(OutcomeTest, EveryEndHasItsReport) {
  const Outcome finish = Ended(Mark(), Exit(ExitKind::kExited, 7));
  EXPECT_EQ(finish.kind, wire::ReportKind::kFinish);
  EXPECT_EQ(finish.exit_code, 7);
  EXPECT_EQ(finish.start, FromUnixMillis(1000));
  EXPECT_EQ(finish.end, FromUnixMillis(3000));
  EXPECT_EQ(finish.dropped, 5u);
  const Outcome signal = Ended(Mark(), Exit(ExitKind::kSignalled, 9));
  EXPECT_EQ(signal.kind, wire::ReportKind::kFinish);
  EXPECT_EQ(signal.exit_code, 137) << "as a shell around it would say";
  const Outcome timeout = Ended(Mark(), Exit(ExitKind::kTimeout, 0));
  EXPECT_EQ(timeout.kind, wire::ReportKind::kTimeout);
  EXPECT_EQ(timeout.exit_code, 1);
  const Outcome stopped = Ended(Mark(), Exit(ExitKind::kStopped, 0));
  EXPECT_EQ(stopped.kind, wire::ReportKind::kStopped);
  EXPECT_EQ(stopped.result, "killed");
  EXPECT_EQ(stopped.end, FromUnixMillis(3000));
}

TEST(OutcomeTest, AStartThatFailedHasItsErrnoInNumberAndWord) {
  const Outcome denied = Ended(Mark(), Exit(ExitKind::kStartFailed, 13));
  EXPECT_EQ(denied.kind, wire::ReportKind::kError);
  EXPECT_EQ(denied.err_code, "13");
  EXPECT_EQ(denied.err_desc, "ExecuteScriptFailed.PermissionDenied: why");
  EXPECT_EQ(denied.start, SystemTime{}) << "it never ran";
  EXPECT_EQ(denied.end, SystemTime{});
  EXPECT_EQ(Ended(Mark(), Exit(ExitKind::kStartFailed, 0)).err_code, "-7");
  EXPECT_EQ(Ended(Mark(), Exit(ExitKind::kStartFailed, 9999)).err_desc, "ExecuteScriptFailed: why");
}

TEST(OutcomeTest, AClockThatWentBackDoesNotEndATaskBeforeItsStart) {
  ExitRecord exit = Exit(ExitKind::kExited, 0);
  exit.end = FromUnixMillis(10);
  EXPECT_EQ(Ended(Mark(), exit).end, FromUnixMillis(1000));
}

TEST(OutcomeTest, DescriptionsAreCutAt255BytesBetweenCharacters) {
  EXPECT_EQ(CouldNotStart("-7", "W", std::string(300, 'x')).err_desc.size(), 255u);
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "\xC3\xA4";
  const std::string cut = Invalid("p", umlauts).value;
  EXPECT_EQ(cut.size(), 254u);
  EXPECT_EQ(cut.substr(252), "\xC3\xA4");
}

TEST(OutcomeTest, WhatIsNotKnownIsCalledSo) {
  const StartMark mark = Mark();
  const Outcome unknown = Interrupted(&mark, "because");
  EXPECT_EQ(unknown.kind, wire::ReportKind::kError);
  EXPECT_EQ(unknown.err_code, "ExecutionInterrupted");
  EXPECT_EQ(unknown.err_desc, "ExecutionInterrupted: because");
  EXPECT_EQ(unknown.start, FromUnixMillis(1000));
}

TEST(OutcomeTest, WhateverIsUnknownHasAReasonOfItsOwn) {
  supervisor::Head nothing;
  supervisor::Head damaged;
  damaged.damaged = true;
  supervisor::Head now;
  now.start = supervisor::StartMark{"boot-2", {}, {}};
  supervisor::Head before;
  before.start = supervisor::StartMark{"boot-1", {}, {}};
  const std::vector<std::tuple<std::string_view, supervisor::Head, std::string_view>> cases = {
      {"boot-2", damaged, "the beginning of its spool cannot be read"},
      {"boot-2", now, "its supervisor ended without noting the end"},
      {"boot-1", before, "the machine was restarted while it was running"},
      {"boot-1", nothing, "the machine was restarted when it was about to be started"},
      {journal::kLostBoot, nothing, "the agent's journal lost it"},
      {journal::kLostBoot, before, "the machine was restarted while it was running"},
      {journal::kDamagedBoot, nothing, "the agent's journal was damaged"}};
  for (const auto& [boot, head, reason] : cases) {
    EXPECT_EQ(Judge(boot, "boot-2", false, head), Standing::kUnknown) << reason;
    EXPECT_TRUE(WhyUnknown(boot, "boot-2", head).starts_with(reason)) << WhyUnknown(boot, "boot-2", head);
  }
}

}  // namespace
}  // namespace assist::agent::task_engine
