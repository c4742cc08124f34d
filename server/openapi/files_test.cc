// SendFile and DescribeSendFileResults through the whole API.
#include <gtest/gtest.h>

#include "protocol/encoding/base64.h"
#include "server/openapi/fake_api.h"
#include "server/openapi/fake_shape.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;

class FilesTest : public testing::Test {
 protected:
  explicit FilesTest(FakeApi::Setup setup = {}) : api_(std::move(setup)) {}

  /// A good call with fields replaced or added; an empty value leaves one out.
  FakeApi::Reply Send(const FormFields& changes = {}) {
    FormFields fields = {
        {"InstanceId.1", web_.str()}, {"Name", "a.txt"}, {"TargetDir", "/srv"}, {"Content", "hello file\n"}};
    for (const auto& change : changes) {
      std::erase_if(fields, [&change](const auto& field) { return field.first == change.first; });
      if (!change.second.empty()) fields.push_back(change);
    }
    return api_.Call("SendFile", fields);
  }
  FakeApi::Reply Describe(FormFields fields = {}) { return api_.Call("DescribeSendFileResults", std::move(fields)); }

  const std::string row_ = "Invocations.Invocation.0.";
  const std::string instance_ = row_ + "InvokeInstances.InvokeInstance.0.";
  FakeApi api_;
  const InstanceId web_ = api_.Register("web");
  const InstanceId db_ = api_.Register("db");
};

TEST_F(FilesTest, AFileIsPendingUntilTheAgentHasWrittenIt) {
  const auto sent = Send({{"Description", "text"}, {"Tag.1.Key", "k"}, {"Tag.1.Value", "v"}});
  ASSERT_EQ(sent.code(), "OK") << sent.text;
  ExpectShape("SendFile", sent);
  EXPECT_TRUE(sent.text_at("InvokeId").starts_with("f-"));
  EXPECT_EQ(api_.wakes(), std::vector<InstanceId>{web_});

  auto list = Describe({{"InvokeId", sent.text_at("InvokeId")}});
  ExpectShape("DescribeSendFileResults", list);
  EXPECT_EQ(list.text_at(row_ + "InvocationStatus"), "Pending");
  EXPECT_EQ(list.text_at(row_ + "Name"), "a.txt");
  EXPECT_EQ(list.text_at(row_ + "TargetDir"), "/srv");
  EXPECT_EQ(list.text_at(row_ + "Content"), "hello file\n");
  EXPECT_EQ(list.text_at(row_ + "ContentType"), "PlainText");
  EXPECT_EQ(list.text_at(row_ + "Description"), "text");
  EXPECT_EQ(list.text_at(row_ + "FileOwner"), "root");
  EXPECT_EQ(list.text_at(row_ + "FileGroup"), "root");
  EXPECT_EQ(list.text_at(row_ + "FileMode"), "0644");
  EXPECT_EQ(list.text_at(row_ + "Overwrite"), "false");
  EXPECT_EQ(list.number_at(row_ + "VmCount"), 1);
  EXPECT_EQ(list.text_at(row_ + "Tags.Tag.0.TagValue"), "v");
  EXPECT_EQ(list.text_at(instance_ + "InstanceId"), web_.str());
  EXPECT_EQ(list.text_at(instance_ + "InvocationStatus"), "Pending");
  EXPECT_EQ(list.text_at(instance_ + "StartTime"), "");
  EXPECT_EQ(list.text_at(instance_ + "FinishTime"), "");

  api_.TakeFiles(web_);
  list = Describe();
  EXPECT_EQ(list.text_at(row_ + "InvocationStatus"), "Success");
  EXPECT_EQ(list.text_at(instance_ + "InvocationStatus"), "Success");
  EXPECT_EQ(list.text_at(instance_ + "ErrorCode"), "");
  EXPECT_EQ(list.text_at(instance_ + "Outcome"), "Final");
  EXPECT_NE(list.text_at(instance_ + "StartTime"), "");
  EXPECT_NE(list.text_at(instance_ + "FinishTime"), "");
  EXPECT_FALSE(list.has(instance_ + "ExitCode"));
}

TEST_F(FilesTest, WhatWasGivenIsShownAsItWasGiven) {
  const std::string base64 = "aGVs\nbG8gZmlsZQo=";  // with a line end, as it may be
  ASSERT_EQ(Send({{"Content", base64},
                  {"ContentType", "Base64"},
                  {"Name", "50% with space & more.txt"},
                  {"TargetDir", "C:\\files"},
                  {"FileMode", "00755"},
                  {"FileOwner", "demo"},
                  {"FileGroup", "staff"},
                  {"Overwrite", "TRUE"}})
                .code(),
            "OK");
  const auto list = Describe();
  EXPECT_EQ(list.text_at(row_ + "Content"), base64);
  EXPECT_EQ(list.text_at(row_ + "ContentType"), "Base64");
  EXPECT_EQ(list.text_at(row_ + "Name"), "50% with space & more.txt");
  EXPECT_EQ(list.text_at(row_ + "TargetDir"), "C:\\files");
  EXPECT_EQ(list.text_at(row_ + "FileMode"), "00755");
  EXPECT_EQ(list.text_at(row_ + "FileOwner"), "demo");
  EXPECT_EQ(list.text_at(row_ + "FileGroup"), "staff");
  EXPECT_EQ(list.text_at(row_ + "Overwrite"), "true");
}

TEST_F(FilesTest, TheWholeFollowsTheInstances) {
  ASSERT_EQ(Send({{"InstanceId.2", db_.str()}}).code(), "OK");
  api_.TakeFiles(web_, "FileExist", "a.txt");
  auto list = Describe();
  EXPECT_EQ(list.text_at(row_ + "InvocationStatus"), "Pending");
  EXPECT_EQ(list.text_at(instance_ + "InvocationStatus"), "Invalid");
  EXPECT_EQ(list.text_at(instance_ + "ErrorCode"), "FileAlreadyExists");
  EXPECT_EQ(list.text_at(instance_ + "ErrorInfo"), "File already exists");
  EXPECT_EQ(list.text_at(instance_ + "ErrorDetail"), "a.txt");
  api_.TakeFiles(db_);
  list = Describe();
  EXPECT_EQ(list.text_at(row_ + "InvocationStatus"), "PartialFailed");
  EXPECT_EQ(list.number_at(row_ + "InstanceStatusCounts.Success"), 1);
  EXPECT_EQ(Describe({{"InvocationStatus", "PartialFailed"}}).number_at("TotalCount"), 1);
  EXPECT_EQ(Describe({{"InvocationStatus", "Pending"}}).number_at("TotalCount"), 0);
  EXPECT_EQ(Describe({{"InvocationStatus", "Stopped"}}).code(), "InvalidInvocationStatus");
}

TEST_F(FilesTest, ListsHoldFilesOrCommandsNeverBoth) {
  const std::string file = Send().text_at("InvokeId");
  const std::string other = Send({{"Name", "b.txt"}, {"InstanceId.1", db_.str()}}).text_at("InvokeId");
  const std::string command =
      api_.Call("RunCommand", {{"Type", "RunShellScript"}, {"CommandContent", "true"}, {"InstanceId.1", web_.str()}})
          .text_at("InvokeId");
  EXPECT_EQ(Describe().number_at("TotalCount"), 2);
  EXPECT_EQ(Describe().text_at(row_ + "InvokeId"), other);
  EXPECT_EQ(Describe({{"Name", "a.txt"}}).text_at(row_ + "InvokeId"), file);
  EXPECT_EQ(Describe({{"InstanceId", web_.str()}}).text_at(row_ + "InvokeId"), file);
  EXPECT_EQ(Describe({{"InvokeId", command}}).number_at("TotalCount"), 0);
  EXPECT_EQ(Describe({{"ResourceGroupId", "rg-1"}}).number_at("TotalCount"), 0);
  EXPECT_EQ(api_.Call("DescribeInvocations").number_at("TotalCount"), 1);
  EXPECT_EQ(api_.Call("DescribeInvocations", {{"InvokeId", file}}).number_at("TotalCount"), 0);
  EXPECT_EQ(api_.Call("DescribeInvocationResults", {{"InvokeId", file}}).number_at("Invocation.TotalCount"), 0);
  EXPECT_EQ(api_.Call("DescribeInvocationResults", {{"InstanceId", db_.str()}}).number_at("Invocation.TotalCount"), 0);
  EXPECT_EQ(api_.Call("StopInvocation", {{"InvokeId", file}}).code(), "InvalidInvokeId.NotFound");

  const auto first = Describe({{"MaxResults", "1"}});
  EXPECT_EQ(first.text_at(row_ + "InvokeId"), other);
  const auto second = Describe({{"MaxResults", "1"}, {"NextToken", first.text_at("NextToken")}});
  EXPECT_EQ(second.text_at(row_ + "InvokeId"), file);
  EXPECT_EQ(second.text_at("NextToken"), "");
}

TEST_F(FilesTest, EachMistakeHasItsCode) {
  const auto code = [this](const FormFields& changes) { return Send(changes).code(); };
  EXPECT_EQ(code({{"InstanceId.1", ""}}), "MissingParam.InstanceId");
  EXPECT_EQ(code({{"InstanceId.1", "mi-nobody"}}), "InvalidInstance.NotFound");
  EXPECT_EQ(Send({{"InstanceId.1", "mi-nobody"}}).message(), "The specified instances not found.");
  EXPECT_EQ(code({{"Name", ""}}), "MissingName");
  EXPECT_EQ(code({{"Name", std::string(256, 'x')}}), "FileName.ExceedLimit");
  EXPECT_EQ(code({{"Name", std::string("a\0b", 3)}}), "InvalidName");
  EXPECT_EQ(code({{"TargetDir", ""}}), "MissingTargetDir");
  EXPECT_EQ(code({{"TargetDir", "srv"}}), "FileTargetDir.Invalid");
  EXPECT_EQ(code({{"TargetDir", "/" + std::string(255, 'x')}}), "FileTargetDir.Invalid");
  EXPECT_EQ(code({{"FileMode", "888"}}), "FileMode.Invalid");
  EXPECT_EQ(code({{"FileOwner", std::string(65, 'x')}}), "InvalidParameter.FileOwner");
  EXPECT_EQ(code({{"FileOwner", "a:b"}}), "InvalidParameter.FileOwner");
  EXPECT_EQ(code({{"FileGroup", "a/b"}}), "InvalidParameter.FileGroup");
  EXPECT_EQ(code({{"Content", ""}}), "MissingContent");
  EXPECT_EQ(code({{"ContentType", "base64"}}), "FileContentType.Invalid");
  EXPECT_EQ(code({{"ContentType", "Base64"}, {"Content", "no base64!"}}), "FileContent.DecodeError");
  EXPECT_EQ(code({{"Description", std::string(513, 'x')}}), "FileDesc.ExceedLimit");
  EXPECT_EQ(code({{"Overwrite", "yes"}}), "InvalidOverwrite");
  EXPECT_EQ(code({{"Timeout", "0"}}), "InvalidTimeout");
  EXPECT_EQ(code({{"Timeout", "86401"}}), "InvalidTimeout.ExceedLimit");
  EXPECT_EQ(code({{"DeliveryTimeout", "0"}}), "InvalidDeliveryTimeout");
  EXPECT_EQ(code({{"ResourceGroupId", "rg-1"}}), "InvalidResourceGroup.NotFound");
  FormFields many;
  for (int i = 1; i <= 51; ++i) many.emplace_back("InstanceId." + std::to_string(i), "mi-" + std::to_string(i));
  EXPECT_EQ(code(many), "InstanceIds.ExceedLimit");
  EXPECT_EQ(Describe().number_at("TotalCount"), 0);
}

TEST_F(FilesTest, TheSizeCountsInBase64WhateverWasSent) {
  const std::string most(24'576, 'x');
  const auto base64 = [](const std::string& text) {
    return FormFields{{"ContentType", "Base64"}, {"Content", encoding::Base64Encode(text)}};
  };
  EXPECT_EQ(Send({{"Content", most}}).code(), "OK");
  EXPECT_EQ(Send({{"Content", most + "x"}}).code(), "FileSize.ExceedLimit");
  EXPECT_EQ(Send(base64(most)).code(), "OK");
  EXPECT_EQ(Send(base64(most + "x")).code(), "FileSize.ExceedLimit");
}

class LargeFilesTest : public FilesTest {
 protected:
  LargeFilesTest() : FilesTest({model::Limits::Large(), {}}) {}
};

TEST_F(LargeFilesTest, HoldAMebibyte) {
  EXPECT_EQ(Send({{"Content", std::string(1 << 20, 'x')}}).code(), "OK");
  EXPECT_EQ(Send({{"Content", std::string((1 << 20) + 3, 'x')}}).code(), "FileSize.ExceedLimit");
}

TEST_F(FilesTest, TheSameClientTokenSendsNothingTwice) {
  const auto first = Send({{"ClientToken", "once"}});
  EXPECT_EQ(Send({{"ClientToken", "once"}}).text_at("InvokeId"), first.text_at("InvokeId"));
  EXPECT_EQ(Send({{"ClientToken", "once"}, {"Name", "b.txt"}}).code(), "IdempotentParameterMismatch");
  EXPECT_EQ(Describe().number_at("TotalCount"), 1);
}

}  // namespace
}  // namespace assist::server::openapi
