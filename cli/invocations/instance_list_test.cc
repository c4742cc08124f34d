#include "cli/invocations/instance_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::ElementsAre;

InstancePage Page(std::string_view rows) {
  const std::string text =
      R"({"Invocation":{"TotalCount":9,"NextToken":"n","InvocationResults":{"InvocationResult":[)" + std::string(rows) +
      "]}}}";
  return ReadInstances(json::ParseObject(text).value()).value();
}

TEST(InstanceListTest, ARowTellsHowItStandsAndWhy) {
  const InstancePage page = Page(
      R"({"InstanceId":"mi-1","InvocationStatus":"Failed","ExitCode":3,"ErrorCode":"ExitCodeNonzero",
          "ErrorInfo":"the command execution exit code is not zero","Output":"YQ==","OutputOffset":0,"OutputSize":70,
          "StartTime":"2026-03-01T00:00:00Z","FinishedTime":"2026-03-01T00:00:05Z"},
         {"InstanceId":"mi-2","InvocationStatus":"Invalid","ErrorCode":"AccountNotExists","ErrorInfo":"no account",
          "ErrorDetail":"no user x","Output":""},
         {"InstanceId":"mi-3","InvocationStatus":"Error","Outcome":"Unknown","ErrorCode":"ExecutionInterrupted",
          "ErrorInfo":"interrupted","Output":""},
         {"InstanceId":"mi-4","InvocationStatus":"Pending","Delivery":"NotDelivered","Output":""},
         {"InstanceId":"mi-5","InvocationStatus":"Failed","ErrorCode":"BudgetExceeded","ExitCode":137,
          "ErrorInfo":"over its budget: MaxMemory is 1 MiB, used were 2 MiB",
          "ErrorDetail":"MaxMemory is 1 MiB, used were 2 MiB","Output":""})");
  EXPECT_EQ(page.next_token, "n");
  ASSERT_EQ(page.rows.size(), 5u);
  EXPECT_EQ(page.rows[0].status, "Failed");
  EXPECT_EQ(page.rows[0].exit_code, 3);
  EXPECT_EQ(page.rows[0].reason, "") << "the exit code says it";
  EXPECT_EQ(page.rows[0].output_size, 70);
  EXPECT_EQ(page.rows[0].raw.if_contains("Output"), nullptr);
  EXPECT_EQ(page.rows[1].reason, "no account (AccountNotExists): no user x");
  EXPECT_EQ(page.rows[4].reason, "over its budget: MaxMemory is 1 MiB, used were 2 MiB (BudgetExceeded)");
  EXPECT_EQ(page.rows[2].status, "Unknown");
  EXPECT_EQ(page.rows[2].reason, "interrupted (ExecutionInterrupted)");
  EXPECT_EQ(page.rows[3].delivery, "NotDelivered");
}

TEST(InstanceListTest, ThoseThatDidNotSucceedStandFirst) {
  InstancePage page = Page(R"({"InstanceId":"mi-10","InvocationStatus":"Success","Output":""},
                              {"InstanceId":"mi-2","InvocationStatus":"Success","Output":""},
                              {"InstanceId":"mi-3","InvocationStatus":"Running","Output":""},
                              {"InstanceId":"mi-4","InvocationStatus":"Timeout","Output":""})");
  SortInstances([](const std::string& id) { return id; }, page.rows);
  std::vector<std::string> ids;
  for (const InstanceRow& row : page.rows) ids.push_back(row.id);
  EXPECT_THAT(ids, ElementsAre("mi-4", "mi-3", "mi-2", "mi-10"));
}

TEST(InstanceListTest, AnAnswerThatIsNoneIsRefused) { EXPECT_FALSE(ReadInstances(json::ParseObject("{}").value())); }

}  // namespace
}  // namespace assist::cli
