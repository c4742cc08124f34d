#include "cli/table/times.h"

#include <gtest/gtest.h>

namespace assist::cli {
namespace {

Look At(std::string_view now, std::size_t columns, Language language = Language::kEnglish) {
  Look look;
  look.text = Text(language);
  look.columns = columns;
  look.now = *ParseIso8601(now);
  return look;
}

TEST(TimesTest, ATerminalGetsTheAge) {
  const auto ago = [](std::string_view now) { return When("2026-03-01T00:00:00Z", At(now, 80)); };
  EXPECT_EQ(ago("2026-03-01T00:00:01Z"), "just now");
  EXPECT_EQ(ago("2026-03-01T00:00:02Z"), "2 s ago");
  EXPECT_EQ(ago("2026-03-01T00:01:59Z"), "119 s ago");
  EXPECT_EQ(ago("2026-03-01T00:02:00Z"), "2 min ago");
  EXPECT_EQ(ago("2026-03-01T01:59:59Z"), "119 min ago");
  EXPECT_EQ(ago("2026-03-01T02:00:00Z"), "2 h ago");
  EXPECT_EQ(ago("2026-03-03T00:00:00Z"), "2 d ago");
  EXPECT_EQ(ago("2026-02-28T00:00:00Z"), "in the future");
  EXPECT_EQ(When("2026-03-01T00:00:00Z", At("2026-03-01T00:05:00Z", 80, Language::kChinese)), "5 分钟前");
}

TEST(TimesTest, APipeGetsTheTime) {
  EXPECT_EQ(When("2026-03-01T00:00:00Z", At("2026-03-01T00:05:00Z", 0)), "2026-03-01T00:00:00Z");
  EXPECT_EQ(When("", At("2026-03-01T00:05:00Z", 80)), "") << "it never happened";
  EXPECT_EQ(WhenExactly("2026-03-01T00:00:00Z", At("2026-03-01T00:05:00Z", 80)), "2026-03-01T00:00:00Z (5 min ago)");
}

TEST(TimesTest, SinceIsAnAgeADayOrAMoment) {
  const SystemTime now = *ParseIso8601("2026-03-08T12:00:00Z");
  const auto since = [now](std::string_view text) {
    const auto time = ParseSince(text, now);
    return time ? FormatIso8601(*time) : "";
  };
  EXPECT_EQ(since("90s"), "2026-03-08T11:58:30Z");
  EXPECT_EQ(since("15m"), "2026-03-08T11:45:00Z");
  EXPECT_EQ(since("2h"), "2026-03-08T10:00:00Z");
  EXPECT_EQ(since("3d"), "2026-03-05T12:00:00Z");
  EXPECT_EQ(since("1w"), "2026-03-01T12:00:00Z");
  EXPECT_EQ(since("2026-03-01"), "2026-03-01T00:00:00Z");
  EXPECT_EQ(since("2026-03-01T04:10:00Z"), "2026-03-01T04:10:00Z");
  for (const std::string_view wrong : {"", "h", "2", "2x", "-2h", "2h ", "yesterday", "999999999999d", "2026-13-01"}) {
    EXPECT_EQ(since(wrong), "") << wrong;
  }
}

}  // namespace
}  // namespace assist::cli
