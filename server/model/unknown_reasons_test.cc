// No outcome is unknown without its reason, whatever leads to it.
#include "server/model/unknown_reasons.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "server/model/schedule_progress.h"
#include "server/model/task_progress.h"

namespace assist::server::model {
namespace {

const SystemTime kNow{std::chrono::seconds(1'800'000'000)};

TaskProgress After(const std::vector<TaskEvent>& events, const TaskTerms& terms = {}) {
  TaskProgress task;
  for (const TaskEvent& event : events) {
    if (auto next = Apply(task, event, terms, kNow)) task = std::move(*next);
  }
  return task;
}

Report ErrorReport(std::string code, std::string description) {
  Report report;
  report.kind = ReportKind::kError;
  report.err_code = std::move(code);
  report.err_desc = std::move(description);
  return report;
}

TEST(UnknownReasonsTest, EachWayToUnknownSaysItsOwn) {
  TaskTerms repeatable;
  repeatable.repeatable = true;
  Report file;
  file.kind = ReportKind::kInvalid;
  file.file.emplace();
  file.param = "FileExist";
  file.value = "a.txt";
  const Report damaged = ErrorReport("ExecutionInterrupted", "ExecutionInterrupted: the machine was restarted");
  const std::vector<std::pair<TaskProgress, std::string>> unknown = {
      {After({Offered{1, 1}, TraceLost{unknown::kAgentRestarted}}), std::string(unknown::kAgentRestarted)},
      {After({Offered{1, 1}, TraceLost{unknown::kJournalLost}}), std::string(unknown::kJournalLost)},
      {After({TraceLost{unknown::kStoreRestored}}), std::string(unknown::kStoreRestored)},
      {After({Offered{1, 1}, TraceLost{unknown::kMachineMoved}}), std::string(unknown::kMachineMoved)},
      {After({Offered{1, 1}, TraceLost{unknown::kTooManyRuns}}), std::string(unknown::kTooManyRuns)},
      {After({Offered{1, 1}, MachineReleased{}}), std::string(unknown::kDeregistered)},
      {After({Offered{1, 1}, damaged}), "ExecutionInterrupted: the machine was restarted"},
      {After({Offered{1, 1}, ErrorReport("-9", "ScriptFileExisted")}),
       std::string(unknown::kHandedOutTwice) + ": ScriptFileExisted"},
      {After({Offered{1, 1}, ErrorReport("-9", "")}), std::string(unknown::kHandedOutTwice) + ": -9"},
      {After({Offered{1, 1}, Offered{1, 1}, file}, repeatable), std::string(unknown::kFileThereAlready) + ": a.txt"},
  };
  std::set<std::string> reasons;
  for (const auto& [task, reason] : unknown) {
    EXPECT_EQ(Name(task.outcome), "Unknown") << reason;
    EXPECT_EQ(task.error_code, ErrorCode::kExecutionInterrupted) << reason;
    EXPECT_EQ(task.error_detail, reason);
    EXPECT_TRUE(reasons.insert(task.error_detail).second) << reason;
  }
}

TEST(UnknownReasonsTest, OfAScheduleTheSame) {
  Standing standing;
  StandingTerms terms;
  standing = *Apply(standing, ScheduleOffered{1, 1}, terms, kNow);
  standing = *Apply(standing, MachineReleased{}, terms, kNow);
  EXPECT_EQ(standing.task.outcome, Outcome::kUnknown);
  EXPECT_EQ(standing.task.error_detail, unknown::kDeregistered);
}

TEST(UnknownReasonsTest, WhatTheAgentSaysLaterTakesTheReasonAway) {
  Report last;
  last.kind = ReportKind::kFinish;
  last.exit_code = 0;
  const TaskProgress task = After({Offered{1, 1}, TraceLost{unknown::kJournalLost}, last});
  EXPECT_EQ(task.state, TaskState::kSuccess);
  EXPECT_EQ(task.error_detail, "");
}

}  // namespace
}  // namespace assist::server::model
