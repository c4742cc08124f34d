#include <gtest/gtest.h>

#include "server/policy/policy.h"

namespace assist::server::policy {
namespace {

const std::vector<std::string> kActions = {"ecs:RunCommand", "ecs:InvokeCommand", "ecs:DescribeCommands",
                                           "assist:DescribeAuditRecords"};
const std::vector<std::string> kRegions = {"cn-hangzhou", "cn-beijing"};
const Vocabulary kWords{kActions, kRegions, "1000000000000001"};

std::string ErrorOf(std::string_view document) {
  const auto parsed = Policy::Parse(document, &kWords);
  return parsed ? "" : parsed.error().detail;
}
std::string Statement(const std::string& members) {
  return R"({"Version":"1","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"},{)" + members + "}]}";
}

TEST(PolicyReaderTest, ADocumentWithEveryElementIsTaken) {
  EXPECT_EQ(ErrorOf(R"({"Version": "1", "Statement": [
    {"Effect": "Allow", "Action": ["ecs:RunCommand", "ecs:Describe*"],
     "Resource": ["acs:ecs:*:*:command/c-*", "acs:ecs:cn-hangzhou:1000000000000001:instance/mi-1", "acs:ecs:*:*:*"],
     "Condition": {"StringEquals": {"acs:ResourceTag/team": ["web", "db"]},
                   "StringNotLike": {"acs:ResourceTag/env": "prod*"}}},
    {"Effect": "Deny", "Action": "assist:*", "Resource": "*"}]})"),
            "");
}

TEST(PolicyReaderTest, WhatIsNotUnderstoodIsRefusedWithItsPlace) {
  struct {
    std::string document;
    std::string says;
  } const cases[] = {
      {"", "a policy is a JSON object"},
      {"[]", "a policy is a JSON object"},
      {R"({"Version":"1","Statement":[]})", "Statement: must be a list"},
      {R"({"Version":"2","Statement":[]})", "Version: must be \"1\""},
      {R"({"Version":1,"Statement":[]})", "Version: must be \"1\""},
      {R"({"Version":"1","Statement":[],"Id":"x"})", "\"Id\" is not known"},
      {R"({"Version":"1","Statement":[],"Statement":[]})", "\"Statement\" stands twice"},
      {Statement(R"("Effect":"Deny","\u0045ffect":"Allow","Action":"*","Resource":"*")"), "written with escapes"},
      {Statement(R"("Effect":"Allow","Action":"*","Resource":"*","NotAction":"x")"),
       "Statement[1]: \"NotAction\" is not known"},
      {Statement(R"("Effect":"allow","Action":"*","Resource":"*")"), "Statement[1].Effect: must be"},
      {Statement(R"("Action":"*","Resource":"*")"), "Statement[1].Effect: must be"},
      {Statement(R"("Effect":"Allow","Resource":"*")"), "Statement[1].Action: must be"},
      {Statement(R"("Effect":"Allow","Action":[],"Resource":"*")"), "Statement[1].Action: must be"},
      {Statement(R"("Effect":"Allow","Action":["ecs:RunCommand",7],"Resource":"*")"), "Statement[1].Action[1]: must"},
      {Statement(R"("Effect":"Allow","Action":"ecs:RunComand","Resource":"*")"), "\"ecs:RunComand\" is no operation"},
      {Statement(R"("Effect":"Allow","Action":"RunCommand","Resource":"*")"), "\"RunCommand\" is no action"},
      {Statement(R"("Effect":"Allow","Action":"","Resource":"*")"), "\"\" is no action"},
      {Statement(R"("Effect":"Allow","Action":"oss:*","Resource":"*")"), "\"oss:*\" is no action"},
      {Statement(R"("Effect":"Allow","Action":"*")"), "Statement[1].Resource: must be"},
      {Statement(R"("Effect":"Allow","Action":"*","Resource":"mi-1")"), "\"mi-1\" is no resource"},
      {Statement(R"("Effect":"Allow","Action":"*","Resource":["*","acs:ecs:*:*:disk/*"])"),
       "Statement[1].Resource[1]: \"acs:ecs:*:*:disk/*\" is no resource"},
      {Statement(R"("Effect":"Allow","Action":"*","Resource":"acs:oss:*:*:instance/*")"), "is no resource"},
      {Statement(R"("Effect":"Allow","Action":"*","Resource":"acs:ecs:*:*:instance/")"), "is no resource"},
      {Statement(R"("Effect":"Allow","Action":"*","Resource":"acs:ecs:*:2:instance/*")"), "is of another account"},
      {Statement(R"("Effect":"Allow","Action":"*","Resource":"acs:ecs:cn-x:*:instance/*")"), "names no region"},
      {Statement(R"("Effect":"Allow","Action":"*","Resource":"*","Condition":{})"), "Statement[1].Condition: must be"},
      {Statement(R"("Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"acs:SourceIp":"1"}})"),
       "Statement[1].Condition: \"IpAddress\" is not known"},
      {Statement(R"("Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"acs:SourceIp":"1"}})"),
       "Statement[1].Condition.StringLike: \"acs:SourceIp\" is not known"},
      {Statement(R"("Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"acs:ResourceTag/a":1}})"),
       "Condition.StringLike.acs:ResourceTag/a: must be"},
      {Statement(R"("Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"acs:ResourceTag/a":"1",)"
                 R"("acs:ResourceTag/a":"2"}})"),
       "\"acs:ResourceTag/a\" stands twice"},
  };
  for (const auto& each : cases) {
    EXPECT_NE(ErrorOf(each.document).find(each.says), std::string::npos)
        << each.document << "\n  says " << ErrorOf(each.document) << "\n  not  " << each.says;
  }
}

TEST(PolicyReaderTest, SizesAreBounded) {
  std::string many = R"({"Version":"1","Statement":[)";
  for (std::size_t i = 0; i <= kMaxStatements; ++i) {
    many += std::string(i == 0 ? "" : ",") + R"({"Effect":"Deny","Action":"*","Resource":"*"})";
  }
  EXPECT_NE(ErrorOf(many + "]}").find("at most 64 statements"), std::string::npos);
  std::string list = "\"ecs:RunCommand\"";
  for (std::size_t i = 0; i < kMaxValues; ++i) list += ",\"ecs:RunCommand\"";
  EXPECT_NE(ErrorOf(Statement(R"("Effect":"Allow","Resource":"*","Action":[)" + list + "]")).find("at most 200"),
            std::string::npos);
  EXPECT_NE(ErrorOf(std::string(kMaxPolicyBytes + 1, ' ')).find("at most 16384 bytes"), std::string::npos);
}

TEST(PolicyReaderTest, ANameIsThePresetsAndAnEmptyTextIsNothing) {
  for (const char* name : {"admin", "operator", "read-only"}) EXPECT_TRUE(Policy::Of(name, &kWords)) << name;
  EXPECT_FALSE(Policy::Of("", nullptr));
  EXPECT_FALSE(Policy::Of("Admin", nullptr));
}

}  // namespace
}  // namespace assist::server::policy
