#include "cli/schedule/preview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/schedule/fake_zones.h"

namespace assist::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PreviewTest : public ::testing::Test {
 protected:
  Preview Good(std::string_view expression, std::size_t count = 3) {
    auto preview = ComputePreview(expression, count, zones_, local_, now_);
    EXPECT_TRUE(preview) << Explain(preview.error());
    return std::move(*preview);
  }
  std::string Wrong(std::string_view expression) {
    auto preview = ComputePreview(expression, 3, zones_, local_, now_);
    EXPECT_FALSE(preview) << expression;
    return PointAt(expression, preview.error(), Text(Language::kEnglish));
  }

  FakeZones zones_;
  std::shared_ptr<const Zone> local_ = Zone::Fixed("", std::chrono::hours(2));
  SystemTime now_ = *ParseIso8601("2026-03-01T04:06:48Z");
};

TEST_F(PreviewTest, ACronExpressionIsShownInItsZone) {
  const std::string text = PreviewText(Good("0 */10 * * * * Asia/Shanghai"), Text(Language::kEnglish));
  EXPECT_EQ(text,
            "0 */10 * * * * Asia/Shanghai\n"
            "cron in Asia/Shanghai, at least 10 min apart\n"
            "  1  Sun 2026-03-01 12:10:00 +08:00  in 3 min 12 s\n"
            "  2  Sun 2026-03-01 12:20:00 +08:00  in 13 min 12 s\n"
            "  3  Sun 2026-03-01 12:30:00 +08:00  in 23 min 12 s\n");
}

TEST_F(PreviewTest, WithoutAZoneTheLocalOneCountsAndThatIsSaid) {
  const std::string text = PreviewText(Good("0 30 21 * * *", 1), Text(Language::kEnglish));
  EXPECT_THAT(text, HasSubstr("cron in GMT+2:00 (the expression names no zone: each machine's own counts)"));
  EXPECT_THAT(text, HasSubstr("  1  Sun 2026-03-01 21:30:00 +02:00  in 15 h 23 min\n"));
}

TEST_F(PreviewTest, ARateCountsFromNow) {
  const std::string text = PreviewText(Good("rate(5m)", 2), Text(Language::kEnglish));
  EXPECT_THAT(text, HasSubstr("every 5 min, counted from"));
  EXPECT_THAT(text, HasSubstr("  2  Sun 2026-03-01 06:16:48 +02:00  in 10 min\n"));
}

TEST_F(PreviewTest, AnAtComesOnce) {
  const Preview preview = Good("at(2026-03-02 12:00:00 Asia/Shanghai)");
  EXPECT_EQ(preview.next, std::vector<SystemTime>{*ParseIso8601("2026-03-02T04:00:00Z")});
  EXPECT_THAT(PreviewText(preview, Text(Language::kEnglish)), HasSubstr("\nonce\n"));
  EXPECT_THAT(Wrong("at(2026-02-01 12:00:00)"), HasSubstr("past"));
}

TEST_F(PreviewTest, AsJsonTheTimesAreInUtc) {
  EXPECT_EQ(
      PreviewJson(Good("0 0 12 * * * Asia/Shanghai", 2)),
      R"({"Expression":"0 0 12 * * * Asia/Shanghai","Kind":"cron","TimeZone":"Asia/Shanghai",)"
      R"("NamesTimeZone":true,"SmallestGapSeconds":86400,"Next":["2026-03-02T04:00:00Z","2026-03-03T04:00:00Z"]})");
  EXPECT_THAT(PreviewJson(Good("rate(5m)", 1)), Not(HasSubstr("TimeZone")));
}

TEST_F(PreviewTest, AMistakeIsPointedAt) {
  EXPECT_EQ(Wrong("0 0 25 * * *"),
            "field 3 (hour): '25' is not in 0-23\n"
            "  0 0 25 * * *\n"
            "      ^^\n");
  EXPECT_THAT(Wrong("0 0 1 * * * Asia/Nowhere"), HasSubstr("\n              ^^^^^^^^^^^^\n"));
  EXPECT_THAT(Wrong("0 0 1 * *"), HasSubstr("^"));
  EXPECT_THAT(Wrong("rate(5x)"), HasSubstr("^"));
}

TEST_F(PreviewTest, WhatATerminalWouldObeyIsEscapedAndTheMarkStillFits) {
  EXPECT_EQ(Wrong("0\t0 99 * * *"),
            "field 3 (hour): '99' is not in 0-23\n"
            "  0\\t0 99 * * *\n"
            "       ^^\n");
}

}  // namespace
}  // namespace assist::cli
