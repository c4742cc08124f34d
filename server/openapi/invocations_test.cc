// RunCommand, InvokeCommand, StopInvocation, DescribeInvocations, DescribeInvocationResults through the whole API.
#include <gtest/gtest.h>

#include "protocol/encoding/base64.h"
#include "server/openapi/fake_api.h"
#include "server/openapi/fake_shape.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;

class InvocationsTest : public testing::Test {
 protected:
  explicit InvocationsTest(FakeApi::Setup setup = {}) : api_(std::move(setup)) {}

  FormFields RunFields() const {
    return {{"Type", "RunShellScript"}, {"CommandContent", "echo 123"}, {"InstanceId.1", web_.str()}};
  }
  /// A good call of RunCommand with fields replaced or added.
  FakeApi::Reply Run(const FormFields& changes = {}) { return api_.Call("RunCommand", Changed(RunFields(), changes)); }
  static FormFields Changed(FormFields fields, const FormFields& changes) {
    for (const auto& change : changes) {
      std::erase_if(fields, [&change](const auto& field) { return field.first == change.first; });
      fields.push_back(change);
    }
    return fields;
  }
  std::string CreateCommand(const FormFields& changes = {}) {
    return api_
        .Call("CreateCommand", Changed({{"Type", "RunShellScript"},
                                        {"CommandContent", "echo {{name}}"},
                                        {"ContentEncoding", "PlainText"},
                                        {"EnableParameter", "true"},
                                        {"Name", "hi"}},
                                       changes))
        .text_at("CommandId");
  }
  FakeApi::Reply Describe(FormFields fields) { return api_.Call("DescribeInvocations", std::move(fields)); }
  FakeApi::Reply Results(FormFields fields) { return api_.Call("DescribeInvocationResults", std::move(fields)); }

  FakeApi api_;
  const InstanceId web_ = api_.Register("web", {{"env", "test"}});
  const InstanceId db_ = api_.Register("db", {{"env", "test"}, {"role", "db"}});
};

TEST_F(InvocationsTest, ARunIsPendingUntilTheAgentTakesItAndEndsWithItsOutput) {
  const auto started = Run();
  ASSERT_EQ(started.code(), "OK") << started.text;
  ExpectShape("RunCommand", started);
  const std::string id = started.text_at("InvokeId");
  EXPECT_TRUE(id.starts_with("t-"));
  EXPECT_TRUE(started.text_at("CommandId").starts_with("c-"));
  EXPECT_EQ(api_.wakes(), std::vector<InstanceId>{web_});

  auto list = Describe({{"InvokeId", id}});
  ExpectShape("DescribeInvocations", list);
  const std::string row = "Invocations.Invocation.0.";
  EXPECT_EQ(list.text_at(row + "InvocationStatus"), "Pending");
  EXPECT_EQ(list.text_at(row + "InvokeStatus"), "Running");
  EXPECT_EQ(list.text_at(row + "CommandContent"), encoding::Base64Encode("echo 123"));
  EXPECT_EQ(list.text_at(row + "Parameters"), "{}");
  EXPECT_EQ(list.text_at(row + "RepeatMode"), "Once");
  EXPECT_FALSE(list.at(row + "Timed").as_bool());
  EXPECT_EQ(list.number_at(row + "Timeout"), 60);
  const std::string instance = row + "InvokeInstances.InvokeInstance.0.";
  EXPECT_EQ(list.text_at(instance + "InstanceId"), web_.str());
  EXPECT_EQ(list.text_at(instance + "Delivery"), model::Name(model::Delivery::kNotDelivered));
  EXPECT_FALSE(list.has(instance + "ExitCode"));
  EXPECT_EQ(list.text_at(instance + "StartTime"), "");

  api_.RunTasks(web_, 0, "123\n");
  list = Describe({{"InvokeId", id}, {"IncludeOutput", "true"}, {"ContentEncoding", "PlainText"}});
  EXPECT_EQ(list.text_at(row + "InvocationStatus"), "Success");
  EXPECT_EQ(list.text_at(row + "InvokeStatus"), "Finished");
  EXPECT_EQ(list.text_at(instance + "InstanceInvokeStatus"), "Finished");
  EXPECT_EQ(list.text_at(instance + "Output"), "123\n");
  EXPECT_EQ(list.number_at(instance + "ExitCode"), 0);
  EXPECT_EQ(list.number_at(instance + "Repeats"), 1);
  EXPECT_EQ(list.text_at(instance + "Outcome"), model::Name(model::Outcome::kFinal));
  EXPECT_EQ(list.number_at(row + "InstanceStatusCounts.Success"), 1);
  EXPECT_EQ(Describe({{"InvokeId", id}}).text_at(instance + "Output"), "");

  const auto results = Results({{"InvokeId", id}});
  ExpectShape("DescribeInvocationResults", results);
  EXPECT_EQ(results.number_at("Invocation.TotalCount"), 1);
  EXPECT_EQ(results.text_at("Invocation.NextToken"), "");
  const std::string result = "Invocation.InvocationResults.InvocationResult.0.";
  EXPECT_EQ(results.text_at(result + "Output"), "MTIzCg==");
  EXPECT_EQ(results.text_at(result + "InvokeRecordStatus"), "Finished");
  EXPECT_EQ(results.text_at(result + "CommandId"), started.text_at("CommandId"));
  EXPECT_EQ(results.number_at(result + "OutputSize"), 4);
  EXPECT_NE(results.text_at(result + "FinishedTime"), "");
}

TEST_F(InvocationsTest, AnotherExitCodeIsFailedAndFinished) {
  const std::string id = Run().text_at("InvokeId");
  api_.RunTasks(web_, 1, "");
  const auto results = Results({{"InvokeId", id}});
  const std::string row = "Invocation.InvocationResults.InvocationResult.0.";
  EXPECT_EQ(results.text_at(row + "InvocationStatus"), "Failed");
  EXPECT_EQ(results.text_at(row + "InvokeRecordStatus"), "Finished");
  EXPECT_EQ(results.number_at(row + "ExitCode"), 1);
  EXPECT_EQ(results.text_at(row + "ErrorCode"), "ExitCodeNonzero");
  EXPECT_EQ(results.text_at(row + "ErrorInfo"), "the command execution exit code is not zero");
}

TEST_F(InvocationsTest, CommandsOfRunCommandAreListedOnlyWhenKept) {
  EXPECT_EQ(Run().code(), "OK");
  EXPECT_EQ(api_.Call("DescribeCommands").number_at("TotalCount"), 0);
  const auto kept = Run({{"KeepCommand", "true"}, {"Name", "kept"}});
  EXPECT_EQ(api_.Call("DescribeCommands").text_at("Commands.Command.0.CommandId"), kept.text_at("CommandId"));
}

TEST_F(InvocationsTest, InstancesMayBeNamedInEveryFormOrByTag) {
  const std::string both = web_.str() + "," + db_.str();
  const auto targets = [this](const FormFields& how) {
    FormFields fields = {{"Type", "RunShellScript"}, {"CommandContent", "true"}};
    fields.insert(fields.end(), how.begin(), how.end());
    const auto reply = api_.Call("RunCommand", fields);
    if (reply.code() != "OK") return reply.code();
    const auto list = Describe({{"InvokeId", reply.text_at("InvokeId")}});
    return std::to_string(list.number_at("Invocations.Invocation.0.InstanceCount"));
  };
  EXPECT_EQ(targets({{"InstanceId.1", web_.str()}, {"InstanceId.2", db_.str()}, {"InstanceId.3", web_.str()}}), "2");
  EXPECT_EQ(targets({{"InstanceIds.1", web_.str()}}), "1");
  EXPECT_EQ(targets({{"InstanceIds", "[\"" + web_.str() + "\",\"" + db_.str() + "\"]"}}), "2");
  EXPECT_EQ(targets({{"InstanceIds", both}}), "2");
  EXPECT_EQ(targets({{"InstanceId", db_.str()}}), "1");
  EXPECT_EQ(targets({{"ResourceTag.1.Key", "env"}, {"ResourceTag.1.Value", "test"}}), "2");
  EXPECT_EQ(targets({{"ResourceTag.1.Key", "env"}, {"ResourceTag.2.Key", "role"}}), "1");
  FormFields letters;
  for (std::size_t i = 0; i < web_.str().size(); ++i) {
    letters.emplace_back("InstanceId." + std::to_string(i + 1), web_.str().substr(i, 1));
  }
  EXPECT_EQ(targets(letters), "1");
}

TEST_F(InvocationsTest, EveryRefusalOfRunCommandHasItsCodeAndStatus) {
  struct Case {
    FormFields changes;
    std::string code;
    int status;
  };
  const std::string container(64, 'a');
  std::string too_many;
  for (int i = 0; i < 101; ++i) too_many += "mi-" + std::to_string(i) + ",";
  const Case cases[] = {
      {{{"Type", ""}}, "MissingType", 400},
      {{{"CommandContent", ""}}, "MissingCommandContent", 400},
      {{{"Type", "Perl"}}, "InvalidCmdType.NotFound", 404},
      {{{"ContentEncoding", "Base64"}}, "CmdContent.DecodeError", 400},
      {{{"CommandContent", std::string(18'433, 'a')}}, "CmdContent.ExceedLimit", 403},
      {{{"InstanceId.1", ""}}, "MissingParam.InstanceId", 400},
      {{{"InstanceId.1", "mi-none"}}, "InvalidInstance.NotFound", 404},
      {{{"InstanceId.1", ""}, {"InstanceIds", too_many}}, "InstanceIds.ExceedLimit", 403},
      {{{"ResourceTag.1.Key", "env"}}, "InvalidResourceTag.ConflictWithInstanceIds", 400},
      {{{"InstanceId.1", ""}, {"ResourceTag.1.Key", "none"}}, "InvalidResourceTag.InstanceNotFound", 400},
      {{{"ResourceTag.1.Value", "x"}}, "MissingParameter.ResourceTagKey", 400},
      {{{"ResourceTag.1.Key", "a"}, {"ResourceTag.2.Key", "a"}}, "Duplicate.ResourceTagKey", 400},
      {{{"ResourceTag.1.Key", std::string(65, 'k')}}, "InvalidResourceTagKey.Malformed", 400},
      {{{"ResourceTag.1.Key", "k"}, {"ResourceTag.1.Value", std::string(129, 'v')}},
       "InvalidResourceTagValue.Malformed",
       400},
      {{{"Type", "RunBatScript"}}, "InvalidInstance.NotMatch", 400},
      {{{"Timeout", "86401"}}, "InvalidTimeout.ExceedLimit", 403},
      {{{"Timeout", "-1"}}, "InvalidTimeout", 400},
      {{{"Name", std::string(129, 'n')}}, "CmdName.ExceedLimit", 403},
      {{{"Description", std::string(513, 'n')}}, "CmdDesc.ExceedLimit", 403},
      {{{"WorkingDir", std::string(201, 'n')}}, "InvalidParameter.WorkingDir", 400},
      {{{"Launcher", std::string(1025, 'n')}}, "InvalidLauncher.LengthLimitExceeded", 403},
      {{{"Username", std::string(256, 'n')}}, "Username.ExceedLimit", 403},
      {{{"WindowsPasswordName", std::string(256, 'n')}}, "WindowsPasswordName.ExceedLimit", 403},
      {{{"TerminationMode", "Kill"}}, "InvalidTerminationMode.NotFound", 404},
      {{{"RepeatMode", "Often"}}, "InvalidRepeatMode.NotFound", 404},
      {{{"ContainerId", "a"}}, "InvalidContainerId.Malformed", 400},
      {{{"ContainerId", "lxc://" + container}}, "InvalidContainerId.Malformed", 400},
      {{{"ContainerId", container + "a"}}, "InvalidContainerId.Malformed", 400},
      {{{"ContainerName", "a b"}}, "InvalidContainerName.Malformed", 400},
      {{{"OssOutputDelivery", "s3://x"}}, "InvalidOssOutputDelivery", 400},
      {{{"OssOutputDelivery", "oss://x"}}, "Operation.Forbidden", 403},
      {{{"ResourceGroupId", "rg-1"}}, "InvalidResourceGroup.NotFound", 404},
      {{{"Parameters", "{\"a\":\"b\"}"}}, "Parameter.Disabled", 400},
      {{{"Parameters", "[]"}}, "InvalidParameter.Parameters", 400},
      {{{"Parameters", "{"}}, "InvalidParameter.Parameters", 400},
      {{{"Parameters", "{\"a\":[]}"}}, "ParameterType.NotSupported", 403},
      {{{"Parameters", "{\"a\":null}"}}, "ParameterType.NotSupported", 403},
      {{{"Parameters", "{\"a\":\"\xff\"}"}}, "InvalidParameterCharset.Parameters", 403},
      {{{"DeliveryTimeout", "0"}}, "InvalidDeliveryTimeout", 400},
      {{{"DeliveryTimeout", "-2"}}, "InvalidDeliveryTimeout", 400},
      {{{"Timed", "false"}, {"RepeatMode", "Once"}, {"Parameters", "{}"}, {"DeliveryTimeout", "-1"}}, "OK", 200},
  };
  for (const Case& c : cases) {
    const auto reply = Run(c.changes);
    EXPECT_EQ(reply.code(), c.code) << encoding::WriteForm(c.changes).substr(0, 80);
    EXPECT_EQ(reply.status, c.status) << encoding::WriteForm(c.changes).substr(0, 80);
  }
  EXPECT_EQ(Describe({}).number_at("TotalCount"), 1);  // only the last one
}

TEST_F(InvocationsTest, AContainerIsPassedOnAndShownAgain) {
  for (const std::string scheme : {"", "docker://", "containerd://", "cri-o://"}) {
    const std::string container = scheme + std::string(32, 'a') + std::string(32, 'F');
    const auto reply = Run({{"ContainerId", container}, {"ContainerName", "k8s_web.1/pod-2"}});
    ASSERT_EQ(reply.code(), "OK") << scheme;
    const auto list = Describe({{"InvokeId", reply.text_at("InvokeId")}});
    EXPECT_EQ(list.text_at("Invocations.Invocation.0.ContainerId"), container);
    EXPECT_EQ(list.text_at("Invocations.Invocation.0.ContainerName"), "k8s_web.1/pod-2");
    const auto results = Results({{"InvokeId", reply.text_at("InvokeId")}});
    const std::string row = "Invocation.InvocationResults.InvocationResult.0.";
    EXPECT_EQ(results.text_at(row + "ContainerId"), container);
    EXPECT_EQ(results.text_at(row + "ContainerName"), "k8s_web.1/pod-2");
  }
  const InstanceId bsd = api_.Register("bsd", {}, model::OsType::kFreeBsd);
  EXPECT_EQ(Run({{"InstanceId.1", bsd.str()}, {"ContainerName", "web"}}).code(), "InvalidInstance.NotMatch");
}

TEST_F(InvocationsTest, WindowsMachinesWantAPasswordNameForAUser) {
  const InstanceId windows = api_.Register("win", {}, model::OsType::kWindows);
  const FormFields base = {{"Type", "RunBatScript"}, {"InstanceId.1", windows.str()}, {"Username", "bob"}};
  const auto reply = Run(base);
  EXPECT_EQ(reply.code(), "WindowsPasswordName.Missed");
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(Run(Changed(base, {{"WindowsPasswordName", "secret"}})).code(), "OK");
}

TEST_F(InvocationsTest, ParametersAreChecked) {
  const std::string id = CreateCommand();
  const auto code = [&](const std::string& parameters) {
    return api_.Call("InvokeCommand", {{"CommandId", id}, {"InstanceId.1", web_.str()}, {"Parameters", parameters}})
        .code();
  };
  std::string eleven;
  for (int i = 0; i < 11; ++i) eleven += (i == 0 ? "{\"a" : ",\"a") + std::to_string(i) + "\":1";
  EXPECT_EQ(code(eleven + "}"), "ParameterCount.ExceedLimit");
  EXPECT_EQ(code("{\"" + std::string(65, 'k') + "\":1}"), "ParameterKey.ExceedLimit");
  EXPECT_EQ(code("{\"\":1}"), "InvalidParameter.Parameters");
  EXPECT_EQ(code("{\"name\":1,\"NAME\":2}"), "ParameterKey.Duplicate");
  EXPECT_EQ(code("{\"other\":1}"), "Parameter.NotMatched");
  EXPECT_EQ(code("{\"name\":\"" + std::string(18'433, 'a') + "\"}"), "CmdContent.ExceedLimit");
  EXPECT_EQ(code("{\"name\":\"Jack\"}"), "OK");
  const auto list = Describe({{"CommandId", id}, {"ContentEncoding", "PlainText"}});
  EXPECT_EQ(list.text_at("Invocations.Invocation.0.Parameters"), "{\"name\":\"Jack\"}");
  EXPECT_EQ(list.text_at("Invocations.Invocation.0.CommandContent"), "echo {{name}}");
  const auto reply = api_.Call("InvokeCommand", {{"CommandId", id},
                                                 {"InstanceId.1", web_.str()},
                                                 {"Parameters", "{\"name\":\"" + std::string(18'433, 'a') + "\"}"}});
  EXPECT_EQ(reply.message(), "The maximum length of a command is exceeded.");
}

TEST_F(InvocationsTest, InvokeCommandCopiesTheCommand) {
  const std::string id = CreateCommand({{"Timeout", "77"}, {"WorkingDir", "/tmp"}});
  const auto invoked =
      api_.Call("InvokeCommand", {{"CommandId", id}, {"InstanceId.1", web_.str()}, {"Timed", "false"}});
  ASSERT_EQ(invoked.code(), "OK");
  ExpectShape("InvokeCommand", invoked);
  const auto list = Describe({{"CommandName", "hi"}});
  EXPECT_EQ(list.text_at("Invocations.Invocation.0.InvokeId"), invoked.text_at("InvokeId"));
  EXPECT_EQ(list.number_at("Invocations.Invocation.0.Timeout"), 77);
  EXPECT_EQ(list.text_at("Invocations.Invocation.0.WorkingDir"), "/tmp");
  const auto missing = api_.Call("InvokeCommand", {{"CommandId", "c-none"}, {"InstanceId.1", web_.str()}});
  EXPECT_EQ(missing.code(), "InvalidCmdId.NotFound");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(api_.Call("InvokeCommand", {{"InstanceId.1", web_.str()}}).code(), "MissingCommandId");
  EXPECT_EQ(api_.Call("InvokeCommand", {{"CommandId", id}, {"InstanceId.1", web_.str()}, {"Timeout", "9"}}).code(),
            "InvalidTimeout");
}

TEST_F(InvocationsTest, ADryRunChecksAndKeepsNothing) {
  const auto dry = Run({{"RepeatMode", "DryRun"}, {"KeepCommand", "true"}});
  EXPECT_EQ(dry.code(), "OK");
  EXPECT_EQ(dry.text_at("InvokeId"), "");
  EXPECT_EQ(Run({{"RepeatMode", "DryRun"}, {"InstanceId.1", "mi-none"}}).code(), "InvalidInstance.NotFound");
  EXPECT_EQ(Describe({}).number_at("TotalCount"), 0);
  EXPECT_EQ(api_.Call("DescribeCommands").number_at("TotalCount"), 0);
}

TEST_F(InvocationsTest, AClientTokenStartsOnce) {
  const auto first = Run({{"ClientToken", "t"}});
  const auto again = Run({{"ClientToken", "t"}});
  EXPECT_EQ(again.text_at("InvokeId"), first.text_at("InvokeId"));
  EXPECT_EQ(again.text_at("CommandId"), first.text_at("CommandId"));
  EXPECT_EQ(Run({{"ClientToken", "t"}, {"Timeout", "61"}}).code(), "IdempotentParameterMismatch");
  EXPECT_EQ(Describe({}).number_at("TotalCount"), 1);
  api_.clock().Advance(std::chrono::hours(25));
  EXPECT_NE(Run({{"ClientToken", "t"}}).text_at("InvokeId"), first.text_at("InvokeId"));
}

TEST_F(InvocationsTest, AStopCancelsWhatWasNotDelivered) {
  const std::string id = Run({{"InstanceId.2", db_.str()}}).text_at("InvokeId");
  api_.StartTasks(db_);
  const auto one = api_.Call("StopInvocation", {{"InvokeId", id}, {"InstanceId.1", web_.str()}});
  EXPECT_EQ(one.code(), "OK");
  ExpectShape("StopInvocation", one);
  auto list = Describe({{"InvokeId", id}});
  const std::string counts = "Invocations.Invocation.0.InstanceStatusCounts.";
  EXPECT_EQ(list.number_at(counts + "Cancelled"), 1);
  EXPECT_EQ(list.number_at(counts + "Running"), 1);
  EXPECT_EQ(api_.Call("StopInvocation", {{"InvokeId", id}}).code(), "OK");
  list = Describe({{"InvokeId", id}});
  EXPECT_EQ(list.number_at(counts + "Stopping"), 1);
  EXPECT_EQ(list.text_at("Invocations.Invocation.0.InvokeStatus"), "Stopping");
  const auto results = Results({{"InvokeId", id}, {"InstanceId", db_.str()}});
  EXPECT_NE(results.text_at("Invocation.InvocationResults.InvocationResult.0.StopTime"), "");
  EXPECT_EQ(api_.Call("StopInvocation", {{"InvokeId", id}}).code(), "OK");  // again: nothing to do
}

TEST_F(InvocationsTest, RefusalsOfStopInvocation) {
  const std::string id = Run().text_at("InvokeId");
  std::string many;
  for (int i = 0; i < 51; ++i) many += "mi-" + std::to_string(i) + ",";
  EXPECT_EQ(api_.Call("StopInvocation").code(), "MissingInvokeId");
  const auto unknown = api_.Call("StopInvocation", {{"InvokeId", "t-none"}});
  EXPECT_EQ(unknown.code(), "InvalidInvokeId.NotFound");
  EXPECT_EQ(unknown.status, 404);
  const auto other = api_.Call("StopInvocation", {{"InvokeId", id}, {"InstanceId.1", db_.str()}});
  EXPECT_EQ(other.code(), "InvalidInstanceId.NotFound");
  EXPECT_EQ(other.status, 404);
  const auto too_many = api_.Call("StopInvocation", {{"InvokeId", id}, {"InstanceIds", many}});
  EXPECT_EQ(too_many.code(), "InstanceIds.ExceedLimit");
  EXPECT_EQ(too_many.status, 403);
}

TEST_F(InvocationsTest, WhatDidNotSucceedIsRunAgain) {
  const std::string id = Run({{"InstanceId.2", db_.str()}}).text_at("InvokeId");
  api_.RunTasks(web_, 0, "");
  api_.RunTasks(db_, 4, "no");
  const auto again = api_.Call("RerunInvocation", {{"InvokeId", id}, {"ClientToken", "again"}});
  ASSERT_EQ(again.code(), "OK") << again.text;
  EXPECT_EQ(again.text_at("RerunOf"), id);
  EXPECT_EQ(again.number_at("InstanceCount"), 1);
  EXPECT_EQ(again.number_at("LeftOut.Succeeded"), 1);
  const std::string second = again.text_at("InvokeId");
  EXPECT_EQ(api_.Call("RerunInvocation", {{"InvokeId", id}, {"ClientToken", "again"}}).text_at("InvokeId"), second);
  const auto list = Describe({{"InvokeId", second}});
  EXPECT_EQ(list.text_at("Invocations.Invocation.0.RerunOf"), id);
  EXPECT_EQ(list.text_at("Invocations.Invocation.0.InvokeInstances.InvokeInstance.0.InstanceId"), db_.str());
  EXPECT_EQ(list.size_at("Invocations.Invocation.0.InvokeInstances.InvokeInstance"), 1u);
  api_.RunTasks(db_, 0, "yes");
  const auto nothing = api_.Call("RerunInvocation", {{"InvokeId", second}});
  EXPECT_EQ(nothing.code(), "InvalidInvocation.NothingToRerun");
  EXPECT_EQ(nothing.status, 400);
  EXPECT_NE(nothing.text.find("1 succeeded"), std::string::npos) << nothing.text;
}

TEST_F(InvocationsTest, InvocationsAreFiltered) {
  const std::string on_web = Run({{"Name", "one"}, {"Tag.1.Key", "job"}, {"Tag.1.Value", "a"}}).text_at("InvokeId");
  api_.RunTasks(web_, 0, "");
  const std::string on_db = Run({{"InstanceId.1", db_.str()}}).text_at("InvokeId");
  const auto ids = [this](FormFields fields) {
    const auto list = Describe(std::move(fields));
    if (list.code() != "OK") return list.code();
    std::string out;
    for (std::size_t i = 0; i < list.size_at("Invocations.Invocation"); ++i) {
      out += list.text_at("Invocations.Invocation." + std::to_string(i) + ".InvokeId") + ' ';
    }
    return out;
  };
  EXPECT_EQ(ids({}), on_db + ' ' + on_web + ' ');
  EXPECT_EQ(ids({{"InvokeId", on_web}}), on_web + ' ');
  EXPECT_EQ(ids({{"InvokeId", "t-none"}}), "");
  EXPECT_EQ(ids({{"InstanceId", db_.str()}}), on_db + ' ');
  EXPECT_EQ(ids({{"InstanceId", "mi-none"}}), "");
  EXPECT_EQ(ids({{"CommandName", "one"}}), on_web + ' ');
  EXPECT_EQ(ids({{"InvokeStatus", "Success"}}), on_web + ' ');
  EXPECT_EQ(ids({{"InvokeStatus", "Pending"}}), on_db + ' ');
  EXPECT_EQ(ids({{"InvokeStatus", "Running"}}), on_db + ' ');
  EXPECT_EQ(ids({{"CommandType", "RunBatScript"}}), "");
  EXPECT_EQ(ids({{"Tag.1.Key", "job"}}), on_web + ' ');
  EXPECT_EQ(ids({{"RepeatMode", "Period"}}), "");
  EXPECT_EQ(ids({{"Timed", "true"}}), "");
  EXPECT_EQ(ids({{"Timed", "false"}}), on_db + ' ' + on_web + ' ');
  EXPECT_EQ(ids({{"ResourceGroupId", "rg"}}), "");
  EXPECT_EQ(ids({{"InvokeStatus", "Gone"}}), "InvalidInvokeStatus");
  EXPECT_EQ(ids({{"MaxResults", "1"}}), on_db + ' ');
  const auto rows = [this](FormFields fields) { return Results(std::move(fields)).number_at("Invocation.TotalCount"); };
  EXPECT_EQ(rows({}), 2);
  EXPECT_EQ(rows({{"InstanceId", web_.str()}}), 1);
  EXPECT_EQ(rows({{"InvokeRecordStatus", "Finished"}}), 1);
  EXPECT_EQ(rows({{"InvokeId", on_db}, {"InstanceId", web_.str()}}), 0);
  EXPECT_EQ(rows({{"InvokeId", "t-none"}}), 0);
}

TEST_F(InvocationsTest, ResultsArePaged) {
  const std::string id = Run({{"InstanceId.2", db_.str()}}).text_at("InvokeId");
  const auto first = Results({{"InvokeId", id}, {"MaxResults", "1"}});
  const std::string row = "Invocation.InvocationResults.InvocationResult";
  EXPECT_EQ(first.size_at(row), 1u);
  EXPECT_EQ(first.text_at(row + ".0.InstanceId"), web_.str());
  const auto second =
      Results({{"InvokeId", id}, {"MaxResults", "1"}, {"NextToken", first.text_at("Invocation.NextToken")}});
  EXPECT_EQ(second.text_at(row + ".0.InstanceId"), db_.str());
  EXPECT_EQ(second.text_at("Invocation.NextToken"), "");
  EXPECT_EQ(Results({{"NextToken", "x"}}).code(), "InvalidParameter.NextToken");
}

TEST_F(InvocationsTest, ARangeOfALongOutputCanBeRead) {
  const std::string id = Run().text_at("InvokeId");
  api_.RunTasks(web_, 0, "0123456789");
  const FormFields one = {{"InvokeId", id}, {"InstanceId", web_.str()}, {"ContentEncoding", "PlainText"}};
  const auto range = Results(Changed(one, {{"OutputOffset", "3"}, {"OutputLength", "4"}}));
  const std::string row = "Invocation.InvocationResults.InvocationResult.0.";
  EXPECT_EQ(range.text_at(row + "Output"), "3456");
  EXPECT_EQ(range.number_at(row + "OutputOffset"), 3);
  EXPECT_EQ(range.number_at(row + "OutputSize"), 10);
  EXPECT_EQ(Results(Changed(one, {{"OutputOffset", "8"}})).text_at(row + "Output"), "89");
  EXPECT_EQ(Results(Changed(one, {{"OutputOffset", "10"}})).text_at(row + "Output"), "");
  EXPECT_EQ(Results({{"InstanceId", web_.str()}, {"OutputOffset", "0"}}).code(), "MissingInvokeId");
  EXPECT_EQ(Results({{"OutputLength", "1"}}).code(), "MissingInvokeId");
  // Without an instance the range is of each row.
  const auto page =
      Results({{"InvokeId", id}, {"ContentEncoding", "PlainText"}, {"OutputOffset", "1"}, {"OutputLength", "2"}});
  EXPECT_EQ(page.text_at(row + "Output"), "12");
  EXPECT_EQ(Results(Changed(one, {{"OutputOffset", "-1"}})).code(), "InvalidOutputOffset");
  EXPECT_EQ(Results(Changed(one, {{"OutputLength", "1048577"}})).code(), "InvalidOutputLength");
}

class LargeInvocationsTest : public InvocationsTest {
 protected:
  static FakeApi::Setup Large() {
    FakeApi::Setup setup;
    setup.limits = model::Limits::Large();
    return setup;
  }
  LargeInvocationsTest() : InvocationsTest(Large()) {}
};

TEST_F(LargeInvocationsTest, OfManyInstancesTheFirstHundredAreShownAndAllAreCounted) {
  FormFields fields = {{"Type", "RunShellScript"}, {"CommandContent", "true"}};
  for (int i = 0; i < 105; ++i) {
    const InstanceId machine = api_.Register("m" + std::to_string(i));
    fields.emplace_back("InstanceId." + std::to_string(i + 1), machine.str());
  }
  const std::string id = api_.Call("RunCommand", fields).text_at("InvokeId");
  const auto list = Describe({{"InvokeId", id}});
  EXPECT_EQ(list.size_at("Invocations.Invocation.0.InvokeInstances.InvokeInstance"), 100u);
  EXPECT_EQ(list.number_at("Invocations.Invocation.0.InstanceCount"), 105);
  EXPECT_EQ(list.number_at("Invocations.Invocation.0.InstanceStatusCounts.Pending"), 105);
  EXPECT_TRUE(list.at("Invocations.Invocation.0.InstancesCut").as_bool());
  EXPECT_EQ(Results({{"InvokeId", id}, {"PageSize", "1000"}}).size_at("Invocation.InvocationResults.InvocationResult"),
            105u);
}

TEST_F(LargeInvocationsTest, APageHasUpToAThousandRows) {
  for (const char* action : {"DescribeCommands", "DescribeInvocations", "DescribeInvocationResults",
                             "DescribeManagedInstances", "DescribeCloudAssistantStatus", "DescribeActivations"}) {
    EXPECT_EQ(api_.Call(action, {{"PageSize", "1000"}}).code(), "OK") << action;
    EXPECT_EQ(api_.Call(action, {{"MaxResults", "1000"}}).code(), "OK") << action;
    EXPECT_EQ(api_.Call(action, {{"PageSize", "1001"}}).code(), "InvalidParam.PageSize") << action;
    EXPECT_EQ(api_.Call(action, {{"MaxResults", "1001"}}).code(), "InvalidParameter.MaxResults") << action;
  }
}

TEST_F(LargeInvocationsTest, AScriptMayHaveAMiB) {
  EXPECT_EQ(Run({{"CommandContent", std::string(1 << 20, 'a')}}).code(), "OK");
  EXPECT_EQ(Run({{"CommandContent", std::string((1 << 20) + 3, 'a')}}).code(), "CmdContent.ExceedLimit");
}

}  // namespace
}  // namespace assist::server::openapi
