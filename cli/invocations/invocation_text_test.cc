#include "cli/invocations/invocation_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

InvocationRow Row() {
  InvocationRow row;
  row.id = "t-1", row.command_id = "c-1", row.command_name = "deploy", row.status = "PartialFailed";
  row.created = "2026-03-01T00:00:00Z", row.machines = 3, row.repeat_mode = "Once", row.timeout = 60;
  row.counts = {{"Running", 0}, {"Success", 2}, {"Failed", 1}};
  row.script = "echo 1\necho \x1b 2\n";
  row.parameters = "{}";
  row.raw["InvokeId"] = "t-1";
  return row;
}

Look Terminal() {
  Look look;
  look.columns = 120;
  look.now = *ParseIso8601("2026-03-01T00:10:00Z");
  return look;
}

TEST(InvocationTextTest, ARunALine) {
  InvocationRow scheduled = Row();
  scheduled.id = "t-2", scheduled.command_name = "", scheduled.frequency = "0 0 3 * * *",
  scheduled.repeat_mode = "Period";
  EXPECT_EQ(InvocationTable({Row(), scheduled}, Terminal()).Render(Terminal(), {}),
            "ID   COMMAND  STATUS         MACHINES  RESULTS              CREATED     SCHEDULE\n"
            "t-1  deploy   PartialFailed         3  2 Success, 1 Failed  10 min ago  -\n"
            "t-2  echo 1   PartialFailed         3  2 Success, 1 Failed  10 min ago  0 0 3 * * *\n");
}

TEST(InvocationTextTest, FactsEndWithTheScript) {
  const std::string facts = InvocationFacts(Row(), Terminal());
  EXPECT_THAT(facts, HasSubstr("Command   deploy (c-1)\n"));
  EXPECT_THAT(facts, HasSubstr("Machines  3: 2 Success, 1 Failed\n"));
  EXPECT_THAT(facts, HasSubstr("Created   2026-03-01T00:00:00Z (10 min ago)\n"));
  EXPECT_THAT(facts, HasSubstr("Script    echo 1\n          echo \\x1b 2\n"));
  EXPECT_THAT(facts, Not(HasSubstr("Parameters")));
  EXPECT_THAT(facts, Not(HasSubstr("Schedule")));
}

TEST(InvocationTextTest, AMachineALineWithTheReason) {
  std::vector<InstanceRow> rows(2);
  rows[0].id = "mi-1", rows[0].status = "Failed", rows[0].exit_code = 3, rows[0].state = MachineState::kFailed;
  rows[0].start = "2026-03-01T00:00:00Z", rows[0].finish = "2026-03-01T01:02:03Z", rows[0].output_size = 12;
  rows[1].id = "mi-2", rows[1].status = "Pending", rows[1].delivery = "NotDelivered";
  const NameBook names({{"mi-1", "web-1", true}});
  EXPECT_EQ(InstanceTable(rows, names, Terminal()).Render(Terminal(), {}),
            "NAME   ID    STATE    EXIT  BEGUN          TOOK  BYTES  REASON\n"
            "web-1  mi-1  Failed      3  10 min ago  1:02:03     12  -\n"
            "-      mi-2  Pending     -  -                 -      0  NotDelivered\n");
  rows[1].next_due = "2026-03-02T00:00:00Z";
  EXPECT_THAT(InstanceTable(rows, names, Terminal()).Render(Terminal(), {}), HasSubstr("next at 2026-03-02T00:00:00Z"));
}

TEST(InvocationTextTest, JsonHasTheMachinesWithTheirNames) {
  std::vector<InstanceRow> rows(1);
  rows[0].id = "mi-1";
  rows[0].raw["InstanceId"] = "mi-1";
  EXPECT_EQ(InvocationJson(Row(), rows, {{"mi-1", "web-1", true}}),
            R"({"Invocation":{"InvokeId":"t-1","Instances":[{"InstanceId":"mi-1","InstanceName":"web-1"}]}})");
}

TEST(InvocationTextTest, StatusesHaveATone) {
  EXPECT_EQ(ToneOf("Success"), Tone::kGood);
  EXPECT_EQ(ToneOf("PartialFailed"), Tone::kBad);
  EXPECT_EQ(ToneOf("Running"), Tone::kMoving);
  EXPECT_EQ(ToneOf("Stopped"), Tone::kCareful);
  EXPECT_EQ(ToneOf("Pending"), Tone::kPlain);
}

}  // namespace
}  // namespace assist::cli
