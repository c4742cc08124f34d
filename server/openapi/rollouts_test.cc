// Rollouts of agent releases through the whole API.
#include <gtest/gtest.h>

#include "server/openapi/fake_api.h"

namespace assist::server::openapi {
namespace {

TEST(RolloutsApiTest, ARolloutIsStartedShownPausedResumedAndTakenBack) {
  FakeApi api;
  const InstanceId machine = api.Register("one");
  api.PublishRelease("assist-agent", "2.0");
  const auto started = api.Call("StartAgentRollout", {{"PackageVersion", "2.0"},
                                                      {"InstanceId.1", machine.str()},
                                                      {"Waves", "50%, 100"},
                                                      {"Wait", "5"},
                                                      {"AutoRollback", "true"},
                                                      {"ClientToken", "once"}});
  ASSERT_EQ(started.code(), "OK") << started.text;
  const std::string id = started.text_at("RolloutId");
  EXPECT_EQ(id.substr(0, 3), "ro-");
  EXPECT_EQ(started.text_at("Waves"), "50,100");
  EXPECT_EQ(started.text_at("Version"), "2.0");

  const auto second = api.Call("StartAgentRollout", {{"PackageVersion", "2.0"}});
  EXPECT_EQ(second.code(), "InvalidAgentRollout.Running");
  EXPECT_NE(second.message().find(id), std::string::npos) << second.message();

  auto shown = api.Call("DescribeAgentRollouts", {{"RolloutId", id}});
  ASSERT_EQ(shown.code(), "OK") << shown.text;
  EXPECT_EQ(shown.text_at("AgentRollouts.AgentRollout.0.State"), "Running");
  EXPECT_EQ(shown.number_at("AgentRollouts.AgentRollout.0.Counts.Waiting"), 1);
  EXPECT_EQ(shown.number_at("AgentRollouts.AgentRollout.0.Counts.Total"), 1);
  EXPECT_EQ(shown.number_at("AgentRollouts.AgentRollout.0.TrailTimeout"), -1);
  EXPECT_EQ(shown.number_at("TotalCount"), 1);
  EXPECT_EQ(shown.text_at("RolloutMachines.RolloutMachine.0.InstanceId"), machine.str());
  EXPECT_EQ(shown.text_at("RolloutMachines.RolloutMachine.0.State"), "Waiting");
  EXPECT_EQ(shown.text_at("RolloutMachines.RolloutMachine.0.AgentVersion"), "1.0");

  EXPECT_EQ(api.Call("PauseAgentRollout", {{"RolloutId", id}}).text_at("State"), "Paused");
  EXPECT_EQ(api.Call("DescribeAgentRollouts", {{"State", "Paused"}}).number_at("TotalCount"), 1);
  EXPECT_EQ(api.Call("DescribeAgentRollouts", {{"State", "Running"}}).number_at("TotalCount"), 0);
  EXPECT_EQ(api.Call("ResumeAgentRollout", {{"RolloutId", id}, {"RetryFailed", "true"}}).text_at("State"), "Running");
  const auto again = api.Call("ResumeAgentRollout", {{"RolloutId", id}});
  EXPECT_EQ(again.code(), "InvalidAgentRollout.State");
  EXPECT_NE(again.message().find("Running"), std::string::npos) << again.message();
  EXPECT_EQ(api.Call("RollbackAgentRollout", {{"RolloutId", id}}).text_at("State"), "RollingBack");
  EXPECT_EQ(api.Call("PauseAgentRollout", {{"RolloutId", id}, {"End", "true"}}).text_at("State"), "Ended");
  shown = api.Call("DescribeAgentRollouts", {{"RolloutId", id}, {"MachineState", "Updated"}});
  EXPECT_EQ(shown.number_at("TotalCount"), 0);
  EXPECT_EQ(shown.text_at("AgentRollouts.AgentRollout.0.Reason"), "Operator");
}

TEST(RolloutsApiTest, WhatCannotBeIsRefusedByName) {
  FakeApi api;
  api.Register("one");
  api.PublishRelease("assist-agent", "2.0");
  struct Row {
    encoding::FormFields fields;
    std::string_view code;
  };
  const Row rows[] = {
      {{}, "MissingPackageVersion"},
      {{{"PackageVersion", "2.0"}, {"Channel", "stable"}}, "InvalidChannel"},
      {{{"PackageVersion", "2 0"}}, "InvalidPackageVersion"},
      {{{"PackageVersion", "3.0"}}, "InvalidAgentRelease.NotFound"},
      {{{"Channel", "stable"}}, "InvalidAgentRelease.NotFound"},
      {{{"PackageVersion", "2.0"}, {"Waves", "1,10"}}, "InvalidParameter.Waves"},
      {{{"PackageVersion", "2.0"}, {"Waves", "10,1,100"}}, "InvalidParameter.Waves"},
      {{{"PackageVersion", "2.0"}, {"MaxMemoryPercent", "50"}}, "InvalidParameter.MaxMemoryPercent"},
      {{{"PackageVersion", "2.0"}, {"InstanceId.1", "mi-x"}}, "InvalidInstance.NotFound"},
      {{{"PackageVersion", "2.0"}, {"InstanceId.1", "mi-x"}, {"Follow", "true"}}, "InvalidParameter.Follow"},
      {{{"PackageVersion", "2.0"}, {"ResourceTag.1.Key", "a"}}, "InvalidResourceTag.InstanceNotFound"},
      {{{"PackageVersion", "2.0"}, {"InstanceId.1", "mi-x"}, {"ResourceTag.1.Key", "a"}},
       "InvalidResourceTag.ConflictWithInstanceIds"},
      {{{"PackageVersion", "2.0"}, {"Name", "Agent"}}, "InvalidParameter.Name"},
      {{{"PackageVersion", "2.0"}, {"Name", "other-agent"}}, "InvalidAgentRelease.Name"},
  };
  for (const Row& row : rows) EXPECT_EQ(api.Call("StartAgentRollout", row.fields).code(), row.code) << row.code;
  for (const char* action :
       {"DescribeAgentRollouts", "PauseAgentRollout", "ResumeAgentRollout", "RollbackAgentRollout"}) {
    EXPECT_EQ(api.Call(action, {{"RolloutId", "ro-none"}}).code(), "InvalidAgentRolloutId.NotFound") << action;
  }
  const auto off = api.Call("ModifyCloudAssistantSettings", {{"SettingType", "AgentUpgradeConfig"},
                                                             {"AgentUpgradeConfig", R"({"DisableUpgrade":true})"}});
  ASSERT_EQ(off.code(), "OK") << off.text;
  EXPECT_EQ(api.Call("StartAgentRollout", {{"PackageVersion", "2.0"}}).code(), "InvalidOperation.AgentUpgradeDisabled");
}

}  // namespace
}  // namespace assist::server::openapi
