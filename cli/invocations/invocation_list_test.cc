#include "cli/invocations/invocation_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::ElementsAre;
using testing::Pair;

json::Object Object(std::string_view text) { return json::ParseObject(text).value(); }

constexpr std::string_view kPage = R"({"Invocations":{"Invocation":[
 {"InvokeId":"t-1","CommandId":"c-1","CommandName":"deploy","CommandType":"RunShellScript","CommandContent":"ZWNobw==",
  "CreationTime":"2026-03-01T00:00:00Z","InvocationStatus":"PartialFailed","RepeatMode":"Once","Frequency":"",
  "Timeout":60,"Parameters":"{}","Username":"root","WorkingDir":"/x","Tags":{"Tag":[{"TagKey":"a","TagValue":"b"}]},
  "InstanceCount":200,"InstanceStatusCounts":{"Running":1,"Success":198,"Failed":1},"InstancesCut":true,
  "InvokeInstances":{"InvokeInstance":[{"InstanceId":"mi-1","InvocationStatus":"Success"}]}},
 {"InvokeId":"t-2","InvocationStatus":"Success","InvokeInstances":{"InvokeInstance":[
  {"InstanceId":"mi-1","InvocationStatus":"Success"},{"InstanceId":"mi-2","InvocationStatus":"Success"}]}}]}})";

TEST(InvocationListTest, RowsCountAllMachinesNotThoseThatAreListed) {
  std::vector<InvocationRow> rows;
  ASSERT_TRUE(ReadInvocations(Object(kPage), rows));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].script, "echo");
  EXPECT_EQ(rows[0].machines, 200);
  EXPECT_EQ(rows[0].CountOf("Success"), 198);
  EXPECT_EQ(rows[0].CountOf("Timeout"), 0);
  EXPECT_FALSE(rows[0].over());
  EXPECT_THAT(rows[0].tags, ElementsAre(Pair("a", "b")));
  EXPECT_EQ(rows[1].machines, 2) << "a server without the extension";
  EXPECT_EQ(rows[1].CountOf("Success"), 2);
  EXPECT_TRUE(rows[1].over());
}

TEST(InvocationListTest, JsonLeavesOutScriptsAndInstances) {
  std::vector<InvocationRow> rows;
  ASSERT_TRUE(ReadInvocations(Object(kPage), rows));
  const json::Object document = Object(InvocationsJson(std::move(rows)));
  EXPECT_EQ(document.at("TotalCount").as_int64(), 2);
  const json::Object& first = document.at("Invocations").as_array()[0].as_object();
  EXPECT_EQ(first.at("CommandName").as_string(), "deploy");
  EXPECT_EQ(first.if_contains("CommandContent"), nullptr);
  EXPECT_EQ(first.if_contains("InvokeInstances"), nullptr);
}

TEST(InvocationListTest, AnAnswerThatIsNoneIsRefused) {
  std::vector<InvocationRow> rows;
  EXPECT_FALSE(ReadInvocations(Object("{}"), rows));
  EXPECT_FALSE(ReadInvocations(Object(R"({"Invocations":{"Invocation":[{}]}})"), rows));
}

}  // namespace
}  // namespace assist::cli
