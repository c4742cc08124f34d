// Every word of the agent-protocol reference, 12.1 and 12.3, and what the API shows for it (openapi.md, 8.4).
#include "server/model/agent_errors.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "server/model/task_progress.h"

namespace assist::server::model {
namespace {

struct Shown {
  std::string_view word;
  std::string_view code;
  std::string_view info;
  std::string_view outcome;
};

constexpr std::string_view kException = "the command execution got an exception";
constexpr std::string_view kInterrupted = "the command execution has been interrupted";
constexpr std::string_view kNotApplicable = "the command is not applicable";

constexpr Shown kErrors[] = {
    {"-1", "ExecutionException", kException, "Final"},
    {"-2", "ExecutionException", kException, "Final"},
    {"-3", "ExecutionException", kException, "Final"},
    {"-4", "ExecutionException", kException, "Final"},
    {"-5", "ExecutionException", kException, "Final"},
    {"-6", "ExecutionException", kException, "Final"},
    {"-7", "ExecutionException", kException, "Final"},
    {"-8", "ExecutionException", kException, "Final"},
    {"-9", "ExecutionInterrupted", kInterrupted, "Unknown"},
    {"-10", "ExecutionException", kException, "Final"},
    {"-11", "ExecutionException", kException, "Final"},
    {"-12", "ExecutionException", kException, "Final"},
    {"-13", "ExecutionException", kException, "Final"},
    {"-14", "ExecutionException", kException, "Final"},
    {"-15", "ExecutionException", kException, "Final"},
    {"-16", "ExecutionException", kException, "Final"},
    {"-17", "ExecutionException", kException, "Final"},
    {"-18", "ExecutionException", kException, "Final"},
    {"-19", "ExecutionException", kException, "Final"},
    {"ContainerRuntimeInternalError", "ExecutionException", kException, "Final"},
    {"ContainerRuntimeTimeout", "ExecutionException", kException, "Final"},
    {"ExecutionInterrupted", "ExecutionInterrupted", kInterrupted, "Unknown"},
    {"", "ExecutionException", kException, "Final"},
};
constexpr std::string_view kOtherErrors[] = {"13", "2", "193", "0", "-20", "SomethingOfTomorrow", "-9 "};

constexpr Shown kParams[] = {
    {"TypeInvalid", "CommandNotApplicable", kNotApplicable, "Final"},
    {"type", "CommandNotApplicable", kNotApplicable, "Final"},
    {"CommandContentInvalid", "CommandNotApplicable", kNotApplicable, "Final"},
    {"UsernameOrPasswordInvalid", "AccountNotExists", "the specified account does not exists", "Final"},
    {"workingDirectory", "DirectoryNotExists", "the specified directory does not exists", "Final"},
    {"cron", "BadCronExpression", "the cron job expression is invalid", "Final"},
    {"InvalidEnvironmentParameter", "CommandNotApplicable", kNotApplicable, "Final"},
    {"RoleNameFailed", "CommandNotApplicable", kNotApplicable, "Final"},
    {"ParameterStoreNotAccessible", "CommandNotApplicable", kNotApplicable, "Final"},
    {"ParameterFailed", "CommandNotApplicable", kNotApplicable, "Final"},
    {"InvalidContainerId", "CommandNotApplicable", kNotApplicable, "Final"},
    {"InvalidContainerName", "CommandNotApplicable", kNotApplicable, "Final"},
    {"UnsupportedContainerRuntime", "CommandNotApplicable", kNotApplicable, "Final"},
    {"ContainerNameAndIdNotMatch", "CommandNotApplicable", kNotApplicable, "Final"},
    {"ContainerNameDuplicated", "CommandNotApplicable", kNotApplicable, "Final"},
    {"ContainerNotFound", "CommandNotApplicable", kNotApplicable, "Final"},
    {"ContainerStateAbnormal", "CommandNotApplicable", kNotApplicable, "Final"},
    {"ContainerConnectFailed", "CommandNotApplicable", kNotApplicable, "Final"},
    {"", "CommandNotApplicable", kNotApplicable, "Final"},
};
constexpr std::string_view kOtherParams[] = {"SomethingOfTomorrow", "WorkingDirectory", "Cron"};

TaskProgress After(const Report& report) {
  TaskProgress now;
  now.state = TaskState::kRunning;
  now.delivery = Delivery::kAccepted;
  return Apply(now, report, TaskTerms{}, SystemTime{std::chrono::seconds(1000)}).value_or(now);
}

void ExpectShown(const Report& report, TaskState state, const Shown& shown) {
  const TaskProgress progress = After(report);
  EXPECT_EQ(progress.state, state) << shown.word;
  EXPECT_EQ(Name(progress.error_code), shown.code) << shown.word;
  EXPECT_EQ(ErrorInfo(progress.error_code), shown.info) << shown.word;
  EXPECT_EQ(Name(progress.outcome), shown.outcome) << shown.word;
}

Report ErrorReport(std::string_view word) {
  Report report;
  report.kind = ReportKind::kError;
  report.err_code = std::string(word);
  return report;
}

Report InvalidReport(std::string_view word) {
  Report report;
  report.kind = ReportKind::kInvalid;
  report.param = std::string(word);
  return report;
}

TEST(AgentErrorsTest, EveryErrorCodeOfAnAgentIsShownAsTheApiSays) {
  for (const Shown& shown : kErrors) ExpectShown(ErrorReport(shown.word), TaskState::kError, shown);
}

TEST(AgentErrorsTest, AnErrnoAndAWordOfALaterVersionAreExceptions) {
  for (const std::string_view word : kOtherErrors) {
    ExpectShown(ErrorReport(word), TaskState::kError, {word, "ExecutionException", kException, "Final"});
  }
}

TEST(AgentErrorsTest, EveryParameterThatAnAgentRefusesIsShownAsTheApiSays) {
  for (const Shown& shown : kParams) ExpectShown(InvalidReport(shown.word), TaskState::kInvalid, shown);
}

TEST(AgentErrorsTest, AnUnknownParameterIsNotApplicable) {
  for (const std::string_view word : kOtherParams) {
    ExpectShown(InvalidReport(word), TaskState::kInvalid, {word, "CommandNotApplicable", kNotApplicable, "Final"});
  }
}

template <std::size_t N>
void ExpectSameWords(std::span<const AgentError> table, const Shown (&shown)[N]) {
  std::set<std::string_view> known;
  for (const AgentError& row : table) EXPECT_TRUE(known.insert(row.word).second) << "twice: " << row.word;
  std::set<std::string_view> tested;
  for (const Shown& row : shown) tested.insert(row.word);
  EXPECT_EQ(known, tested);
  EXPECT_TRUE(table.front().word.empty());
}

TEST(AgentErrorsTest, TheTablesHoldWhatIsTestedAndNothingElse) {
  ExpectSameWords(ErrorCodes(), kErrors);
  ExpectSameWords(InvalidParams(), kParams);
}

}  // namespace
}  // namespace assist::server::model
