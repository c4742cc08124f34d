// MaxCpuTime, MaxMemory, MaxProcesses and MaxOutput (extensions) through the whole API.
#include <gtest/gtest.h>

#include "server/openapi/fake_api.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;

class BudgetsApiTest : public testing::Test {
 protected:
  FakeApi::Reply Run(const FormFields& more) {
    FormFields fields = {{"Type", "RunShellScript"}, {"CommandContent", "true"}, {"InstanceId.1", machine_.str()}};
    fields.insert(fields.end(), more.begin(), more.end());
    return api_.Call("RunCommand", fields);
  }

  FakeApi api_;
  const InstanceId machine_ = api_.Register("a");
};

TEST_F(BudgetsApiTest, TheyAreShownAsTheyWereGivenAndOnlyThose) {
  const auto all = Run({{"MaxCpuTime", "30"}, {"MaxMemory", "512"}, {"MaxProcesses", "50"}, {"MaxOutput", "10240"}});
  ASSERT_EQ(all.code(), "OK") << all.text;
  const auto one = Run({{"MaxMemory", "1"}});
  const std::string row = "Invocations.Invocation.0.";
  auto list = api_.Call("DescribeInvocations", {{"InvokeId", all.text_at("InvokeId")}});
  EXPECT_EQ(list.number_at(row + "MaxCpuTime"), 30);
  EXPECT_EQ(list.number_at(row + "MaxMemory"), 512);
  EXPECT_EQ(list.number_at(row + "MaxProcesses"), 50);
  EXPECT_EQ(list.number_at(row + "MaxOutput"), 10'240);
  list = api_.Call("DescribeInvocations", {{"InvokeId", one.text_at("InvokeId")}});
  EXPECT_EQ(list.number_at(row + "MaxMemory"), 1);
  for (const char* none : {"MaxCpuTime", "MaxProcesses", "MaxOutput"}) EXPECT_FALSE(list.has(row + none)) << none;
}

TEST_F(BudgetsApiTest, SchedulesAndStoredCommandsTakeThemToo) {
  const auto command =
      api_.Call("CreateCommand", {{"Name", "c"}, {"Type", "RunShellScript"}, {"CommandContent", "eA=="}});
  const auto started = api_.Call("InvokeCommand", {{"CommandId", command.text_at("CommandId")},
                                                   {"InstanceId.1", machine_.str()},
                                                   {"Frequency", "0 0 * * * *"},
                                                   {"MaxProcesses", "7"}});
  ASSERT_EQ(started.code(), "OK") << started.text;
  const auto list = api_.Call("DescribeInvocations", {{"InvokeId", started.text_at("InvokeId")}});
  EXPECT_EQ(list.number_at("Invocations.Invocation.0.MaxProcesses"), 7);
}

TEST_F(BudgetsApiTest, WhatIsOutOfRangeIsRefusedAlsoInADryRun) {
  for (const char* dry : {"Once", "DryRun"}) {
    for (const char* name : {"MaxCpuTime", "MaxMemory", "MaxProcesses", "MaxOutput"}) {
      for (const char* wrong : {"0", "-1", "1.5", "512M", "many", "99999999999999999999", "9223372036854775807"}) {
        const auto reply = Run({{name, wrong}, {"RepeatMode", dry}});
        EXPECT_EQ(reply.status, 400) << name << "=" << wrong;
        EXPECT_EQ(reply.code(), "Invalid" + std::string(name)) << wrong;
      }
      EXPECT_EQ(Run({{name, "1"}, {"RepeatMode", "DryRun"}}).code(), "OK") << name;
    }
  }
  EXPECT_EQ(Run({{"MaxCpuTime", "31622400"},
                 {"MaxMemory", "16777216"},
                 {"MaxProcesses", "4194304"},
                 {"MaxOutput", "1073741824"},
                 {"RepeatMode", "DryRun"}})
                .code(),
            "OK");
  EXPECT_EQ(api_.Call("DescribeInvocations").number_at("TotalCount"), 0);
}

TEST_F(BudgetsApiTest, InAContainerOnlyOutputHasABudget) {
  for (const char* name : {"MaxCpuTime", "MaxMemory", "MaxProcesses"}) {
    const auto reply = Run({{name, "100"}, {"ContainerName", "web"}});
    EXPECT_EQ(reply.code(), "Operation.Forbidden") << name;
    EXPECT_NE(reply.text.find("In a container only MaxOutput is kept"), std::string::npos) << reply.text;
  }
  EXPECT_EQ(Run({{"MaxOutput", "100"}, {"ContainerName", "web"}}).code(), "OK");
}

TEST_F(BudgetsApiTest, TheResultNamesTheBudgetWithLimitAndMeasure) {
  const auto started = Run({{"MaxProcesses", "5"}});
  api_.RunTasks(machine_, 137, "", "MaxProcesses is 5, there were 6");
  const FormFields which = {{"InvokeId", started.text_at("InvokeId")}};
  const auto list = api_.Call("DescribeInvocations", which);
  const auto results = api_.Call("DescribeInvocationResults", which);
  for (const auto& [reply, row] : {std::pair(&list, "Invocations.Invocation.0.InvokeInstances.InvokeInstance.0."),
                                   std::pair(&results, "Invocation.InvocationResults.InvocationResult.0.")}) {
    const std::string at = row;
    EXPECT_EQ(reply->text_at(at + "InvocationStatus"), "Failed");
    EXPECT_EQ(reply->text_at(at + "ErrorCode"), "BudgetExceeded");
    EXPECT_EQ(reply->text_at(at + "ErrorInfo"),
              "the command used more than its budget: MaxProcesses is 5, there were 6");
    EXPECT_EQ(reply->text_at(at + "ErrorDetail"), "MaxProcesses is 5, there were 6");
    EXPECT_EQ(reply->text_at(at + "Outcome"), "Final");
    EXPECT_EQ(reply->number_at(at + "ExitCode"), 137);
  }
}

}  // namespace
}  // namespace assist::server::openapi
