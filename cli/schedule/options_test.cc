#include "cli/schedule/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using ::testing::HasSubstr;
using Verb = ScheduleOptions::Verb;
using Words = std::vector<std::string>;

ScheduleOptions Good(const Words& words) {
  auto options = ParseScheduleWords(words, Text(Language::kEnglish));
  EXPECT_TRUE(options) << options.error().detail;
  return options ? *options : ScheduleOptions{};
}

TEST(ScheduleOptionsTest, APreviewTakesAnExpressionInOneWordOrInSeveral) {
  EXPECT_EQ(Good({"preview", "0 */10 * * * *"}).expression, "0 */10 * * * *");
  EXPECT_EQ(Good({"preview", "0", "*/10", "*", "*", "*", "*", "Asia/Shanghai"}).expression,
            "0 */10 * * * * Asia/Shanghai");
  EXPECT_EQ(Good({"preview", "--", "-5 * * * * *"}).expression, "-5 * * * * *");
  const ScheduleOptions options = Good({"preview", "rate(5m)", "-n", "3", "--zone", "Asia/Tokyo", "--output=json"});
  EXPECT_EQ(options.verb, Verb::kPreview);
  EXPECT_EQ(options.count, 3);
  EXPECT_EQ(options.zone, "Asia/Tokyo");
  EXPECT_EQ(options.output, ScheduleOptions::Output::kJson);
  EXPECT_EQ(Good({"preview", "rate(5m)"}).count, 10);
}

TEST(ScheduleOptionsTest, ListAndCalendarTakeAnInvocationAndAMachine) {
  const ScheduleOptions list =
      Good({"ls", "t-1", "-i", "mi-1", "--all", "--overdue", "--limit=5", "--endpoint", "h:1"});
  EXPECT_EQ(list.verb, Verb::kList);
  EXPECT_EQ(list.invocation, "t-1");
  EXPECT_EQ(list.instance, "mi-1");
  EXPECT_TRUE(list.ended);
  EXPECT_TRUE(list.overdue);
  EXPECT_EQ(list.limit, 5);
  EXPECT_EQ(list.common.layer.endpoint, "h:1");
  EXPECT_EQ(list.output, ScheduleOptions::Output::kTable);
  const ScheduleOptions calendar =
      Good({"--region", "r", "calendar", "--from", "2026-03-01T00:00:00Z", "--hours", "48", "--bucket", "600"});
  EXPECT_EQ(calendar.verb, Verb::kCalendar);
  EXPECT_EQ(calendar.from, ParseIso8601("2026-03-01T00:00:00Z"));
  EXPECT_EQ(calendar.hours, std::chrono::hours(48));
  EXPECT_EQ(calendar.bucket, std::chrono::seconds(600));
  EXPECT_EQ(calendar.common.layer.region_id, "r");
  EXPECT_EQ(Good({"calendar"}).hours, std::chrono::hours(24));
}

TEST(ScheduleOptionsTest, MistakesAreOneLineWithTheRemedy) {
  const struct {
    Words words;
    const char* want;
  } cases[] = {
      {{}, "ls, calendar, preview"},
      {{"show"}, "there is no 'assist schedule show'"},
      {{"preview"}, "which expression"},
      {{"preview", "x", "-n", "0"}, "whole number from 1 to 1000"},
      {{"preview", "x", "--all"}, "unknown option --all"},
      {{"preview", "x", "--output", "xml"}, "table json"},
      {{"preview", "x", "--output"}, "--output needs a value"},
      {{"preview", "x", "--zone"}, "--zone needs a value"},
      {{"ls", "t-1", "t-2"}, "out of place"},
      {{"ls", "-n", "3"}, "unknown option -n"},
      {{"ls", "--all=yes"}, "takes no value"},
      {{"calendar", "--from", "noon"}, "2026-03-01T00:00:00Z"},
      {{"calendar", "--hours", "169"}, "from 1 to 168"},
      {{"calendar", "--overdue"}, "unknown option --overdue"},
  };
  for (const auto& c : cases) {
    const auto options = ParseScheduleWords(c.words, Text(Language::kEnglish));
    ASSERT_FALSE(options) << c.want;
    EXPECT_THAT(options.error().detail, HasSubstr(c.want));
  }
}

}  // namespace
}  // namespace assist::cli
