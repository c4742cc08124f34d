// Which key may call what, from outside.
#include <gtest/gtest.h>

#include <set>

#include "server/openapi/access_table.h"
#include "server/openapi/fake_api.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;

std::string Document(const std::string& statements) { return R"({"Version":"1","Statement":[)" + statements + "]}"; }
std::string Allow(const std::string& actions, const std::string& resources, const std::string& condition = "") {
  return R"({"Effect":"Allow","Action":)" + actions + R"(,"Resource":)" + resources +
         (condition.empty() ? "" : R"(,"Condition":{)" + condition + "}") + "}";
}
const std::string kTeamWeb = R"("StringEquals":{"acs:ResourceTag/team":"web"})";

/// What it takes for a call to be well-formed.
FormFields Fields(std::string_view operation) {
  FormFields out = {{"CommandId", "c-0"},
                    {"InvokeId", "t-0"},
                    {"InstanceId.1", "mi-0"},
                    {"Type", "RunShellScript"},
                    {"Name", "n"},
                    {"TargetDir", "/tmp"},
                    {"Content", "x"},
                    {"ActivationId", "A0"},
                    {"ResourceType", "instance"},
                    {"ResourceId.1", "mi-0"},
                    {"Tag.1.Key", "k"},
                    {"Tag.1.Value", "v"},
                    {"TagKey.1", "k"},
                    {"SettingType", "SessionManagerConfig"},
                    {"SettingType.1", "SessionManagerConfig"},
                    {"SessionId", "s-0"},
                    {"Sha256", std::string(64, 'a')},
                    {"Size", "1"},
                    {"Envelope", "{}"},
                    {"Channel", "stable"},
                    {"PackageVersion", "1"},
                    {"Verb", "Install"},
                    {"RolloutId", "ro-0"},
                    {"InstanceName", "name"},
                    {"CommandContent", "eA=="},
                    {"ContentEncoding", "Base64"}};
  if (operation != "StopInvocation") out.emplace_back("InstanceId", "mi-0");
  return out;
}

class ApiAccessTest : public testing::Test {
 protected:
  std::string CodeOf(std::string_view operation, FormFields fields) {
    const auto reply = api_.Call(operation, std::move(fields));
    message_ = reply.code() == "OK" ? "" : reply.message();
    status_ = reply.status;
    return reply.code();
  }
  std::string Script(const model::Tags& tags) {
    FormFields fields = {{"Name", "s"}, {"Type", "RunShellScript"}, {"CommandContent", "dHJ1ZQ=="}};
    std::size_t number = 0;
    for (const model::Tag& tag : tags) {
      const std::string prefix = "Tag." + std::to_string(++number);
      fields.emplace_back(prefix + ".Key", tag.key);
      fields.emplace_back(prefix + ".Value", tag.value);
    }
    return api_.Call("CreateCommand", fields).text_at("CommandId");
  }
  static FormFields Run(const std::string& machine) {
    return {{"Type", "RunShellScript"}, {"CommandContent", "true"}, {"InstanceId.1", machine}};
  }

  FakeApi api_;
  std::string message_;
  int status_ = 0;
};

TEST_F(ApiAccessTest, EveryOperationHasItsEntry) {
  std::set<std::string_view> entries;
  for (const AccessEntry& entry : AccessTable()) EXPECT_TRUE(entries.insert(entry.operation).second) << entry.operation;
  for (const Operation& operation : api_.open_api().operations()) {
    EXPECT_EQ(entries.erase(operation.name), 1u) << operation.name << ": say in access_table.cc what it needs";
  }
  for (const std::string_view left : entries) ADD_FAILURE() << left << ": there is no such operation";
}

TEST_F(ApiAccessTest, AKeyThatIsAllowedNothingIsRefusedEverything) {
  // On something, so that each operation gets as far as its own resources.
  api_.UseKey(Document(Allow("\"*\"", "\"acs:ecs:*:*:instance/none\"")));
  for (const Operation& operation : api_.open_api().operations()) {
    EXPECT_EQ(CodeOf(operation.name, Fields(operation.name)), "Forbidden.RAM") << operation.name << " " << message_;
    EXPECT_EQ(status_, 403) << operation.name;
  }
  api_.UseKey(Document(R"({"Effect":"Deny","Action":"*","Resource":"*"})"));
  for (const Operation& operation : api_.open_api().operations()) {
    EXPECT_EQ(CodeOf(operation.name, {}), "Forbidden.RAM") << operation.name;
    EXPECT_NE(message_.find(std::string(operation.name) + " on anything"), std::string::npos) << message_;
  }
}

TEST_F(ApiAccessTest, PresetsMayWhatTheirNamesSay) {
  const std::set<std::string_view> operates = {"InvokeCommand", "StopInvocation", "ModifyInvocationAttribute"};
  for (const char* preset : {"admin", "operator", "read-only"}) {
    api_.UseKey(preset);
    for (const Operation& operation : api_.open_api().operations()) {
      const AccessEntry* entry = FindAccessEntry(operation.name);
      ASSERT_NE(entry, nullptr) << operation.name;
      const bool reads = !operation.changes && entry->product == "ecs";
      const bool may = preset == std::string_view("admin") || reads ||
                       (preset == std::string_view("operator") && operates.contains(operation.name));
      FormFields fields = Fields(operation.name);
      if (operation.name == "ModifyInvocationAttribute") {
        fields = {{"InvokeId", "t-0"}, {"Frequency", "rate(5m)"}};
      }
      EXPECT_EQ(CodeOf(operation.name, fields) == "Forbidden.RAM", !may) << preset << " " << operation.name;
    }
  }
  api_.UseKey("operator");
  FormFields other_script = {{"InvokeId", "t-0"}, {"CommandContent", "reboot"}};
  EXPECT_EQ(CodeOf("ModifyInvocationAttribute", other_script), "Forbidden.RAM");  // that would be RunCommand
  EXPECT_NE(message_.find("ecs:RunCommand"), std::string::npos) << message_;
}

/// They are no operations of the public service: a document that was written for that one does not mean them.
TEST_F(ApiAccessTest, ReplacingAgentsIsNotAmongTheRightsOfThePublicService) {
  const std::string web = api_.Register("web").str();
  api_.PublishRelease("assist-agent", "2.0");
  const FormFields start = {{"PackageVersion", "2.0"}, {"InstanceId.1", web}};
  api_.UseKey(Document(Allow(R"("ecs:*")", R"("*")")));
  EXPECT_EQ(CodeOf("StartAgentRollout", start), "Forbidden.RAM");
  EXPECT_NE(message_.find("assist:StartAgentRollout"), std::string::npos) << message_;
  for (const char* change : {"PauseAgentRollout", "ResumeAgentRollout", "RollbackAgentRollout"}) {
    EXPECT_EQ(CodeOf(change, {{"RolloutId", "ro-0"}}), "Forbidden.RAM") << change;
  }
  EXPECT_EQ(CodeOf("DescribeAgentRollouts", {}), "OK") << message_;
  api_.UseKey(Document(Allow(R"("assist:*AgentRollout")", R"("*")")));
  EXPECT_EQ(CodeOf("StartAgentRollout", start), "OK") << message_;
}

TEST_F(ApiAccessTest, ARolloutByTagsIsForTheMachinesThatWereJudged) {
  const std::string web = api_.Register("web", {{"team", "web"}}).str();
  const std::string db = api_.Register("db", {{"team", "db"}}).str();
  api_.PublishRelease("assist-agent", "2.0");
  api_.UseKey(Document(Allow(R"("assist:StartAgentRollout")", R"("*")", kTeamWeb)));
  FormFields start = {{"PackageVersion", "2.0"}, {"ResourceTag.1.Key", "team"}, {"ResourceTag.1.Value", "web"}};
  start.emplace_back("Follow", "true");
  EXPECT_EQ(CodeOf("StartAgentRollout", start), "Forbidden.RAM");
  EXPECT_NE(message_.find("Follow"), std::string::npos) << message_;
  start.pop_back();
  const auto started = api_.Call("StartAgentRollout", start);
  ASSERT_EQ(started.code(), "OK") << started.text;
  api_.UseKey("admin");
  // They are noted with the start: there is no later look at the tag.
  const auto shown = api_.Call("DescribeAgentRollouts", {{"RolloutId", started.text_at("RolloutId")}});
  EXPECT_EQ(shown.text_at("AgentRollouts.AgentRollout.0.State"), "Running");
  ASSERT_EQ(shown.size_at("RolloutMachines.RolloutMachine"), 1u);
  EXPECT_EQ(shown.text_at("RolloutMachines.RolloutMachine.0.InstanceId"), web);
}

TEST_F(ApiAccessTest, AKeyForATeamRunsItsCommandsOnItsMachines) {
  const std::string web = api_.Register("web", {{"team", "web"}}).str();
  const std::string db = api_.Register("db", {{"team", "db"}}).str();
  const std::string ours = Script({{"team", "web"}});
  const std::string theirs = Script({{"team", "db"}});
  const std::string key = api_.UseKey(Document(Allow(R"("ecs:*")", R"("*")", kTeamWeb)));

  EXPECT_EQ(CodeOf("RunCommand", Run(web)), "OK") << message_;
  EXPECT_EQ(CodeOf("RunCommand", Run(db)), "Forbidden.RAM");
  EXPECT_EQ(message_, "User not authorized to operate on the specified resource, or this API doesn't support RAM. " +
                          key + " is not allowed to do ecs:RunCommand on acs:ecs:*:1000000000000001:instance/" + db +
                          ".");
  const auto invoke = [&](const std::string& command, const std::string& machine) {
    return CodeOf("InvokeCommand", {{"CommandId", command}, {"InstanceId.1", machine}});
  };
  EXPECT_EQ(invoke(ours, web), "OK") << message_;
  EXPECT_EQ(invoke(theirs, web), "Forbidden.RAM");
  EXPECT_EQ(invoke(ours, db), "Forbidden.RAM");
  EXPECT_EQ(invoke("c-none", web), "Forbidden.RAM");  // as one that is there
  FormFields by_tag = {{"CommandId", ours}, {"ResourceTag.1.Key", "team"}, {"ResourceTag.1.Value", "web"}};
  EXPECT_EQ(CodeOf("InvokeCommand", by_tag), "OK") << message_;
  by_tag[2].second = "db";
  EXPECT_EQ(CodeOf("InvokeCommand", by_tag), "Forbidden.RAM");

  FormFields keep = Run(web);
  keep.emplace_back("KeepCommand", "true");
  EXPECT_EQ(CodeOf("RunCommand", keep), "Forbidden.RAM");  // the command would have no team
  EXPECT_NE(message_.find("ecs:CreateCommand on acs:ecs:cn-hangzhou:1000000000000001:command/*"), std::string::npos)
      << message_;
  FormFields script = {{"Name", "s"}, {"Type", "RunShellScript"}, {"CommandContent", "dHJ1ZQ=="}};
  EXPECT_EQ(CodeOf("CreateCommand", script), "Forbidden.RAM");
  script.emplace_back("Tag.1.Key", "team");
  script.emplace_back("Tag.1.Value", "web");
  EXPECT_EQ(CodeOf("CreateCommand", script), "OK") << message_;
  EXPECT_EQ(CodeOf("DeleteCommand", {{"CommandId", theirs}}), "Forbidden.RAM");
  EXPECT_EQ(CodeOf("DescribeRegions", {}), "Forbidden.RAM");
}

TEST_F(ApiAccessTest, AListShowsWhatItIsNarrowedToOrNothing) {
  const std::string web = api_.Register("web", {{"team", "web"}}).str();
  const std::string db = api_.Register("db", {{"team", "db"}}).str();
  const std::string ours = Script({{"team", "web"}});
  const std::string theirs = Script({{"team", "db"}});
  const std::string on_web = api_.Call("RunCommand", Run(web)).text_at("InvokeId");
  const std::string on_db = api_.Call("RunCommand", Run(db)).text_at("InvokeId");
  api_.UseKey(Document(Allow(R"("ecs:Describe*")", R"("*")", kTeamWeb)));

  EXPECT_EQ(CodeOf("DescribeCommands", {}), "Forbidden.RAM");
  EXPECT_EQ(CodeOf("DescribeCommands", {{"CommandId", ours}}), "OK");
  EXPECT_EQ(CodeOf("DescribeCommands", {{"CommandId", theirs}}), "Forbidden.RAM");
  const FormFields tag = {{"Tag.1.Key", "team"}, {"Tag.1.Value", "web"}};
  EXPECT_EQ(api_.Call("DescribeCommands", tag).number_at("TotalCount"), 1);
  EXPECT_EQ(api_.Call("DescribeManagedInstances", tag).number_at("TotalCount"), 1);
  EXPECT_EQ(CodeOf("DescribeManagedInstances", {{"Tag.1.Key", "team"}}), "Forbidden.RAM");
  EXPECT_EQ(CodeOf("DescribeManagedInstances", {{"InstanceId.1", web}, {"InstanceId.2", db}}), "Forbidden.RAM");
  EXPECT_EQ(CodeOf("DescribeInvocations", {}), "Forbidden.RAM");
  EXPECT_EQ(CodeOf("DescribeInvocations", {{"InvokeId", on_web}}), "OK");
  EXPECT_EQ(CodeOf("DescribeInvocations", {{"InvokeId", on_db}}), "Forbidden.RAM");
  EXPECT_EQ(CodeOf("DescribeInvocationResults", {{"InstanceId", web}}), "OK");
  EXPECT_EQ(CodeOf("DescribeInvocationResults", {{"InstanceId", db}}), "Forbidden.RAM");
  EXPECT_EQ(CodeOf("DescribeInvocationResults", {{"CommandId", ours}}), "OK");

  // Whatever a Deny covers is not shown in passing.
  api_.UseKey(Document(Allow("\"*\"", "\"*\"") + R"(,{"Effect":"Deny","Action":"*","Resource":"acs:ecs:*:*:instance/)" +
                       db + "\"}"));
  EXPECT_EQ(CodeOf("DescribeInvocations", {{"InvokeId", on_web}}), "OK") << message_;
  EXPECT_EQ(CodeOf("DescribeInvocations", {{"InvokeId", on_db}}), "Forbidden.RAM");
  EXPECT_EQ(CodeOf("DescribeInvocations", {}), "Forbidden.RAM");
  EXPECT_EQ(CodeOf("DescribeCommands", {}), "OK");
}

TEST_F(ApiAccessTest, ARepeatByItsClientTokenIsJudgedToo) {
  const std::string web = api_.Register("web", {{"team", "web"}}).str();
  FormFields run = Run(web);
  run.emplace_back("ClientToken", "token");
  EXPECT_EQ(CodeOf("RunCommand", run), "OK");
  EXPECT_EQ(CodeOf("RunCommand", run), "OK");
  api_.UseKey("operator");
  EXPECT_EQ(CodeOf("RunCommand", run), "Forbidden.RAM");
}

/// Else a key for stored scripts could run any program: `--Launcher "sh -c …"`.
TEST_F(ApiAccessTest, ALauncherOfTheCallersOwnIsAScriptOfItsOwn) {
  const std::string web = api_.Register("web").str();
  const FormFields stored = {{"CommandId", Script({})}, {"InstanceId.1", web}};
  FormFields with = stored;
  with.emplace_back("Launcher", "sh -c 'id > /tmp/x'");
  api_.UseKey("operator");
  EXPECT_EQ(CodeOf("InvokeCommand", with), "Forbidden.RAM");
  EXPECT_NE(message_.find("ecs:RunCommand"), std::string::npos) << message_;
  EXPECT_EQ(CodeOf("InvokeCommand", stored), "OK") << message_;
  api_.UseKey("admin");
  EXPECT_EQ(CodeOf("InvokeCommand", with), "OK") << message_;
}

TEST_F(ApiAccessTest, ADeniedCallChangesNothingAndWakesNobody) {
  const InstanceId web = api_.Register("web");
  api_.SetOnline(web);
  api_.UseKey(Document(Allow("\"*\"", "\"acs:ecs:*:*:instance/other\"")));
  EXPECT_EQ(CodeOf("RunCommand", Run(web.str())), "Forbidden.RAM");
  EXPECT_EQ(CodeOf("DeregisterManagedInstance", {{"InstanceId", web.str()}}), "Forbidden.RAM");
  EXPECT_TRUE(api_.wakes().empty());
  api_.UseKey("admin");
  EXPECT_EQ(api_.Call("DescribeInvocations").number_at("TotalCount"), 0);
  EXPECT_EQ(api_.Call("DescribeManagedInstances").number_at("TotalCount"), 1);
}

TEST_F(ApiAccessTest, StoppingNeedsTheInvocationOrItsMachines) {
  const std::string web = api_.Register("web", {{"team", "web"}}).str();
  const std::string db = api_.Register("db", {{"team", "db"}}).str();
  FormFields both = Run(web);
  both.emplace_back("InstanceId.2", db);
  const std::string task = api_.Call("RunCommand", both).text_at("InvokeId");
  api_.UseKey(Document(Allow(R"("ecs:StopInvocation")", R"("*")", kTeamWeb)));
  EXPECT_EQ(CodeOf("StopInvocation", {{"InvokeId", task}}), "Forbidden.RAM");
  EXPECT_EQ(CodeOf("StopInvocation", {{"InvokeId", task}, {"InstanceId.1", db}}), "Forbidden.RAM");
  EXPECT_EQ(CodeOf("StopInvocation", {{"InvokeId", task}, {"InstanceId.1", web}}), "OK") << message_;
  api_.UseKey(Document(Allow(R"("ecs:StopInvocation")", "\"acs:ecs:*:*:invocation/" + task + "\"")));
  EXPECT_EQ(CodeOf("StopInvocation", {{"InvokeId", task}}), "OK") << message_;
}

}  // namespace
}  // namespace assist::server::openapi
