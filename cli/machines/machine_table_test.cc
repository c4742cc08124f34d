#include "cli/machines/machine_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<MachineRow> Rows() {
  std::vector<MachineRow> rows(2);
  rows[0].id = "mi-1", rows[0].name = "web-1", rows[0].online = true, rows[0].status_known = true;
  rows[0].last_seen = "2026-03-01T00:00:00Z", rows[0].os = "linux", rows[0].os_version = "Debian 12";
  rows[0].version = "1.0", rows[0].address = "10.0.0.1", rows[0].tags = {{"role", "web"}, {"x", ""}};
  rows[0].raw["InstanceId"] = "mi-1";
  rows[1].id = "mi-2", rows[1].name = "a\x1b", rows[1].status_known = true;
  rows[1].raw["InstanceId"] = "mi-2";
  return rows;
}

Look Terminal() {
  Look look;
  look.columns = 200;
  look.now = *ParseIso8601("2026-03-01T00:00:30Z");
  return look;
}

TEST(MachineTableTest, AMachineALine) {
  const Look look = Terminal();
  EXPECT_EQ(MachineTable(Rows(), look).Render(look, {}),
            "ID    NAME   STATE    SEEN      VERSION  SYSTEM  ADDRESS   LAST RUN  TAGS\n"
            "mi-1  web-1  online   30 s ago  1.0      linux   10.0.0.1  never     role=web x\n"
            "mi-2  a\\x1b  offline  never     -        -       -         never     -\n");
}

TEST(MachineTableTest, MarksComeWhenThereAreSome) {
  const Look look = Terminal();
  auto rows = Rows();
  rows[0].weak_signature = true;
  rows[0].clock_skew_ms = 90'000;
  rows[1].deaf = true;
  rows[1].expected_back = "2026-03-01T00:30:00Z";
  const std::string text = MachineTable(rows, look).Render(look, {});
  EXPECT_THAT(text, HasSubstr("MARKS"));
  EXPECT_THAT(text, HasSubstr("weak signature, clock 90 s off"));
  EXPECT_THAT(text, HasSubstr("deaf until 2026-03-01T00:30:00Z"));
  rows[1].duplicate = true;
  EXPECT_EQ(MachineStateCell(rows[1], look.text).text, "duplicate");
  EXPECT_EQ(MachineStateCell(rows[1], look.text).tone, Tone::kBad);
  rows[0].clock_skew_ms = 100;
  EXPECT_THAT(MachineTable(rows, look).Render(look, {}), Not(HasSubstr("clock"))) << "clocks are never quite the same";
}

TEST(MachineTableTest, APipeAlwaysHasTheSameColumnsAndExactTimes) {
  EXPECT_EQ(MachineTable(Rows(), Look{}).Render(Look{}, {false, false}),
            "mi-1\tweb-1\tonline\t2026-03-01T00:00:00Z\t1.0\tlinux Debian 12\t10.0.0.1\tnever\trole=web x\t-\n"
            "mi-2\ta\\x1b\toffline\tnever\t-\t-\t-\tnever\t-\t-\n");
}

TEST(MachineTableTest, JsonHasAllThatTheServerSaid) {
  EXPECT_EQ(MachinesJson(Rows()), R"({"TotalCount":2,"Instances":[{"InstanceId":"mi-1"},{"InstanceId":"mi-2"}]})");
  EXPECT_EQ(MachinesLine(Rows(), Text(Language::kEnglish)), "2 machines: 1 online, 1 offline");
}

}  // namespace
}  // namespace assist::cli
