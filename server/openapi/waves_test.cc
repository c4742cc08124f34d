// MaxConcurrency and MaxErrors (extensions) through the whole API.
#include <gtest/gtest.h>

#include "server/openapi/fake_api.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;

class WavesApiTest : public testing::Test {
 protected:
  FakeApi::Reply Run(const FormFields& more) {
    FormFields fields = {{"Type", "RunShellScript"}, {"CommandContent", "true"}};
    for (std::size_t i = 0; i < machines_.size(); ++i) {
      fields.emplace_back("InstanceId." + std::to_string(i + 1), machines_[i].str());
    }
    fields.insert(fields.end(), more.begin(), more.end());
    return api_.Call("RunCommand", fields);
  }

  FakeApi api_;
  const std::vector<InstanceId> machines_ = {api_.Register("a"), api_.Register("b"), api_.Register("c")};
};

TEST_F(WavesApiTest, AMachineShowsWhatItWaitsForAndWhyItWasNotStarted) {
  const auto started = Run({{"MaxConcurrency", "1"}, {"MaxErrors", "0"}});
  ASSERT_EQ(started.code(), "OK") << started.text;
  const FormFields which = {{"InvokeId", started.text_at("InvokeId")}};
  const std::string row = "Invocations.Invocation.0.";
  const auto instance = [&row](int i) { return row + "InvokeInstances.InvokeInstance." + std::to_string(i) + "."; };

  auto list = api_.Call("DescribeInvocations", which);
  EXPECT_EQ(list.text_at(row + "MaxConcurrency"), "1");
  EXPECT_EQ(list.text_at(row + "MaxErrors"), "0");
  EXPECT_FALSE(list.has(instance(0) + "WaitsFor")) << "a turn is free: it waits for its machine";

  api_.RunTasks(machines_[0], 1, "");
  list = api_.Call("DescribeInvocations", which);
  EXPECT_EQ(list.text_at(instance(0) + "InvocationStatus"), "Failed");
  for (const int i : {1, 2}) {
    EXPECT_EQ(list.text_at(instance(i) + "InvocationStatus"), "Cancelled");
    EXPECT_EQ(list.text_at(instance(i) + "InstanceInvokeStatus"), "Stopped");
    EXPECT_EQ(list.text_at(instance(i) + "ErrorCode"), "MaxErrorsExceeded");
    EXPECT_NE(list.text_at(instance(i) + "ErrorInfo"), "");
    EXPECT_EQ(list.text_at(instance(i) + "ErrorDetail"), "1 of the machines failed, MaxErrors is 0");
  }
  const auto results = api_.Call("DescribeInvocationResults", which);
  EXPECT_EQ(results.text_at("Invocation.InvocationResults.InvocationResult.1.ErrorCode"), "MaxErrorsExceeded");
}

TEST_F(WavesApiTest, WrongLimitsNameThemselvesAndTheWayOut) {
  const auto zero = Run({{"MaxConcurrency", "0"}});
  EXPECT_EQ(zero.status, 400);
  EXPECT_EQ(zero.code(), "InvalidParameter.MaxConcurrency");
  EXPECT_NE(zero.text.find("a share such as 10%"), std::string::npos) << zero.text;
  EXPECT_EQ(Run({{"MaxErrors", "some"}}).code(), "InvalidParameter.MaxErrors");
  const auto schedule = Run({{"MaxConcurrency", "1"}, {"Frequency", "0 0 * * * *"}});
  EXPECT_EQ(schedule.code(), "InvalidParameter.MaxConcurrency");
  EXPECT_NE(schedule.text.find("Splay"), std::string::npos) << schedule.text;
  EXPECT_EQ(api_.Call("DescribeInvocations").number_at("TotalCount"), 0);
}

}  // namespace
}  // namespace assist::server::openapi
