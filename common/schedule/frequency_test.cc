#include "common/schedule/frequency.h"

#include <gtest/gtest.h>

#include <string>

#include "common/schedule/fake_zones.h"

namespace assist {
namespace {

using std::chrono::seconds;

class FrequencyTest : public testing::Test {
 protected:
  ScheduleResult<Frequency> Large(std::string_view text) {
    return ParseFrequency(text, zones_, FrequencyLimits::Large(), now_, now_);
  }
  ScheduleResult<Frequency> Compat(std::string_view text, seconds timeout = seconds(60)) {
    return ParseFrequency(text, zones_, FrequencyLimits::Compat(timeout), now_, now_);
  }
  static std::string Code(const ScheduleResult<Frequency>& frequency) {
    return frequency ? "accepted" : std::string(Name(frequency.error().code));
  }
  static std::string First(const ScheduleResult<Frequency>& frequency, SystemTime after) {
    return FormatIso8601(frequency->schedule.Next(after).value());
  }

  FakeZones zones_;
  const SystemTime now_ = *ParseIso8601("2026-11-22T13:00:00Z");
};

TEST_F(FrequencyTest, EachFormHasItsRepeatAndItsWireText) {
  const auto cron = Large(" 0 */10 * * * * Asia/Shanghai ");
  ASSERT_TRUE(cron) << Explain(cron.error());
  EXPECT_EQ(cron->repeat, "Period");
  EXPECT_EQ(cron->wire, "0 */10 * * * * Asia/Shanghai");
  const auto rate = Large("rate(5m)");
  ASSERT_TRUE(rate) << Explain(rate.error());
  EXPECT_EQ(rate->repeat, "Rate");
  EXPECT_EQ(rate->wire, "rate(5m)");
  EXPECT_EQ(First(rate, now_), "2026-11-22T13:05:00Z");
  const auto at = Large("at(2026-11-23 08:00:00 Asia/Shanghai)");
  ASSERT_TRUE(at) << Explain(at.error());
  EXPECT_EQ(at->repeat, "At");
  EXPECT_EQ(at->wire, "at(2026-11-23T00:00:00)");
  EXPECT_EQ(First(at, now_), "2026-11-23T00:00:00Z");
}

TEST_F(FrequencyTest, AtTakesAnyZoneAndUtcWhenThereIsNone) {
  const auto wire = [this](const std::string& inside) {
    const auto at = Large("at(" + inside + ")");
    return at ? at->wire : Explain(at.error());
  };
  EXPECT_EQ(wire("2027-01-01 00:00:00"), "at(2027-01-01T00:00:00)");
  EXPECT_EQ(wire(" 2027-01-01 00:00:00  UTC "), "at(2027-01-01T00:00:00)");
  EXPECT_EQ(wire("2027-01-01 00:00:00 GMT-5:30"), "at(2027-01-01T05:30:00)");
  // Clocks of Berlin jump from 02:00 to 03:00 on 28 March 2027, and show 02:30 twice on 31 October.
  EXPECT_EQ(wire("2027-03-28 02:30:00 Europe/Berlin"), "at(2027-03-28T01:00:00)");
  EXPECT_EQ(wire("2027-10-31 02:30:00 Europe/Berlin"), "at(2027-10-31T00:30:00)");
  EXPECT_EQ(wire("2027-01-01 00:00:00 CST"), "time zone: 'CST' is neither Area/City, GMT+8:00, GMT nor UTC");
}

TEST_F(FrequencyTest, AtOfThePastOrOfAnotherFormIsRefused) {
  EXPECT_EQ(Code(Large("at(2026-11-22 13:00:00)")), "AtExpressionExpired");
  EXPECT_EQ(Code(Large("at(2026-11-22 13:00:01)")), "accepted");
  EXPECT_EQ(Code(Large("at(2026-11-22 21:00:00 Asia/Shanghai)")), "AtExpressionExpired");
  for (const char* text : {"at", "at(", "at()", "at(2027-01-01T00:00:00)", "at(2027-01-01 00:00:00", "at(2027-01-01)",
                           "at (2027-01-01 00:00:00)", "at(2027-01-01 00:00:00UTC)", "at(2027-02-30 00:00:00)",
                           "at(2027-01-01 00:00:xx)"}) {
    EXPECT_EQ(Code(Large(text)), "InvalidAtExpression") << text;
  }
  const auto date = Large("  at( 2027-01-01 25:00:00 UTC)").error();
  EXPECT_EQ(date.offset, 17u);
  EXPECT_EQ(date.length, 2u);
  const auto zone = Large(" at(2027-01-01 05:00:00 Mars/Base)").error();
  EXPECT_EQ(zone.offset, 24u);
  EXPECT_EQ(zone.length, 9u);
}

TEST_F(FrequencyTest, CompatRatesLieBetweenAMinuteAndAWeekAndAboveTheTimeout) {
  EXPECT_EQ(Code(Compat("rate(59s)")), "FrequencyTooHigh");
  EXPECT_EQ(Code(Compat("rate(60s)")), "FrequencyNotAboveTimeout");
  EXPECT_EQ(Code(Compat("rate(60s)", seconds(59))), "accepted");
  EXPECT_EQ(Code(Compat("rate(7d)")), "accepted");
  EXPECT_EQ(Code(Compat("rate(169h)")), "FrequencyTooLow");
  EXPECT_EQ(Code(Large("rate(1s)")), "accepted");
  EXPECT_EQ(Code(Large("rate(1000d)")), "accepted");
  EXPECT_EQ(Code(Large("rate(1001d)")), "RateFrequencyTooLarge");
}

TEST_F(FrequencyTest, CompatCronRunsLieTenSecondsAndATimeoutApart) {
  EXPECT_EQ(Code(Compat("*/9 * * * * *", seconds(1))), "FrequencyTooHigh");
  EXPECT_EQ(Code(Compat("*/10 * * * * *", seconds(1))), "accepted");
  EXPECT_EQ(Code(Compat("*/10 * * * * *", seconds(11))), "FrequencyNotAboveTimeout");
  EXPECT_EQ(Code(Compat("0 * * * * *", seconds(60))), "accepted");
  EXPECT_EQ(Code(Compat("0 59,0 * * * *", seconds(61))), "FrequencyNotAboveTimeout");
  EXPECT_EQ(Code(Compat("0 0 0 1 1 ? 2030", seconds(86400))), "accepted") << "one run has no neighbour";
  EXPECT_EQ(Code(Large("* * * * * *")), "accepted");
}

TEST_F(FrequencyTest, ACronExpressionWithoutAFutureIsRefused) {
  EXPECT_EQ(Code(Large("0 0 0 1 1 ? 2020")), "CronExpressionExpired");
  EXPECT_EQ(Code(Large("0 0 0 30 2 ?")), "CronExpressionExpired");
  // Without a zone it is past when it is so for the last machine in the west.
  EXPECT_EQ(Code(Large("0 0 2 22 11 ? 2026")), "accepted");
  EXPECT_EQ(Code(Large("0 0 1 22 11 ? 2026")), "CronExpressionExpired");
  EXPECT_EQ(Code(Large("0 0 2 22 11 ? 2026 UTC")), "CronExpressionExpired");
}

TEST_F(FrequencyTest, WeekdaysGoToAgentsInAFormThatTheyAllReadAlike) {
  EXPECT_EQ(Large("0 0 9 ? * MON-SUN")->wire, "0 0 9 ? * 0,1,2,3,4,5,6");
  EXPECT_EQ(Large("0 0 9 ?  *  L 2030 Asia/Shanghai")->wire, "0 0 9 ?  *  0 2030 Asia/Shanghai");
  EXPECT_EQ(Large("0 0 9 ? * mon-fri")->wire, "0 0 9 ? * mon-fri");
}

TEST_F(FrequencyTest, ErrorsPointIntoTheTextAsItWasGiven) {
  const auto error = Large("   0 77 * * * *").error();
  EXPECT_EQ(error.offset, 5u);
  EXPECT_EQ(error.length, 2u);
  EXPECT_EQ(Code(Large("")), "InvalidCronExpression");
  EXPECT_EQ(Code(Large("   ")), "InvalidCronExpression");
  EXPECT_EQ(Code(Large("rates")), "InvalidRateExpression");
}

}  // namespace
}  // namespace assist
