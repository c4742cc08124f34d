// What the audit log says of calls.
#include <gtest/gtest.h>

#include "common/crypto/hash.h"
#include "protocol/api/audit.h"
#include "server/openapi/fake_api.h"
#include "server/openapi/refusal_meter.h"

namespace assist::server::openapi {
namespace {

using encoding::FormFields;

class ApiAuditTest : public testing::Test {
 protected:
  std::vector<api::AuditRecord> Rows() {
    const std::string key = api_.UseKey("admin");
    const auto reply = api_.Call("DescribeAuditRecords", {{"OldestFirst", "true"}, {"MaxResults", "1000"}});
    EXPECT_EQ(reply.code(), "OK");
    std::vector<api::AuditRecord> out;
    const auto start = api::ParseAuditHead(reply.text_at("Start"));
    const auto end = api::ParseAuditHead(reply.text_at("Head"));
    api::AuditCheck check(*start, *end);
    for (std::size_t i = 0; i < reply.size_at("AuditRecords.AuditRecord"); ++i) {
      const std::string place = "AuditRecords.AuditRecord." + std::to_string(i) + ".";
      api::AuditRecord record;
      record.number = reply.number_at(place + "Number");
      for (const auto& [name, member] : api::kAuditTexts) record.*member = reply.text_at(place + std::string(name));
      record.hash = reply.text_at(place + "Hash");
      const Status next = check.Next(record);
      EXPECT_TRUE(next) << next.error().detail;
      out.push_back(std::move(record));
    }
    EXPECT_TRUE(check.Finish());
    return out;
  }
  static FormFields Run(const std::string& machine) {
    return {{"Type", "RunShellScript"}, {"CommandContent", "echo secret"}, {"InstanceId.1", machine}};
  }

  FakeApi api_;
};

TEST_F(ApiAuditTest, AChangeHasItsRowWithWhoFromWhereWhatAndResult) {
  const std::string machine = api_.Register("one").str();
  const std::string key = api_.UseKey("admin");
  const auto run = api_.Call("RunCommand", Run(machine));
  const std::string task = run.text_at("InvokeId");
  api_.Call("DescribeCommands");  // changes nothing
  const auto rows = Rows();
  ASSERT_EQ(rows.size(), 1u);
  const api::AuditRecord& row = rows[0];
  EXPECT_EQ(row.access_key_id, key);
  EXPECT_EQ(row.access_key_name, "test");
  EXPECT_EQ(row.source, "192.0.2.9");
  EXPECT_EQ(row.action, "RunCommand");
  EXPECT_EQ(row.request_id, run.request_id);
  EXPECT_EQ(row.content_hash, Sha256Hex("echo secret"));
  EXPECT_EQ(row.parameters_hash.size(), 64u);
  EXPECT_EQ(row.resources, "instance/" + machine);
  EXPECT_EQ(row.code, "OK");
  EXPECT_NE(row.result.find(task), std::string::npos) << row.result;
  for (const auto& [name, member] : api::kAuditTexts) {
    EXPECT_EQ((row.*member).find("secret"), std::string::npos) << name;
  }
}

TEST_F(ApiAuditTest, WhatIsRefusedHasARowToo) {
  const std::string machine = api_.Register("one").str();
  const std::string reader = api_.UseKey("read-only");
  EXPECT_EQ(api_.Call("RunCommand", Run(machine)).code(), "Forbidden.RAM");
  api_.UseKey(R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"acs:ecs:*:*:instance/x"}]})");
  EXPECT_EQ(api_.Call("RunCommand", Run(machine)).code(), "Forbidden.RAM");
  api_.UseKey("admin");
  EXPECT_EQ(api_.Call("RunCommand", Run("mi-none")).code(), "InvalidInstance.NotFound");
  EXPECT_EQ(api_.Call("RunCommand", {{"Type", "RunShellScript"}}).code(), "MissingCommandContent");
  const auto rows = Rows();
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].code, "Forbidden.RAM");
  EXPECT_EQ(rows[0].access_key_id, reader);
  EXPECT_EQ(rows[0].content_hash, Sha256Hex("echo secret"));
  EXPECT_EQ(rows[1].code, "Forbidden.RAM");
  EXPECT_EQ(rows[1].resources, "instance/" + machine);
  EXPECT_EQ(rows[2].code, "InvalidInstance.NotFound");
  EXPECT_EQ(rows[2].resources, "instance/mi-none");
  EXPECT_EQ(rows[2].result, "");
  EXPECT_EQ(rows[3].code, "MissingCommandContent");
}

TEST_F(ApiAuditTest, EveryChangingOperationLeavesOneRow) {
  std::size_t calls = 0;
  for (const Operation& operation : api_.open_api().operations()) {
    (void)api_.Call(operation.name);
    if (operation.changes) ++calls;
  }
  EXPECT_EQ(Rows().size(), calls);
}

TEST_F(ApiAuditTest, WhoCannotBeAuthenticatedIsCountedAndLeavesNoRow) {
  HttpRequest wrong = api_.client().Version1("POST", {{"Action", "CreateActivation"}, {"RegionId", "cn-hangzhou"}});
  wrong.target += "&More=1";
  wrong.body += "&More=1";
  EXPECT_EQ(api_.Send(wrong).code(), "SignatureDoesNotMatch");
  EXPECT_EQ(api_.open_api().stats().unauthenticated, 1);
  EXPECT_EQ(api_.Call("CreateActivation").code(), "OK");
  EXPECT_EQ(api_.open_api().stats().unauthenticated, 1);
  EXPECT_EQ(Rows().size(), 1u);
}

TEST_F(ApiAuditTest, OnlyAKeyThatMayReadsTheLog) {
  for (const char* policy : {"operator", "read-only"}) {
    api_.UseKey(policy);
    EXPECT_EQ(api_.Call("DescribeAuditRecords").code(), "Forbidden.RAM");
  }
}

TEST_F(ApiAuditTest, FiltersAndPages) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(api_.Call("CreateActivation").code(), "OK");
  EXPECT_EQ(api_.Call("DeleteCommand", {{"CommandId", "c-none"}}).code(), "InvalidCmdId.NotFound");
  const auto first = api_.Call("DescribeAuditRecords", {{"ActionName", "CreateActivation"}, {"MaxResults", "3"}});
  EXPECT_EQ(first.size_at("AuditRecords.AuditRecord"), 3u);
  EXPECT_EQ(first.number_at("AuditRecords.AuditRecord.0.Number"), 5);
  const auto second =
      api_.Call("DescribeAuditRecords",
                {{"ActionName", "CreateActivation"}, {"MaxResults", "3"}, {"NextToken", first.text_at("NextToken")}});
  EXPECT_EQ(second.size_at("AuditRecords.AuditRecord"), 2u);
  EXPECT_EQ(second.text_at("NextToken"), "");
  const auto refused = api_.Call("DescribeAuditRecords", {{"Result", "InvalidCmdId.NotFound"}});
  EXPECT_EQ(refused.text_at("AuditRecords.AuditRecord.0.Resources"), "command/c-none");
  EXPECT_EQ(api_.Call("DescribeAuditRecords", {{"NextToken", "x"}}).code(), "InvalidParameter.NextToken");
  EXPECT_EQ(api_.Call("DescribeAuditRecords", {{"StartTime", "yesterday"}}).code(), "InvalidStartTime");
}

TEST(RefusalMeterTest, OneKeyCannotFillTheLogWithRefusals) {
  RefusalMeter meter;
  SteadyTime now{};
  for (std::int64_t i = 0; i < RefusalMeter::kPerMinute; ++i) EXPECT_EQ(meter.Take("a", now), 0);
  EXPECT_FALSE(meter.Take("a", now));
  EXPECT_FALSE(meter.Take("a", now));
  EXPECT_EQ(meter.Take("b", now), 0);
  now += std::chrono::minutes(1);
  EXPECT_EQ(meter.Take("a", now), 2);
  EXPECT_EQ(meter.Take("a", now), 0);
}

}  // namespace
}  // namespace assist::server::openapi
