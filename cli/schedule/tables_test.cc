#include "cli/schedule/tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

SystemTime At(const char* text) { return *ParseIso8601(text); }

ScheduleRow Row(const char* invoke_id, const char* instance_id) {
  ScheduleRow row;
  row.invoke_id = invoke_id;
  row.instance_id = instance_id;
  row.command_name = "backup";
  row.repeat_mode = "Period";
  row.frequency = "0 30 21 * * *";
  row.status = "Scheduled";
  row.online = true;
  return row;
}

TEST(ScheduleTablesTest, EachScheduleIsAParagraphWithALineForEachMachine) {
  ScheduleRow web = Row("t-1", "mi-1");
  web.last_due = At("2026-03-01T13:30:00Z");
  web.next_due = At("2026-03-02T13:30:00Z");
  web.exit_code = 0;
  web.runs = 12;
  web.missed = 1;
  web.late_p50_ms = 2;
  web.late_p99_ms = 16;
  ScheduleRow db = Row("t-1", "mi-2");
  db.online = false;
  db.overdue = true;
  ScheduleRow boot = Row("t-2", "mi-1");
  boot.frequency = "";
  boot.repeat_mode = "EveryReboot";
  boot.command_name = "";
  const NameBook names({{"mi-1", "web-1", true}});
  const auto zone = Zone::Fixed("GMT+8:00", std::chrono::hours(8));
  EXPECT_EQ(
      ScheduleTable({web, db, boot}, names, *zone, At("2026-03-01T14:00:00Z"), Text(Language::kEnglish)),
      "backup  t-1  0 30 21 * * *\n"
      "  MACHINE  STATE      LAST DUE             EXIT  NEXT DUE             RUNS  MISSED  LATE p50/p99\n"
      "  web-1    Scheduled  2026-03-01 21:30:00  0     2026-03-02 21:30:00    12       1  2/16 ms\n"
      "  mi-2     Scheduled  -                    -     -                       0       0  -             overdue, "
      "offline\n"
      "\n"
      "t-2  EveryReboot\n"
      "  MACHINE  STATE      LAST DUE  EXIT  NEXT DUE  RUNS  MISSED  LATE p50/p99\n"
      "  web-1    Scheduled  -         -     -            0       0  -\n"
      "\n"
      "Times are in GMT+8:00.\n");
}

TEST(ScheduleTablesTest, TheCalendarShowsHowMuchIsDueAndWhat) {
  Calendar calendar;
  calendar.from = At("2026-03-01T00:00:00Z");
  calendar.to = At("2026-03-01T02:00:00Z");
  calendar.bucket = std::chrono::hours(1);
  calendar.buckets = {{At("2026-03-01T00:00:00Z"), 60, 2}, {At("2026-03-01T01:00:00Z"), 1, 1}};
  calendar.rows = {{"t-1", "back\x1bup", "rate(1m)", 1, 60, {At("2026-03-01T00:01:00Z"), At("2026-03-01T00:02:00Z")}}};
  calendar.total = 2;
  EXPECT_EQ(CalendarTable(calendar, *Zone::Utc(), Text(Language::kEnglish)),
            "From 2026-03-01 00:00:00 to 2026-03-01 02:00:00 (UTC)\n"
            "\n"
            "BEGIN                RUNS  SCHEDULES\n"
            "2026-03-01 00:00:00    60          2  ##############################\n"
            "2026-03-01 01:00:00     1          1  #\n"
            "\n"
            "back\\x1bup  t-1  rate(1m)\n"
            "  60 due on 1 machine; next: 2026-03-01 00:01:00, 2026-03-01 00:02:00\n"
            "and 1 more (--limit)\n");
  calendar.cut = true;
  EXPECT_THAT(CalendarTable(calendar, *Zone::Utc(), Text(Language::kEnglish)), HasSubstr("too low"));
}

TEST(ScheduleTablesTest, AnEmptyCalendarSaysSo) {
  Calendar calendar;
  calendar.buckets = {{At("2026-03-01T00:00:00Z"), 0, 0}};
  const std::string text = CalendarTable(calendar, *Zone::Utc(), Text(Language::kEnglish));
  EXPECT_THAT(text, HasSubstr("Nothing is due."));
  EXPECT_THAT(text, Not(HasSubstr("BEGIN")));
}

}  // namespace
}  // namespace assist::cli
