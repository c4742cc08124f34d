#include "server/model/status.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace assist::server::model {
namespace {

std::string_view ByTheTableOf82(const StateCounts& counts) {
  // openapi.md, 8.2, line by line, written over the set of states.
  std::set<TaskState> all;
  for (const TaskState state : kAllTaskStates) {
    if (counts.of(state) > 0) all.insert(state);
  }
  const auto any = [&](TaskState state) { return all.contains(state); };
  if (any(TaskState::kPending)) return "Pending";
  if (any(TaskState::kScheduled)) return "Scheduled";
  if (any(TaskState::kRunning)) return "Running";
  if (any(TaskState::kStopping)) return "Stopping";
  bool all_stopped = true;
  for (const TaskState state : all) {
    all_stopped = all_stopped && (state == TaskState::kCancelled || state == TaskState::kTerminated);
  }
  if (all_stopped) return "Stopped";
  bool bad = false;
  for (const TaskState state :
       {TaskState::kInvalid, TaskState::kAborted, TaskState::kFailed, TaskState::kTimeout, TaskState::kError}) {
    bad = bad || any(state);
  }
  if (any(TaskState::kSuccess) && !bad) return "Success";
  if (any(TaskState::kSuccess)) return "PartialFailed";
  return "Failed";
}

std::string_view ByTheTextOf83(const StateCounts& counts) {
  std::set<std::string_view> kinds;
  const auto are = [&](std::string_view kind, std::initializer_list<TaskState> states) {
    for (const TaskState state : states) {
      if (counts.of(state) > 0) kinds.insert(kind);
    }
  };
  are("Running", {TaskState::kPending, TaskState::kScheduled, TaskState::kRunning});
  are("Stopping", {TaskState::kStopping});
  are("Finished", {TaskState::kSuccess, TaskState::kFailed});
  are("Failed", {TaskState::kTimeout, TaskState::kError, TaskState::kInvalid, TaskState::kAborted});
  are("Stopped", {TaskState::kCancelled, TaskState::kTerminated});
  const auto only = [&](std::set<std::string_view> allowed) {
    for (const auto kind : kinds) {
      if (!allowed.contains(kind)) return false;
    }
    return true;
  };
  if (kinds.contains("Running")) return "Running";
  if (kinds.contains("Stopping")) return "Stopping";
  if (only({"Stopped"})) return "Stopped";
  if (only({"Failed", "Stopped"})) return "Failed";
  if (only({"Finished", "Stopped"})) return "Finished";
  return "PartialFailed";
}

TEST(StatusTest, WholeStatusesFollowTheTablesForEveryMixOfUpToTwoInstancesAState) {
  std::vector<int> digits(kTaskStateCount, 0);
  int mixes = 0;
  for (;;) {
    StateCounts counts;
    for (std::size_t i = 0; i < kTaskStateCount; ++i) counts.Set(kAllTaskStates[i], digits[i]);
    if (counts.total() > 0) {
      ++mixes;
      ASSERT_EQ(Name(WholeInvokeStatus(counts)), ByTheTextOf83(counts));
      ASSERT_EQ(Name(WholeStatus(counts)), ByTheTableOf82(counts));
    }
    std::size_t i = 0;
    while (i < kTaskStateCount && ++digits[i] == 3) digits[i++] = 0;
    if (i == kTaskStateCount) break;
  }
  EXPECT_EQ(mixes, 531'440);
}

TEST(StatusTest, AnInvocationWithoutTasksIsPending) {
  EXPECT_EQ(WholeStatus({}), InvocationStatus::kPending);
  EXPECT_EQ(WholeInvokeStatus({}), InvokeStatus::kRunning);
}

TEST(StatusTest, OneInstanceHasTheOlderStatusOfTheTable) {
  const std::pair<TaskState, std::string_view> table[] = {
      {TaskState::kPending, "Running"},   {TaskState::kScheduled, "Running"}, {TaskState::kRunning, "Running"},
      {TaskState::kStopping, "Stopping"}, {TaskState::kSuccess, "Finished"},  {TaskState::kFailed, "Finished"},
      {TaskState::kTimeout, "Failed"},    {TaskState::kError, "Failed"},      {TaskState::kInvalid, "Failed"},
      {TaskState::kAborted, "Failed"},    {TaskState::kCancelled, "Stopped"}, {TaskState::kTerminated, "Stopped"},
  };
  for (const auto& [state, older] : table) EXPECT_EQ(Name(RecordStatus(state)), older) << Name(state);
  static_assert(std::size(table) == kTaskStateCount);
}

TEST(StatusTest, OpenCountsWhatIsNotFinal) {
  StateCounts counts;
  for (const TaskState state : kAllTaskStates) counts.Add(state, 1);
  EXPECT_EQ(counts.open(), 4);
  EXPECT_EQ(counts.total(), 12);
}

TEST(StatusTest, FilterMatchesTheOlderOrTheNewerWord) {
  StatusFilter filter;
  EXPECT_FALSE(StatusFilter::Parse("running", &filter));
  EXPECT_FALSE(StatusFilter::Parse("Timeout", &filter));
  ASSERT_TRUE(StatusFilter::Parse("Failed", &filter));
  EXPECT_TRUE(filter.Matches(TaskState::kFailed));
  EXPECT_TRUE(filter.Matches(TaskState::kTimeout));  // older word
  EXPECT_FALSE(filter.Matches(TaskState::kSuccess));
  EXPECT_TRUE(filter.Matches(InvocationStatus::kFailed, InvokeStatus::kFinished));
  EXPECT_TRUE(filter.Matches(InvocationStatus::kStopped, InvokeStatus::kFailed));
  EXPECT_FALSE(filter.Matches(InvocationStatus::kSuccess, InvokeStatus::kFinished));
  ASSERT_TRUE(StatusFilter::Parse("PartialFailed", &filter));
  for (const TaskState state : kAllTaskStates) EXPECT_FALSE(filter.Matches(state));
}

TEST(StatusTest, EveryErrorCodeHasNameAndText) {
  std::set<std::string_view> names;
  for (std::uint8_t code = 1; code <= kLastErrorCode; ++code) {
    EXPECT_FALSE(Name(static_cast<ErrorCode>(code)).empty());
    EXPECT_FALSE(ErrorInfo(static_cast<ErrorCode>(code)).empty());
    names.insert(Name(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names.size(), kLastErrorCode);
  EXPECT_EQ(Name(ErrorCode::kNone), "");
  EXPECT_EQ(ErrorInfo(ErrorCode::kExitCodeNonzero), "the command execution exit code is not zero");
}

}  // namespace
}  // namespace assist::server::model
