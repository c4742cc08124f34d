// What this server says of plug-ins, sessions, installation and settings, through the whole API.
#include <gtest/gtest.h>

#include <set>

#include "server/openapi/fake_api.h"
#include "server/openapi/fake_shape.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;

class AgentsTest : public testing::Test {
 protected:
  std::string Code(std::string_view action, FormFields fields) { return api_.Call(action, std::move(fields)).code(); }
  FakeApi api_;
};

FormFields ManyInstances(int count) {
  FormFields fields;
  for (int i = 1; i <= count; ++i) fields.emplace_back("InstanceId." + std::to_string(i), "i-" + std::to_string(i));
  return fields;
}

TEST_F(AgentsTest, TheAgentIsOnEveryKnownMachine) {
  const std::string machine = api_.Register("web").str();
  const auto reply = api_.Call("InstallCloudAssistant", {{"InstanceId.1", machine}});
  EXPECT_EQ(reply.code(), "OK");
  ExpectShape("InstallCloudAssistant", reply);
  EXPECT_EQ(Code("InstallCloudAssistant", {}), "MissingParam.InstanceId");
  EXPECT_EQ(Code("InstallCloudAssistant", {{"InstanceId.1", machine}, {"InstanceId.2", "i-1"}}),
            "InvalidInstance.NotFound");
  EXPECT_EQ(Code("InstallCloudAssistant", ManyInstances(51)), "InstanceIds.ExceedLimit");
}

TEST_F(AgentsTest, PluginsAreListedAsTheirAgentsTellOfThem) {
  const InstanceId web = api_.Register("web");
  const InstanceId db = api_.Register("db");
  const std::string row = "InstancePluginStatusSet.InstancePluginStatus.0.";
  const std::string plugin = row + "PluginStatusSet.PluginStatus.0.";
  auto reply = api_.Call("ListPluginStatus", {{"InstanceId.1", web.str()}});
  EXPECT_EQ(reply.code(), "OK");
  EXPECT_EQ(reply.text_at(row + "InstanceId"), web.str());
  EXPECT_EQ(reply.size_at(row + "PluginStatusSet.PluginStatus"), 0u);
  EXPECT_EQ(reply.number_at("TotalCount"), 1);

  const std::string began = FormatIso8601(api_.clock().Now());
  api_.TellPlugins(web, {{"demo", "1.0", model::PluginState::kRunning, model::PluginTag::kNotTold}});
  api_.clock().Advance(std::chrono::seconds(300));
  api_.TellPlugins(web, {{"demo", "1.1", model::PluginState::kFailed, model::PluginTag::kNotTold}});
  reply = api_.Call("ListPluginStatus", {{"InstanceId.1", web.str()}});
  EXPECT_EQ(reply.code(), "OK");
  ExpectShape("ListPluginStatus", reply);
  EXPECT_EQ(reply.text_at(plugin + "PluginName"), "demo");
  EXPECT_EQ(reply.text_at(plugin + "PluginVersion"), "1.1");
  EXPECT_EQ(reply.text_at(plugin + "PluginStatus"), "Stopped");
  EXPECT_EQ(reply.text_at(plugin + "FirstHeartbeatTime"), began);
  EXPECT_EQ(reply.text_at(plugin + "LastHeartbeatTime"), FormatIso8601(api_.clock().Now()));

  reply = api_.Call("ListPluginStatus", {{"Name", "demo"}, {"InstanceId.1", db.str()}});
  EXPECT_EQ(reply.text_at(plugin + "PluginStatus"), "NotInstalled");
  EXPECT_EQ(reply.text_at(plugin + "PluginName"), "demo");
  EXPECT_EQ(reply.text_at(plugin + "FirstHeartbeatTime"), "");

  reply = api_.Call("ListPluginStatus", {{"Name", "demo"}, {"PageSize", "1"}, {"PageNumber", "2"}});
  EXPECT_EQ(reply.number_at("TotalCount"), 2);
  EXPECT_EQ(reply.size_at("InstancePluginStatusSet.InstancePluginStatus"), 1u);
  std::set<std::string> seen;
  std::string token;
  do {
    FormFields fields = {{"Name", "demo"}, {"MaxResults", "1"}};
    if (!token.empty()) fields.emplace_back("NextToken", token);
    reply = api_.Call("ListPluginStatus", std::move(fields));
    ASSERT_EQ(reply.code(), "OK");
    seen.insert(reply.text_at(row + "InstanceId"));
    token = reply.text_at("NextToken");
  } while (!token.empty() && seen.size() < 5);
  EXPECT_EQ(seen, (std::set<std::string>{web.str(), db.str()}));
}

TEST_F(AgentsTest, WhatIsWrongWithAQuestionAboutPluginsIsTold) {
  const std::string machine = api_.Register("web").str();
  EXPECT_EQ(api_.Call("ListPluginStatus", {{"InstanceId.1", machine}, {"PageNumber", "2"}})
                .size_at("InstancePluginStatusSet.InstancePluginStatus"),
            0u);
  EXPECT_EQ(Code("ListPluginStatus", {}), "PluginName.MissingValue");
  EXPECT_EQ(Code("ListPluginStatus", {{"InstanceId.1", machine}, {"InstanceId.2", "i-2"}}), "PluginName.MissingValue");
  EXPECT_EQ(Code("ListPluginStatus", {{"InstanceId.1", "i-1"}}), "InvalidInstance.NotFound");
  EXPECT_EQ(Code("ListPluginStatus", {{"Name", "x"}, {"InstanceId.1", "i-1"}}), "InvalidInstance.NotFound");
  EXPECT_EQ(Code("ListPluginStatus", {{"Name", "x"}}), "InvalidPluginName.NotFound");
  EXPECT_EQ(Code("ListPluginStatus", {{"Name", std::string(256, 'n')}}), "InvalidName");
  const auto many = api_.Call("ListPluginStatus", ManyInstances(51));
  EXPECT_EQ(many.code(), "InstanceIds.ExceedLimit");
  EXPECT_EQ(many.status, 400) << "403 everywhere else";
}

TEST_F(AgentsTest, ASessionIsCheckedAndThenRefused) {
  const std::string machine = api_.Register("web").str();
  const auto start = [&](FormFields fields) {
    fields.emplace_back("InstanceId.1", machine);
    return api_.Call("StartTerminalSession", std::move(fields));
  };
  const auto refused = start({});
  EXPECT_EQ(refused.code(), "Operation.Forbidden");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.message(), "The operation is not permitted. This server opens no terminal sessions.");
  EXPECT_EQ(Code("StartTerminalSession", {}), "MissingInstanceId");
  EXPECT_EQ(Code("StartTerminalSession", {{"InstanceId.1", "i-1"}}), "InvalidInstance.NotFound");
  EXPECT_EQ(Code("StartTerminalSession", ManyInstances(11)), "InstanceIds.ExceedLimit");
  EXPECT_EQ(start({{"PortNumber", "22"}}).code(), "PortForwarding.NotSupported");
  EXPECT_EQ(start({{"PortNumber", "0"}}).code(), "PortNumber.Invalid");
  EXPECT_EQ(start({{"PortNumber", "65536"}}).code(), "PortNumber.Invalid");
  EXPECT_EQ(start({{"PortNumber", "ssh"}}).code(), "PortNumber.Invalid");
  EXPECT_EQ(start({{"TargetServer", "db"}}).code(), "InvalidTargetServer.MissingPortNumber");
  EXPECT_EQ(start({{"TargetServer", std::string(129, 'd')}}).code(), "InvalidTargetServer.LengthLimitExceeded");
  EXPECT_EQ(start({{"CommandLine", "top"}, {"PortNumber", "22"}}).code(), "InvalidCommandLine.Conflict");
  EXPECT_EQ(start({{"CommandLine", std::string(513, 'c')}}).code(), "InvalidCommandLine.LengthLimitExceeded");
  EXPECT_EQ(start({{"CommandLine", "top"}, {"InstanceId.2", "i-2"}}).code(), "InvalidInstanceIds.CountLimitExceeded");
  EXPECT_EQ(start({{"ConnectionType", "Radio"}}).code(), "InvalidParameter.ConnectionType");
  EXPECT_EQ(start({{"Username", std::string(256, 'u')}}).code(), "Username.ExceedLimit");
  EXPECT_EQ(start({{"PasswordName", std::string(256, 'u')}}).code(), "InvalidPasswordName.LengthLimitExceeded");
  EXPECT_EQ(start({{"EncryptionOptions", "yes"}}).code(), "InvalidEncryptionOptions");
  EXPECT_EQ(start({{"EncryptionOptions", R"({"Enabled":true,"Mode":"Rot13"})"}}).code(), "InvalidEncryptionOptions");
  EXPECT_EQ(start({{"EncryptionOptions", R"({"Enabled":true,"Mode":"Kms"})"}}).code(), "Operation.Forbidden");
  EXPECT_EQ(start({{"ClientToken", std::string(65, 't')}}).code(), "InvalidClientToken.Malformed");

  EXPECT_EQ(Code("ModifyCloudAssistantSettings", {{"SettingType", "SessionManagerConfig"},
                                                  {"SessionManagerConfig", R"({"SessionManagerEnabled":false})"}}),
            "OK");
  EXPECT_EQ(start({}).code(), "UserBehavior.SessionManagerDisabled");
}

TEST_F(AgentsTest, ThereAreNoSessions) {
  const auto ended = api_.Call("EndTerminalSession", {{"SessionId", "s-1"}});
  EXPECT_EQ(ended.code(), "InvalidSessionId.NotFound");
  EXPECT_EQ(ended.status, 404);
  EXPECT_EQ(Code("EndTerminalSession", {}), "MissingSessionId");
  const auto list = api_.Call("DescribeTerminalSessions", {{"MaxResults", "100"}});
  EXPECT_EQ(list.code(), "OK");
  EXPECT_EQ(list.size_at("Sessions.Session"), 0u);
  EXPECT_EQ(list.text_at("NextToken"), "");
  EXPECT_EQ(Code("DescribeTerminalSessions", {{"MaxResults", "101"}}), "InvalidParameter.MaxResults");
  EXPECT_EQ(Code("DescribeTerminalSessions", {{"NextToken", "x"}}), "InvalidParameter.NextToken");
  const auto mars = api_.Call("DescribeTerminalSessions", {{"RegionId", "mars"}});
  EXPECT_EQ(mars.message(), "The specified parameter RegionId does not exist.");
}

class SettingsTest : public AgentsTest {
 protected:
  std::string Set(const std::string& type, const std::string& config, const std::string& text) {
    return Code("ModifyCloudAssistantSettings", {{"SettingType", type}, {config, text}});
  }
  FakeApi::Reply Get(const std::string& type) {
    return api_.Call("DescribeCloudAssistantSettings", {{"SettingType.1", type}});
  }
};

TEST_F(SettingsTest, WhatWasNeverSetHasItsDefault) {
  const auto all = api_.Call("DescribeCloudAssistantSettings", {{"SettingType.1", "AgentUpgradeConfig"},
                                                                {"SettingType.2", "SessionManagerConfig"},
                                                                {"SettingType.3", "ResourceUsageConfig"},
                                                                {"SettingType.4", "SessionManagerDelivery"},
                                                                {"SettingType.5", "InvocationDelivery"}});
  ASSERT_EQ(all.code(), "OK");
  ExpectShape("DescribeCloudAssistantSettings", all);
  EXPECT_EQ(json::Write(all.at("AgentUpgradeConfig")),
            R"({"AllowedUpgradeWindows":{"AllowedUpgradeWindow":[]},"BootstrapUpgrade":true,"DisableUpgrade":false,)"
            R"("Enabled":false,"TimeZone":"UTC"})");
  EXPECT_EQ(json::Write(all.at("ResourceUsageConfig")),
            R"({"CpuLimit":20,"KeepScriptFile":false,"LogFileCountLimit":30,"LogSizeLimit":"100MB",)"
            R"("MemoryLimit":"50MB","OverloadLimit":3})");
  EXPECT_EQ(all.size_at("OssDeliveryConfigs.OssDeliveryConfig"), 2u);
  EXPECT_EQ(all.text_at("OssDeliveryConfigs.OssDeliveryConfig.0.DeliveryType"), "SessionManager");
  EXPECT_EQ(all.text_at("SlsDeliveryConfigs.SlsDeliveryConfig.1.DeliveryType"), "Invocation");
  EXPECT_FALSE(all.at("SlsDeliveryConfigs.SlsDeliveryConfig.1.Enabled").as_bool());
  const auto one = Get("SessionManagerConfig");
  EXPECT_TRUE(one.has("SessionManagerConfig"));
  EXPECT_FALSE(one.has("AgentUpgradeConfig"));
  EXPECT_FALSE(one.has("OssDeliveryConfigs"));
  EXPECT_EQ(Code("DescribeCloudAssistantSettings", {}), "MissingSettingType");
  EXPECT_EQ(Get("Color").code(), "InvalidParameter.SettingType");
}

TEST_F(SettingsTest, FieldsThatAreGivenChangeAndStay) {
  EXPECT_EQ(Set("AgentUpgradeConfig", "AgentUpgradeConfig",
                R"({"Enabled":true,"AllowedUpgradeWindow":["02:00-03:00","23:30-00:30"],"TimeZone":"Asia/Shanghai"})"),
            "OK");
  EXPECT_EQ(Set("AgentUpgradeConfig", "AgentUpgradeConfig", R"({"DisableUpgrade":true})"), "OK");
  api_.Restart();
  EXPECT_EQ(json::Write(Get("AgentUpgradeConfig").at("AgentUpgradeConfig")),
            R"({"AllowedUpgradeWindows":{"AllowedUpgradeWindow":["02:00-03:00","23:30-00:30"]},)"
            R"("BootstrapUpgrade":true,"DisableUpgrade":true,"Enabled":true,"TimeZone":"Asia/Shanghai"})");
  EXPECT_EQ(Set("InvocationDelivery", "OssDeliveryConfig", R"({"BucketName":"b","Prefix":"p"})"), "OK");
  EXPECT_EQ(Set("InvocationDelivery", "OssDeliveryConfig", R"({"Prefix":""})"), "OK");
  const auto delivery = Get("InvocationDelivery");
  EXPECT_EQ(delivery.text_at("OssDeliveryConfigs.OssDeliveryConfig.0.BucketName"), "b");
  EXPECT_EQ(delivery.text_at("OssDeliveryConfigs.OssDeliveryConfig.0.Prefix"), "");
  EXPECT_EQ(Get("SessionManagerDelivery").text_at("OssDeliveryConfigs.OssDeliveryConfig.0.BucketName"), "");
}

TEST_F(SettingsTest, WhatCannotBeIsRefused) {
  struct Case {
    std::string type;
    std::string config;
    std::string text;
    std::string code;
  };
  const std::string upgrade = "AgentUpgradeConfig";
  const std::string usage = "ResourceUsageConfig";
  const std::string oss = "OssDeliveryConfig";
  const std::string sls = "SlsDeliveryConfig";
  const Case cases[] = {
      {"Color", upgrade, "{}", "InvalidParameter.SettingType"},
      {upgrade, oss, "{}", "MissingAgentUpgradeConfig"},
      {"InvocationDelivery", upgrade, "{}", "MissingOssDeliveryConfig"},
      {upgrade, upgrade, "yes", "InvalidAgentUpgradeConfig"},
      {upgrade, upgrade, R"({"Enabled":true})", "InvalidAllowedUpgradeWindow.Required"},
      {upgrade, upgrade, R"({"AllowedUpgradeWindow":["2:00-3:00"]})", "InvalidParameter.AllowedUpgradeWindow"},
      {upgrade, upgrade, R"({"AllowedUpgradeWindow":["02:00-24:00"]})", "InvalidParameter.AllowedUpgradeWindow"},
      {upgrade, upgrade, R"({"AllowedUpgradeWindow":["02:00-02:59"]})", "InvalidAllowedUpgradeWindow.DurationTooShort"},
      {upgrade, upgrade,
       R"({"AllowedUpgradeWindow":["00:00-01:00","01:00-02:00","02:00-03:00","03:00-04:00","04:00-05:00",)"
       R"("05:00-06:00"]})",
       "InvalidAllowedUpgradeWindow.CountLimitExceeded"},
      {upgrade, upgrade, R"({"TimeZone":"Mars/Base"})", "InvalidParameter.TimeZone"},
      {upgrade, upgrade, R"({"TimeZone":"GMT+8:00"})", "OK"},
      {usage, usage, R"({"CpuLimit":9})", "InvalidResourceUsageConfig"},
      {usage, usage, R"({"LogSizeLimit":"9MB"})", "InvalidResourceUsageConfig"},
      {usage, usage, R"({"MemoryLimit":"34MB"})", "InvalidResourceUsageConfig"},
      {usage, usage, R"({"MemoryLimit":"35840KB","CpuLimit":"95","OverloadLimit":3})", "OK"},
      {usage, usage, R"({"OverloadLimit":2})", "InvalidResourceUsageConfig"},
      {"InvocationDelivery", oss, R"({"Enabled":true})", "InvalidParameter.OssBucketName"},
      {"InvocationDelivery", oss, R"({"Enabled":true,"BucketName":"b"})", "InvalidOssBucketName.NotFound"},
      {"SessionManagerDelivery", oss, R"({"Enabled":true,"BucketName":"b"})",
       "InvalidOperation.SessionManagerDeliveryUnsupported"},
      {"InvocationDelivery", oss, R"({"Prefix":"/a"})", "InvalidParameter.OssPrefix"},
      {"InvocationDelivery", oss, R"({"EncryptionType":"KMS"})", "InvalidParameter.OssEncryptionKeyId"},
      {"InvocationDelivery", oss, R"({"EncryptionType":"Own"})", "InvalidParameter.OssEncryptionType"},
      {"InvocationDelivery", oss, R"({"EncryptionAlgorithm":"Rot13"})", "InvalidParameter.OssEncryptionAlgorithm"},
      {"InvocationDelivery", sls, R"({"Enabled":true})", "InvalidParameter.SlsProjectName"},
      {"InvocationDelivery", sls, R"({"Enabled":true,"ProjectName":"p"})", "InvalidParameter.SlsLogstoreName"},
      {"InvocationDelivery", sls, R"({"Enabled":true,"ProjectName":"p","LogstoreName":"l"})",
       "InvalidSlsProjectName.NotFound"},
  };
  for (const Case& c : cases) EXPECT_EQ(Set(c.type, c.config, c.text), c.code) << c.type << ' ' << c.text;
  EXPECT_EQ(Get("InvocationDelivery").text_at("OssDeliveryConfigs.OssDeliveryConfig.0.BucketName"), "")
      << "a refused change leaves nothing";
}

TEST_F(AgentsTest, ACommandIsModified) {
  const std::string id = api_.Call("CreateCommand", {{"Type", "RunShellScript"},
                                                     {"Name", "old"},
                                                     {"Description", "text"},
                                                     {"WorkingDir", "/old"},
                                                     {"Launcher", "sh"},
                                                     {"CommandContent", "ZWNobyAxMjM="}})
                             .text_at("CommandId");
  const auto modified =
      api_.Call("ModifyCommand",
                {{"CommandId", id}, {"Name", "new"}, {"Timeout", "5"}, {"CommandContent", "eA=="}, {"WorkingDir", ""}});
  EXPECT_EQ(modified.code(), "OK");
  ExpectShape("ModifyCommand", modified);
  const auto list = api_.Call("DescribeCommands");
  const auto field = [&list](const std::string& name) { return list.text_at("Commands.Command.0." + name); };
  EXPECT_EQ(field("Name"), "new");
  EXPECT_EQ(field("Description"), "text") << "not given: it stays";
  EXPECT_EQ(field("WorkingDir"), "") << "given empty: it goes";
  EXPECT_EQ(field("Launcher"), "sh");
  EXPECT_EQ(field("CommandContent"), "ZWNobyAxMjM=") << "scripts never change";
  EXPECT_EQ(list.number_at("Commands.Command.0.Timeout"), 10);
  const auto code = [&](const std::string& name, const std::string& value) {
    return Code("ModifyCommand", {{"CommandId", id}, {name, value}});
  };
  EXPECT_EQ(code("Name", ""), "OK");
  EXPECT_EQ(api_.Call("DescribeCommands").text_at("Commands.Command.0.Name"), "new");
  EXPECT_EQ(Code("ModifyCommand", {}), "MissingCommandId");
  EXPECT_EQ(Code("ModifyCommand", {{"CommandId", "c-none"}}), "InvalidCmdId.NotFound");
  EXPECT_EQ(code("Name", std::string(129, 'n')), "CmdName.ExceedLimit");
  EXPECT_EQ(code("Name", "a\nb"), "InvalidParameterCharacter.CommandName");
  EXPECT_EQ(code("Description", std::string(513, 'n')), "CmdDesc.ExceedLimit");
  EXPECT_EQ(code("WorkingDir", std::string(201, 'n')), "InvalidParameter.WorkingDir");
  EXPECT_EQ(code("Launcher", std::string(1025, 'n')), "InvalidLauncher.LengthLimitExceeded");
  EXPECT_EQ(code("Timeout", "86401"), "InvalidTimeout.ExceedLimit");
  EXPECT_EQ(code("Timeout", "0"), "InvalidTimeout");
}

}  // namespace
}  // namespace assist::server::openapi
