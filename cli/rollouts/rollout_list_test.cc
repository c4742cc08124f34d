#include "cli/rollouts/rollout_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Text kText(Language::kEnglish);

json::Object Page() {
  return *json::ParseObject(R"({"AgentRollouts":{"AgentRollout":[{"RolloutId":"ro-1","Name":"assist-agent",
    "Version":"1.4.0","State":"Paused","Reason":"Gate","ReasonText":"8 of 10 healthy","Waves":"1,10,50,100","Wave":2,
    "Wait":600,"MinHealthyPercent":95,"MaxRestarts":2,"MaxMemoryPercent":150,"CreationTime":"2026-03-01T00:00:00Z",
    "EndTime":"","WaitingFor":"","WaitUntil":"",
    "Counts":{"Failed":2,"Ordered":0,"RollbackFailed":0,"RolledBack":0,"RollingBack":0,"Skipped":1,"Total":100,
    "Updated":9,"Waiting":88},
    "Reasons":{"Reason":[{"State":"Failed","Reason":"NotHealthy","Count":1},
    {"State":"Failed","Reason":"NotSeen","Count":1},{"State":"Skipped","Reason":"StockAgent","Count":1},
    {"State":"Failed","Reason":"Newer\u001b[1m","Count":1}]}}]},
    "RolloutMachines":{"RolloutMachine":[
    {"InstanceId":"mi-1","State":"Failed","Reason":"WrongHash","ReasonText":"","InvokeId":"t-1","Wave":1,
     "AgentVersion":"1.3.0"},
    {"InstanceId":"mi-2","State":"Waiting","Reason":"","Wave":0}]}})",
                            64);
}
RolloutRow Row() {
  std::vector<RolloutRow> rows;
  EXPECT_TRUE(ReadRollouts(Page(), rows));
  return rows.at(0);
}

TEST(RolloutListTest, AViewSaysWhereItStandsAndWhatThereIsToDo) {
  const std::string text = RolloutFacts(Row(), Look());
  EXPECT_THAT(text, HasSubstr("assist-agent 1.4.0"));
  EXPECT_THAT(text, HasSubstr("2/4 (1,10,50,100 %)"));
  EXPECT_THAT(text, HasSubstr("100: 9 updated, 2 failed, 88 waiting, 1 skipped"));
  EXPECT_THAT(text, HasSubstr("paused (Gate): 8 of 10 healthy\n"));
  EXPECT_THAT(text, HasSubstr("assist agent-release resume ro-1"));
  EXPECT_THAT(text, HasSubstr("assist agent-release rollback ro-1"));
  EXPECT_THAT(text, HasSubstr("1 failed: NotHealthy: the new agent did not come up"));
  EXPECT_THAT(text, HasSubstr("1 failed: NotSeen: its task succeeded"));
  EXPECT_THAT(text, HasSubstr("1 skipped: StockAgent: a stock agent"));
  EXPECT_THAT(text, HasSubstr("  NotHealthy: See the output"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(RolloutListTest, ALineChangesOnlyWhenSomethingDoes) {
  RolloutRow row = Row();
  EXPECT_EQ(RolloutLine(row, kText), "paused, wave 2 of 4: 9 updated, 2 failed, 88 waiting, 1 skipped");
  row.state = "Running";
  row.waiting_for = "Results";
  EXPECT_THAT(RolloutLine(row, kText), HasSubstr("; it waits for results"));
  row.waiting_for = "Wait";
  row.wait_until = "2026-03-01T00:10:00Z";
  EXPECT_THAT(RolloutLine(row, kText), HasSubstr("; its gate is at 2026-03-01T00:10:00Z"));
  row.waiting_for = "Window";
  EXPECT_THAT(RolloutLine(row, kText), HasSubstr("AgentUpgradeConfig"));
  row.state = "SomethingNew";
  EXPECT_THAT(RolloutLine(row, kText), HasSubstr("SomethingNew, wave"));
}

TEST(RolloutListTest, ItIsOverWhenNothingHappensByItself) {
  RolloutRow row = Row();
  EXPECT_TRUE(row.paused());
  for (const char* state : {"Finished", "RolledBack", "Ended"}) {
    row.state = state;
    EXPECT_TRUE(row.over()) << state;
  }
  for (const char* state : {"Preparing", "Running", "Trailing", "Paused", "RollingBack"}) {
    row.state = state;
    EXPECT_FALSE(row.over()) << state;
  }
}

TEST(RolloutListTest, MachinesHaveTheirReasonInWords) {
  std::vector<RolloutMachine> machines;
  ASSERT_TRUE(ReadRolloutMachines(Page(), machines));
  const NameBook names(std::vector<NamedMachine>{{"mi-1", "web-1", true}});
  const std::string table = RolloutMachineTable(machines, names, Look()).Render(Look(), {});
  EXPECT_THAT(table, HasSubstr("web-1\tfailed\t1\t1.3.0\tt-1\tWrongHash: the bytes that came are not those"));
  EXPECT_THAT(table, HasSubstr("mi-2\twaiting\t-\t-\t-\t-\n"));
  const auto document = json::ParseObject(RolloutJson(Row(), machines, true, names), 64);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->at("Machines").as_array().size(), 2U);
  EXPECT_EQ(document->at("Rollout").as_object().at("RolloutId").as_string(), "ro-1");
  EXPECT_FALSE(json::ParseObject(RolloutJson(Row(), {}, false, names), 64)->contains("Machines"));
}

TEST(RolloutListTest, AListHasARowForEach) {
  const std::string table = RolloutTable({Row()}, Look()).Render(Look(), {});
  EXPECT_THAT(table, HasSubstr("ro-1\t1.4.0\tpaused\t2/4\t9\t2\t88\t2026-03-01T00:00:00Z\t8 of 10 healthy\n"));
  EXPECT_EQ(json::ParseObject(RolloutsJson({Row()}), 64)->at("TotalCount").as_int64(), 1);
}

TEST(RolloutListTest, WhatIsNoListIsRefused) {
  std::vector<RolloutRow> rows;
  EXPECT_FALSE(ReadRollouts(*json::ParseObject("{}"), rows));
  EXPECT_FALSE(ReadRollouts(*json::ParseObject(R"({"AgentRollouts":{"AgentRollout":[{"State":"x"}]}})"), rows));
  std::vector<RolloutMachine> machines;
  EXPECT_FALSE(ReadRolloutMachines(*json::ParseObject("{}"), machines));
}

}  // namespace
}  // namespace assist::cli
