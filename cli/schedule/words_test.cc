#include "cli/schedule/words.h"

#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using std::chrono::seconds;

SystemTime At(const char* text) { return *ParseIso8601(text); }

TEST(ScheduleWordsTest, TimesAreThoseOfTheZone) {
  const auto zone = Zone::Fixed("GMT+8:00", std::chrono::hours(8));
  EXPECT_EQ(LocalTime(At("2026-02-28T20:10:05Z"), *zone), "2026-03-01 04:10:05");
  EXPECT_EQ(LocalTimeWithOffset(At("2026-02-28T20:10:05Z"), *zone, Text(Language::kEnglish)),
            "Sun 2026-03-01 04:10:05 +08:00");
  const auto west = Zone::Fixed("", -(std::chrono::hours(5) + std::chrono::minutes(30)));
  EXPECT_EQ(LocalTimeWithOffset(At("2026-03-01T00:00:00Z"), *west, Text(Language::kEnglish)),
            "Sat 2026-02-28 18:30:00 -05:30");
  EXPECT_EQ(ZoneTitle(*zone, At("2026-03-01T00:00:00Z")), "GMT+8:00");
  EXPECT_EQ(ZoneTitle(*west, At("2026-03-01T00:00:00Z")), "GMT-5:30");
}

TEST(ScheduleWordsTest, DurationsHaveTheirTwoLargestUnits) {
  EXPECT_EQ(DurationWords(seconds(0), Text(Language::kEnglish)), "0 s");
  EXPECT_EQ(DurationWords(std::chrono::milliseconds(999), Text(Language::kEnglish)), "0 s");
  EXPECT_EQ(DurationWords(seconds(59), Text(Language::kEnglish)), "59 s");
  EXPECT_EQ(DurationWords(seconds(725), Text(Language::kEnglish)), "12 min 5 s");
  EXPECT_EQ(DurationWords(seconds(3600), Text(Language::kEnglish)), "1 h");
  EXPECT_EQ(DurationWords(seconds(3605), Text(Language::kEnglish)), "1 h");
  EXPECT_EQ(DurationWords(seconds(3 * 86'400 + 4 * 3'600 + 59), Text(Language::kEnglish)), "3 d 4 h");
  EXPECT_EQ(DurationWords(seconds(86'400 + 60), Text(Language::kEnglish)), "1 d");
}

TEST(ScheduleWordsTest, ColumnsAreAsWideAsTheirWidestCell) {
  TextTable table({1});
  table.Add({"NAME", "RUNS", "NOTE"});
  table.Add({"网页", "7", ""});
  table.Add({"database", "12", "offline"});
  EXPECT_EQ(table.Text(2),
            "  NAME      RUNS  NOTE\n"
            "  网页         7\n"
            "  database    12  offline\n");
}

}  // namespace
}  // namespace assist::cli
