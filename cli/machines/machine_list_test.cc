#include "cli/machines/machine_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::ElementsAre;
using testing::Pair;

json::Object Object(std::string_view text) { return json::ParseObject(text).value(); }

constexpr std::string_view kMachines = R"({"Instances":[
  {"InstanceId":"mi-1","InstanceName":"web-10","Connected":true,"OsType":"linux","OsVersion":"Debian 12",
   "AgentVersion":"1.2","IntranetIp":"10.0.0.1","InternetIp":"1.1.1.1","LastInvokedTime":"2026-03-01T00:00:00Z",
   "RegistrationTime":"2026-02-01T00:00:00Z","Tags":[{"TagKey":"role","TagValue":"web"},{"TagKey":"x"}]},
  {"InstanceId":"mi-2","InstanceName":"web-2","Connected":false,"InternetIp":"1.1.1.2"}],"NextToken":""})";
constexpr std::string_view kStatus = R"({"InstanceCloudAssistantStatusSet":{"InstanceCloudAssistantStatus":[
  {"InstanceId":"mi-2","LastHeartbeatTime":"2026-02-28T00:00:00Z","Deaf":true,"Duplicate":true,"WeakSignature":true,
   "KnownByAddress":true,"ClockSkewMs":-7000,"ExpectedBackTime":"2026-03-01T00:30:00Z","ActiveTaskCount":3},
  {"InstanceId":"mi-9","LastHeartbeatTime":""}]}})";

TEST(MachineListTest, RowsHaveWhatBothOperationsTell) {
  std::vector<MachineRow> rows;
  ASSERT_TRUE(ReadMachines(Object(kMachines), rows));
  ASSERT_TRUE(ReadStatus(Object(kStatus), 0, rows));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, "mi-1");
  EXPECT_TRUE(rows[0].online);
  EXPECT_EQ(rows[0].address, "10.0.0.1");
  EXPECT_THAT(rows[0].tags, ElementsAre(Pair("role", "web"), Pair("x", "")));
  EXPECT_FALSE(rows[0].status_known) << "it was not in the second answer";
  EXPECT_EQ(rows[1].address, "1.1.1.2") << "no inner one";
  EXPECT_TRUE(rows[1].status_known);
  EXPECT_EQ(rows[1].last_seen, "2026-02-28T00:00:00Z");
  EXPECT_TRUE(rows[1].deaf && rows[1].duplicate && rows[1].weak_signature && rows[1].known_by_address);
  EXPECT_EQ(rows[1].clock_skew_ms, -7000);
  EXPECT_EQ(rows[1].raw.at("ActiveTaskCount").as_int64(), 3);
  EXPECT_EQ(rows[1].raw.at("InternetIp").as_string(), "1.1.1.2");
}

TEST(MachineListTest, AnAnswerThatIsNoneIsRefused) {
  std::vector<MachineRow> rows;
  EXPECT_FALSE(ReadMachines(Object(R"({"Instances":[{"InstanceName":"x"}]})"), rows));
  EXPECT_FALSE(ReadStatus(Object("{}"), 0, rows));
}

TEST(MachineListTest, NumbersInNamesCountAsNumbers) {
  EXPECT_TRUE(NaturalLess("web-2", "web-10"));
  EXPECT_FALSE(NaturalLess("web-10", "web-2"));
  EXPECT_TRUE(NaturalLess("web-009", "web-10"));
  EXPECT_TRUE(NaturalLess("a", "b"));
  EXPECT_TRUE(NaturalLess("web", "web-1"));
  EXPECT_FALSE(NaturalLess("web-1", "web-1"));
  EXPECT_TRUE(NaturalLess("v99999999999999999999998", "v99999999999999999999999")) << "longer than any integer";
}

std::vector<std::string> Sorted(MachineOrder order, bool reverse) {
  std::vector<MachineRow> rows(4);
  rows[0].id = "mi-1", rows[0].name = "web-10", rows[0].online = true, rows[0].last_seen = "2026-03-02T00:00:00Z";
  rows[1].id = "mi-2", rows[1].name = "web-2", rows[1].last_seen = "2026-03-01T00:00:00Z", rows[1].address = "10.0.0.9";
  rows[2].id = "mi-3", rows[2].name = "db", rows[2].deaf = true, rows[2].online = true, rows[2].address = "10.0.0.10";
  rows[3].id = "mi-4", rows[3].name = "db", rows[3].duplicate = true, rows[3].version = "1.10";
  SortMachines(order, reverse, rows);
  std::vector<std::string> ids;
  for (const MachineRow& row : rows) ids.push_back(row.id);
  return ids;
}

TEST(MachineListTest, SortedByAColumnThenByNameThenById) {
  EXPECT_THAT(Sorted(MachineOrder::kName, false), ElementsAre("mi-3", "mi-4", "mi-2", "mi-1"));
  EXPECT_THAT(Sorted(MachineOrder::kName, true), ElementsAre("mi-1", "mi-2", "mi-3", "mi-4"));
  EXPECT_THAT(Sorted(MachineOrder::kState, false), ElementsAre("mi-4", "mi-3", "mi-2", "mi-1")) << "trouble first";
  EXPECT_THAT(Sorted(MachineOrder::kSeen, false), ElementsAre("mi-1", "mi-2", "mi-3", "mi-4"));
  EXPECT_THAT(Sorted(MachineOrder::kAddress, false), ElementsAre("mi-4", "mi-1", "mi-2", "mi-3"));
  EXPECT_THAT(Sorted(MachineOrder::kId, true), ElementsAre("mi-4", "mi-3", "mi-2", "mi-1"));
}

}  // namespace
}  // namespace assist::cli
