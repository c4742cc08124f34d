#include "cli/run/result_page.h"

#include <gtest/gtest.h>

namespace assist::cli {
namespace {

std::string Body(const std::string& row) {
  return R"({"RequestId":"R","Invocation":{"PageNumber":1,"PageSize":10,"TotalCount":1,"NextToken":"",)"
         R"("InvocationResults":{"InvocationResult":[)" +
         row + "]}}}";
}

MachineState StateOf(const std::string& status, const std::string& more = "") {
  const auto page = ParseResultPage(Body(R"({"InstanceId":"i","InvocationStatus":")" + status + "\"" + more + "}"));
  EXPECT_TRUE(page) << page.error().detail;
  return page ? page->rows[0].state : MachineState::kWaiting;
}

TEST(ResultPageTest, TheSampleOfTheReferenceIsRead) {
  const auto page = ParseResultPage(Body(
      R"({"InvokeId":"t-1","CommandId":"c-1","InstanceId":"i-1","InvocationStatus":"Failed","InvokeRecordStatus":"Finished",)"
      R"("ExitCode":1,"Output":"MTIzCg==","Dropped":7,"Repeats":1,"ErrorCode":"ExitCodeNonzero","ErrorInfo":"not zero"})"));
  ASSERT_TRUE(page) << page.error().detail;
  EXPECT_EQ(page->total, 1);
  ASSERT_EQ(page->rows.size(), 1u);
  const ResultRow& row = page->rows[0];
  EXPECT_EQ(row.instance_id, "i-1");
  EXPECT_EQ(row.state, MachineState::kFailed);
  EXPECT_EQ(row.exit_code, 1);
  EXPECT_EQ(row.output, "123\n");
  EXPECT_EQ(row.dropped, 7);
  EXPECT_EQ(row.error_code, "ExitCodeNonzero");
  EXPECT_EQ(row.error_info, "not zero");
  EXPECT_FALSE(row.output_offset);
  EXPECT_FALSE(row.output_size);
}

TEST(ResultPageTest, ExtensionsOfOurServerAreRead) {
  const auto page = ParseResultPage(
      Body(R"({"InstanceId":"i","InvocationStatus":"Running","Output":"YQ==","OutputOffset":5,"OutputSize":9})"));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->rows[0].output_offset, 5);
  EXPECT_EQ(page->rows[0].output_size, 9);
}

TEST(ResultPageTest, EveryStatusOfTheReferenceHasItsState) {
  EXPECT_EQ(StateOf("Pending"), MachineState::kWaiting);
  EXPECT_EQ(StateOf("Scheduled"), MachineState::kWaiting);
  EXPECT_EQ(StateOf("Running"), MachineState::kRunning);
  EXPECT_EQ(StateOf("Stopping"), MachineState::kRunning);
  EXPECT_EQ(StateOf("Success"), MachineState::kSucceeded);
  EXPECT_EQ(StateOf("Failed"), MachineState::kFailed);
  EXPECT_EQ(StateOf("Timeout"), MachineState::kTimedOut);
  EXPECT_EQ(StateOf("Error"), MachineState::kError);
  EXPECT_EQ(StateOf("Error", R"(,"Outcome":"Unknown")"), MachineState::kUnknown);
  EXPECT_EQ(StateOf("Invalid"), MachineState::kRefused);
  EXPECT_EQ(StateOf("Aborted"), MachineState::kNotDelivered);
  EXPECT_EQ(StateOf("Cancelled"), MachineState::kStopped);
  EXPECT_EQ(StateOf("Terminated"), MachineState::kStopped);
}

TEST(ResultPageTest, AnswersOfAnotherFormAreRefused) {
  EXPECT_FALSE(ParseResultPage("{"));
  EXPECT_FALSE(ParseResultPage(R"({"RequestId":"R"})"));
  EXPECT_FALSE(ParseResultPage(Body(R"({"InstanceId":"i","InvocationStatus":"Resting"})")));
  EXPECT_FALSE(ParseResultPage(Body(R"({"InstanceId":"i"})")));
  EXPECT_FALSE(ParseResultPage(Body(R"({"InstanceId":"i","InvocationStatus":"Running","Output":"*"})")));
  EXPECT_FALSE(ParseResultPage(Body(R"({"InstanceId":"i","InvocationStatus":"Running","ExitCode":"x"})")));
}

}  // namespace
}  // namespace assist::cli
