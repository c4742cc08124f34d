// CreateCommand, DescribeCommands, DeleteCommand through the whole API.
#include <gtest/gtest.h>

#include "server/openapi/fake_api.h"
#include "server/openapi/fake_shape.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;

class CommandsTest : public testing::Test {
 protected:
  /// A good call of CreateCommand with one field replaced or added.
  FakeApi::Reply Create(const std::string& name = "", const std::string& value = "") {
    FormFields fields = {{"Type", "RunShellScript"}, {"Name", "test"}, {"CommandContent", "ZWNobyAxMjM="}};
    std::erase_if(fields, [&name](const auto& field) { return field.first == name; });
    if (!name.empty()) fields.emplace_back(name, value);
    return api_.Call("CreateCommand", fields);
  }
  FakeApi::Reply List(FormFields fields) { return api_.Call("DescribeCommands", std::move(fields)); }

  FakeApi api_;
};

TEST_F(CommandsTest, WhatIsCreatedIsDescribed) {
  const auto created = api_.Call("CreateCommand", {{"Type", "RunPowerShellScript"},
                                                   {"Name", "名字"},
                                                   {"Description", "what it does"},
                                                   {"CommandContent", "echo {{ name }} {{other}}"},
                                                   {"ContentEncoding", "plaintext"},
                                                   {"EnableParameter", "True"},
                                                   {"Launcher", "pwsh"},
                                                   {"Timeout", "5"},
                                                   {"WorkingDir", "C:\\"},
                                                   {"Tag.1.Key", "k"},
                                                   {"Tag.1.Value", "v"}});
  ASSERT_EQ(created.code(), "OK");
  ExpectShape("CreateCommand", created);
  const std::string id = created.text_at("CommandId");
  EXPECT_EQ(id.size(), 34u);
  EXPECT_TRUE(id.starts_with("c-"));

  const auto list = List({{"ContentEncoding", "PlainText"}});
  ExpectShape("DescribeCommands", list);
  EXPECT_EQ(list.number_at("TotalCount"), 1);
  const auto field = [&list](const std::string& name) { return list.text_at("Commands.Command.0." + name); };
  EXPECT_EQ(field("CommandId"), id);
  EXPECT_EQ(field("Name"), "名字");
  EXPECT_EQ(field("Description"), "what it does");
  EXPECT_EQ(field("Type"), "RunPowerShellScript");
  EXPECT_EQ(field("CommandContent"), "echo {{ name }} {{other}}");
  EXPECT_EQ(field("Launcher"), "pwsh");
  EXPECT_EQ(field("WorkingDir"), "C:\\");
  EXPECT_EQ(field("CreationTime"), FormatIso8601(api_.clock().Now()));
  EXPECT_EQ(field("ParameterNames.ParameterName.1"), "other");
  EXPECT_EQ(field("Tags.Tag.0.TagKey"), "k");
  EXPECT_EQ(list.number_at("Commands.Command.0.Timeout"), 10);
  EXPECT_TRUE(list.at("Commands.Command.0.EnableParameter").as_bool());
}

TEST_F(CommandsTest, DefaultsAreThoseOfTheReference) {
  ASSERT_EQ(Create().code(), "OK");
  const auto list = List({});
  EXPECT_EQ(list.text_at("Commands.Command.0.CommandContent"), "ZWNobyAxMjM=");
  EXPECT_EQ(list.number_at("Commands.Command.0.Timeout"), 60);
  EXPECT_FALSE(list.at("Commands.Command.0.EnableParameter").as_bool());
  EXPECT_EQ(list.size_at("Commands.Command.0.ParameterNames.ParameterName"), 0u);
  EXPECT_EQ(list.size_at("Commands.Command.0.Tags.Tag"), 0u);
}

TEST_F(CommandsTest, BytesThatAreNotUtf8ComeBackInBase64) {
  ASSERT_EQ(Create("CommandContent", "//4K").code(), "OK");
  EXPECT_EQ(List({}).text_at("Commands.Command.0.CommandContent"), "//4K");
  EXPECT_EQ(List({{"ContentEncoding", "PlainText"}}).text_at("Commands.Command.0.CommandContent"),
            "\xEF\xBF\xBD\xEF\xBF\xBD\n");
}

TEST_F(CommandsTest, EveryRefusalHasItsCodeAndStatus) {
  struct Case {
    std::string name;
    std::string value;
    std::string code;
    int status;
  };
  const std::string plain(18'433, 'a');  // 24,580 in Base64
  const Case cases[] = {
      {"Type", "", "MissingType", 400},
      {"CommandContent", "", "MissingCommandContent", 400},
      {"Type", "Python", "InvalidCmdType.NotFound", 404},
      {"CommandContent", "echo 123", "CmdContent.DecodeError", 400},
      {"CommandContent", std::string(24'580, 'A'), "CmdContent.ExceedLimit", 403},
      {"CommandContent", std::string(24'576, 'A'), "OK", 200},
      {"Name", std::string(129, 'n'), "CmdName.ExceedLimit", 403},
      {"Name", "", "OK", 200},
      {"Name", "a\nb", "InvalidParameterCharacter.CommandName", 403},
      {"Description", std::string(513, 'd'), "CmdDesc.ExceedLimit", 403},
      {"Description", "a\x01", "InvalidParameterCharacter.CommandDescription", 403},
      {"WorkingDir", std::string(201, 'w'), "InvalidParameter.WorkingDir", 400},
      {"WorkingDir", "a\nb", "InvalidParameterCharacter.CommandWorkingDir", 403},
      {"Launcher", std::string(1025, 'l'), "InvalidLauncher.LengthLimitExceeded", 403},
      {"Timeout", "86401", "InvalidTimeout.ExceedLimit", 403},
      {"Timeout", "0", "InvalidTimeout", 400},
      {"Timeout", "soon", "InvalidTimeout", 400},
      {"EnableParameter", "maybe", "InvalidEnableParameter", 400},
      {"Tag.1.Value", "v", "MissingParameter.TagKey", 400},
      {"Tag.1.Key", "acs:x", "InvalidTagKey.Malformed", 400},
      {"ResourceGroupId", "rg-1", "InvalidResourceGroup.NotFound", 404},
      {"ClientToken", std::string(65, 't'), "InvalidClientToken.Malformed", 400},
      {"ClientToken", "中", "InvalidClientToken.Malformed", 400},
  };
  for (const Case& c : cases) {
    const auto reply = Create(c.name, c.value);
    EXPECT_EQ(reply.code(), c.code) << c.name << '=' << c.value.substr(0, 40);
    EXPECT_EQ(reply.status, c.status) << c.name;
  }
  const auto with_names = [this](const std::string& script) {
    return api_
        .Call("CreateCommand", {{"Type", "RunShellScript"},
                                {"CommandContent", script},
                                {"ContentEncoding", "PlainText"},
                                {"EnableParameter", "true"}})
        .code();
  };
  EXPECT_EQ(with_names("{{a b}}"), "CmdParam.InvalidParamName");
  EXPECT_EQ(with_names("{{ }}"), "CmdParam.EmptyKey");
  EXPECT_EQ(with_names("{{" + std::string(65, 'a') + "}}"), "CmdParamName.ExceedLimit");
  EXPECT_EQ(with_names("{{oos-secret:x}}"), "ParameterStore.NotSupported");
  EXPECT_EQ(with_names(plain), "CmdContent.ExceedLimit");
  std::string many;
  for (int i = 0; i < 21; ++i) many += "{{a" + std::to_string(i) + "}}";
  EXPECT_EQ(with_names(many), "CmdParamCount.ExceedLimit");
}

TEST(CommandsQuotaTest, TooManyCommandsAreRefused) {
  FakeApi::Setup setup;
  setup.limits.commands = 1;
  FakeApi api(setup);
  const FormFields fields = {{"Type", "RunShellScript"}, {"CommandContent", "ZWNobyAxMjM="}};
  EXPECT_EQ(api.Call("CreateCommand", fields).code(), "OK");
  const auto reply = api.Call("CreateCommand", fields);
  EXPECT_EQ(reply.code(), "CmdCount.ExceedQuota");
  EXPECT_EQ(reply.status, 403);
}

TEST_F(CommandsTest, AClientTokenGivesTheFirstAnswerAgain) {
  const auto first = Create("ClientToken", "once");
  const auto again = Create("ClientToken", "once");
  EXPECT_EQ(again.code(), "OK");
  EXPECT_EQ(again.text_at("CommandId"), first.text_at("CommandId"));
  EXPECT_NE(again.request_id, first.request_id);
  EXPECT_EQ(List({}).number_at("TotalCount"), 1);
  const auto other = api_.Call(
      "CreateCommand",
      {{"Type", "RunShellScript"}, {"Name", "other"}, {"CommandContent", "ZWNobyAxMjM="}, {"ClientToken", "once"}});
  EXPECT_EQ(other.code(), "IdempotentParameterMismatch");
  EXPECT_EQ(other.status, 403);
  EXPECT_EQ(Create("ClientToken", "Once").code(), "OK");  // compared with case
  EXPECT_EQ(List({}).number_at("TotalCount"), 2);
}

TEST_F(CommandsTest, ARefusedCallDoesNotUseItsTokenUp) {
  const FormFields bad = {{"Type", "RunShellScript"},
                          {"CommandContent", "{{ }}"},
                          {"ContentEncoding", "PlainText"},
                          {"EnableParameter", "true"},
                          {"ClientToken", "t"}};
  EXPECT_EQ(api_.Call("CreateCommand", bad).code(), "CmdParam.EmptyKey");
  EXPECT_EQ(Create("ClientToken", "t").code(), "OK");
}

TEST_F(CommandsTest, ListsAreFiltered) {
  Create("Name", "alpha");
  Create("Name", "beta");
  const auto created = api_.Call("CreateCommand", {{"Type", "RunBatScript"},
                                                   {"Name", "gamma"},
                                                   {"Description", "long words"},
                                                   {"CommandContent", "ZWNobyAxMjM="},
                                                   {"Tag.1.Key", "env"},
                                                   {"Tag.1.Value", "test"}});
  const auto names = [this](FormFields fields) {
    const auto list = List(std::move(fields));
    std::string out;
    for (std::size_t i = 0; i < list.size_at("Commands.Command"); ++i) {
      out += list.text_at("Commands.Command." + std::to_string(i) + ".Name") + ' ';
    }
    return out;
  };
  EXPECT_EQ(names({}), "gamma beta alpha ");
  EXPECT_EQ(names({{"CommandId", created.text_at("CommandId")}}), "gamma ");
  EXPECT_EQ(names({{"CommandId", "c-none"}}), "");
  EXPECT_EQ(names({{"Name", "beta"}}), "beta ");
  EXPECT_EQ(names({{"Name", "*a"}}), "gamma beta alpha ");
  EXPECT_EQ(names({{"Name", "al*"}}), "alpha ");
  EXPECT_EQ(names({{"Description", "*words"}}), "gamma ");
  EXPECT_EQ(names({{"Type", "RunBatScript"}}), "gamma ");
  EXPECT_EQ(names({{"Tag.1.Key", "env"}}), "gamma ");
  EXPECT_EQ(names({{"Tag.1.Key", "env"}, {"Tag.1.Value", "prod"}}), "");
  EXPECT_EQ(names({{"Provider", "AlibabaCloud"}}), "");
  EXPECT_EQ(names({{"ResourceGroupId", "rg-1"}}), "");
  EXPECT_EQ(List({{"Type", "Python"}}).code(), "InvalidCommandType.NotFound");
  EXPECT_EQ(List({{"Name", std::string(129, 'n')}}).code(), "InvalidName.LengthLimitExceeded");
  EXPECT_EQ(List({{"Description", std::string(513, 'n')}}).code(), "InvalidDescription.LengthLimitExceeded");
}

TEST_F(CommandsTest, PagesByNumber) {
  for (int i = 0; i < 5; ++i) Create("Name", "n" + std::to_string(i));
  const auto second = List({{"PageNumber", "2"}, {"PageSize", "2"}});
  EXPECT_EQ(second.text_at("Commands.Command.0.Name"), "n2");
  EXPECT_EQ(second.size_at("Commands.Command"), 2u);
  EXPECT_EQ(second.number_at("PageNumber"), 2);
  EXPECT_EQ(second.number_at("PageSize"), 2);
  EXPECT_EQ(second.number_at("TotalCount"), 5);
  EXPECT_EQ(second.text_at("NextToken"), "");
  EXPECT_EQ(List({{"PageNumber", "9"}}).size_at("Commands.Command"), 0u);
  EXPECT_EQ(List({{"PageSize", "51"}}).code(), "InvalidParam.PageSize");
  EXPECT_EQ(List({{"PageNumber", "0"}}).code(), "InvalidParam.PageNumber");
}

TEST_F(CommandsTest, PagesByTokenDoNotShiftWhenSomethingIsAdded) {
  for (int i = 0; i < 5; ++i) Create("Name", "n" + std::to_string(i));
  const auto first = List({{"MaxResults", "2"}, {"PageSize", "99"}});
  EXPECT_EQ(first.text_at("Commands.Command.1.Name"), "n3");
  Create("Name", "newer");
  const auto second = List({{"MaxResults", "2"}, {"NextToken", first.text_at("NextToken")}});
  EXPECT_EQ(second.text_at("Commands.Command.0.Name"), "n2");
  const auto last = List({{"MaxResults", "2"}, {"NextToken", second.text_at("NextToken")}});
  EXPECT_EQ(last.size_at("Commands.Command"), 1u);
  EXPECT_EQ(last.text_at("NextToken"), "");
  EXPECT_EQ(List({{"NextToken", "nonsense"}}).code(), "InvalidParameter.NextToken");
  EXPECT_EQ(List({{"Name", "n1"}, {"NextToken", first.text_at("NextToken")}}).code(), "InvalidParameter.NextToken");
  EXPECT_EQ(api_.Call("DescribeActivations", {{"NextToken", first.text_at("NextToken")}}).code(),
            "InvalidParameter.NextToken");
  EXPECT_EQ(List({{"MaxResults", "51"}}).code(), "InvalidParameter.MaxResults");
}

TEST_F(CommandsTest, DeletedCommandsAreGone) {
  const std::string id = Create().text_at("CommandId");
  const auto deleted = api_.Call("DeleteCommand", {{"CommandId", id}});
  EXPECT_EQ(deleted.code(), "OK");
  ExpectShape("DeleteCommand", deleted);
  const auto again = api_.Call("DeleteCommand", {{"CommandId", id}});
  EXPECT_EQ(again.code(), "InvalidCmdId.NotFound");
  EXPECT_EQ(again.status, 404);
  EXPECT_EQ(api_.Call("DeleteCommand").code(), "MissingCommandId");
  EXPECT_EQ(List({}).number_at("TotalCount"), 0);
}

TEST_F(CommandsTest, ACommandInUseStays) {
  const std::string id = Create().text_at("CommandId");
  const InstanceId machine = api_.Register("web");
  const auto invoked = api_.Call("InvokeCommand", {{"CommandId", id}, {"InstanceId.1", machine.str()}});
  ASSERT_EQ(invoked.code(), "OK");
  const auto refused = api_.Call("DeleteCommand", {{"CommandId", id}});
  EXPECT_EQ(refused.code(), "InvalidStatus.CmdIdInUse");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(List({}).number_at("Commands.Command.0.InvokeTimes"), 1);
  api_.RunTasks(machine, 0, "done\n");
  EXPECT_EQ(api_.Call("DeleteCommand", {{"CommandId", id}}).code(), "OK");
  EXPECT_EQ(api_.Call("DescribeInvocations", {{"InvokeId", invoked.text_at("InvokeId")}}).number_at("TotalCount"), 1);
}

TEST_F(CommandsTest, XmlHasTheSameFields) {
  Create("Name", "a<b>");
  const auto xml = api_.Call("DescribeCommands", {{"Format", "XML"}});
  EXPECT_EQ(xml.type, "text/xml;charset=utf-8");
  for (const auto* part :
       {"<DescribeCommandsResponse><RequestId>", "<Commands><Command><CommandId>c-", "<Name>a&lt;b&gt;</Name>",
        "<Timeout>60</Timeout>", "<Tags></Tags>", "<TotalCount>1</TotalCount>"}) {
    EXPECT_NE(xml.text.find(part), std::string::npos) << part << "\n" << xml.text;
  }
}

}  // namespace
}  // namespace assist::server::openapi
