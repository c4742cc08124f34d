#include "common/schedule/cron_parser.h"

#include <gtest/gtest.h>

#include <string>

#include "common/schedule/fake_zones.h"
#include "common/schedule/parse.h"

namespace assist {
namespace {

class ParseTest : public testing::Test {
 protected:
  ScheduleResult<Schedule> Cron(std::string_view text) { return ParseCron(text, zones_, Zone::Utc()); }
  /// The exact text that a stock agent reports for a cron expression.
  std::string Refusal(std::string_view text) {
    const auto schedule = Cron(text);
    return schedule ? "accepted" : schedule.error().stock;
  }
  CronFields Fields(std::string_view text) {
    const auto cron = ReadCron(text, zones_);
    EXPECT_TRUE(cron) << text << ": " << Explain(cron.error());
    return cron ? cron->fields : CronFields();
  }

  FakeZones zones_;
};

std::string RateRefusal(std::string_view text) {
  const auto schedule = ParseRate(text, SystemTime());
  return schedule ? "accepted" : schedule.error().stock;
}

std::string AtRefusal(std::string_view text) {
  const auto schedule = ParseAt(text);
  return schedule ? "accepted" : schedule.error().stock;
}

// What a stock agent reported for these expressions, taken from real traffic.
TEST_F(ParseTest, RefusalsAreThoseOfStockAgents) {
  EXPECT_EQ(Refusal("0 0 * * *"), "InvalidCronExpression");
  EXPECT_EQ(Refusal("a b c d e f"), "syntax error in second field: 'a'");
  EXPECT_EQ(Refusal("0 0 0 * * ? CST"), "TimezoneInformationCorrupt");
  EXPECT_EQ(Refusal("0 0 0 * * ? GMT+15:00"), "InvalidGMTOffsetForTimezone");
  EXPECT_EQ(
      Refusal("0 0 0 * * ? Mars/Base"),
      "TimezoneInformationCorrupt: Information of sepcified timezone in cron expression cannot be parsed: unknown "
      "time zone Mars/Base");
  EXPECT_EQ(RateRefusal("rate(5 minutes)"), "InvalidRateExpression");
  EXPECT_EQ(RateRefusal("rate(0s)"),
            "InvalidRateExpression: invalid rate expression cannot be parsed: Period value should be positive number");
  EXPECT_EQ(RateRefusal("rate(1001d)"), "RateFrequencyTooLarge");
  EXPECT_EQ(AtRefusal("at"), "InvalidAtExpression");
  EXPECT_EQ(AtRefusal("at(tomorrow)"),
            R"(parsing time "tomorrow" as "2006-01-02T15:04:05": cannot parse "tomorrow" as "2006")");
  const auto expired = RefuseExpired(*Cron("0 0 0 1 1 ? 2020"), "0 0 0 1 1 ? 2020", FromUnixMillis(1795353425844));
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().stock, "CronExpressionExpired");
  EXPECT_EQ(expired.error().code, ScheduleErrc::kCronExpired);
}

// Expressions that a stock agent took, with the first run it reported (to the second).
TEST_F(ParseTest, RunsAreThoseOfStockAgents) {
  const auto first = [](const ScheduleResult<Schedule>& schedule, std::int64_t created) {
    return ToUnixMillis(schedule.value().Next(FromUnixMillis(created)).value());
  };
  EXPECT_EQ(first(Cron("*/3 * * * * *"), 1795353360188), 1795353363000);
  EXPECT_EQ(first(Cron("*/4 * * * * ? * Asia/Shanghai"), 1795353373442), 1795353376000);
  EXPECT_EQ(first(Cron("*/4 * * * * ? GMT-5:30"), 1795353378266), 1795353380000);
  EXPECT_EQ(first(Cron("39 16 13 22 11 ? 2026"), 1795353393139), 1795353399000);
  EXPECT_FALSE(Cron("39 16 13 22 11 ? 2026")->Next(FromUnixMillis(1795353399000)));
  EXPECT_EQ(first(ParseRate("rate(4s)", FromUnixMillis(1795353399735)), 1795353399735), 1795353403735);
  EXPECT_EQ(first(ParseAt("at(2026-11-22T13:16:55)"), 1795353410072), 1795353415000);
  EXPECT_FALSE(ParseAt("at(2020-01-01T00:00:00)")->Next(FromUnixMillis(1795353428667)));
}

TEST_F(ParseTest, AnErrorPointsAtThePieceThatIsWrong) {
  struct Case {
    const char* text;
    SchedulePart part;
    unsigned index;
    std::size_t offset, length;
    const char* stock;
    const char* explained;
  };
  const Case cases[] = {
      {"60 * * * * *", SchedulePart::kSecond, 1, 0, 2, "syntax error in second field: '60'",
       "field 1 (second): '60' is not in 0-59"},
      {"0  1,61,2 * * * *", SchedulePart::kMinute, 2, 5, 2, "syntax error in minute field: '61'",
       "field 2 (minute): '61' is not in 0-59"},
      {"0 0 5-25 * * *", SchedulePart::kHour, 3, 6, 2, "syntax error in hour field: '5-25'",
       "field 3 (hour): '25' is not in 0-23"},
      {"0 0 22-6 * * *", SchedulePart::kHour, 3, 4, 4, "syntax error in hour field: '22-6'",
       "field 3 (hour): the range '22-6' runs backwards"},
      {"0 0 */0 * * *", SchedulePart::kHour, 3, 6, 1, "invalid interval */0",
       "field 3 (hour): the step '0' is not in 1-23"},
      {"0 0 1/24 * * *", SchedulePart::kHour, 3, 6, 2, "invalid interval 1/24",
       "field 3 (hour): the step '24' is not in 1-23"},
      {"0 0 0 0 * *", SchedulePart::kDayOfMonth, 4, 6, 1, "syntax error in day-of-month field: '0'",
       "field 4 (day-of-month): '0' is not in 1-31"},
      {"0 0 0 32W * *", SchedulePart::kDayOfMonth, 4, 6, 3, "syntax error in day-of-month field: '32W'",
       "field 4 (day-of-month): '32W' is not in 1-31"},
      {"0 0 0 1 Janus *", SchedulePart::kMonth, 5, 8, 5, "syntax error in month field: 'Janus'",
       "field 5 (month): 'Janus' is not in 1-12 or JAN-DEC"},
      {"0 0 0 ? * 5#6", SchedulePart::kDayOfWeek, 6, 10, 3, "syntax error in day-of-week field: '5#6'",
       "field 6 (day-of-week): '5#6' is not in 0-7 or SUN-SAT"},
      {"0 0 0 ? * 8", SchedulePart::kDayOfWeek, 6, 10, 1, "syntax error in day-of-week field: '8'",
       "field 6 (day-of-week): '8' is not in 0-7 or SUN-SAT"},
      {"0 0 0 ? * * 2026-2200", SchedulePart::kYear, 7, 17, 4, "syntax error in year field: '2026-2200'",
       "field 7 (year): '2200' is not in 1970-2099"},
      {"0 0 0 ? * * * GMT+08:00", SchedulePart::kZone, 8, 14, 9, "InvalidGMTOffsetForTimezone",
       "field 8 (time zone): 'GMT+08:00' is not of the form GMT+8:00 (hour 0-14 without a leading zero, minute 00-59)"},
      {"0 0 0 ? * * Asia/../x", SchedulePart::kZone, 7, 12, 9,
       "TimezoneInformationCorrupt: Information of sepcified timezone in cron expression cannot be parsed: time: "
       "invalid "
       "location name",
       "field 7 (time zone): 'Asia/../x' cannot be used: no name of a time zone"},
      {"0 0 0 ? * * Broken/Zone", SchedulePart::kZone, 7, 12, 11,
       "TimezoneInformationCorrupt: Information of sepcified timezone in cron expression cannot be parsed: malformed "
       "time "
       "zone information",
       "field 7 (time zone): 'Broken/Zone' cannot be used: damaged"},
      {"0 , * * * *", SchedulePart::kMinute, 2, 2, 1, "minute field: missing directive",
       "field 2 (minute): there is no value"},
      {"0 1- * * * *", SchedulePart::kMinute, 2, 4, 0, "syntax error in minute field: '1-'",
       "field 2 (minute): a value is missing"},
      {"0 5/x * * * *", SchedulePart::kMinute, 2, 4, 1, "syntax error in minute field: '5/x'",
       "field 2 (minute): a number is wanted after '/'"},
      {"0 * *", SchedulePart::kWhole, 0, 0, 5, "InvalidCronExpression",
       "3 fields; wanted are: second minute hour day-of-month month day-of-week [year] [time zone]"},
  };
  for (const Case& one : cases) {
    const auto schedule = Cron(one.text);
    ASSERT_FALSE(schedule) << one.text;
    const ScheduleError& error = schedule.error();
    EXPECT_EQ(error.part, one.part) << one.text;
    EXPECT_EQ(error.index, one.index) << one.text;
    EXPECT_EQ(error.offset, one.offset) << one.text;
    EXPECT_EQ(error.length, one.length) << one.text;
    EXPECT_EQ(error.stock, one.stock);
    EXPECT_EQ(Explain(error), one.explained);
  }
}

TEST_F(ParseTest, ABadIntervalIsNamedBeforeWhatCannotBeRead) {
  EXPECT_EQ(Refusal("0 x,*/0 * * * *"), "invalid interval */0");
  EXPECT_EQ(Refusal("0 x,y * * * *"), "syntax error in minute field: 'x'");
  EXPECT_EQ(Refusal("x 0 * * * * No/Zone").substr(0, 26), "TimezoneInformationCorrupt")
      << "the zone goes before fields";
}

TEST_F(ParseTest, NamesNumbersListsRangesAndStepsMeanTheSame) {
  const auto same = [this](std::string_view one, std::string_view other) {
    const CronFields a = Fields(one), b = Fields(other);
    return a.seconds == b.seconds && a.minutes == b.minutes && a.hours == b.hours && a.days == b.days &&
           a.months == b.months && a.weekdays == b.weekdays && a.years == b.years && a.workdays == b.workdays &&
           a.last_weekdays == b.last_weekdays && a.nth_weekdays == b.nth_weekdays && a.last_day == b.last_day &&
           a.last_workday == b.last_workday && a.days_restricted == b.days_restricted &&
           a.weekdays_restricted == b.weekdays_restricted;
  };
  EXPECT_TRUE(same("0 0 0 1 JAN ?", "0 0 0 1 1 *"));
  EXPECT_TRUE(same("0 0 0 1 january,DeC ?", "0 0 0 1 01,12 ?"));
  EXPECT_TRUE(same("0 0 0 ? * MON-fri", "0 0 0 ? * 1,2,3,4,5"));
  EXPECT_TRUE(same("0 0 0 ? * sunday", "0 0 0 ? * 7"));
  EXPECT_TRUE(same("0 0 0 ? * 0", "0 0 0 ? * 7"));
  EXPECT_TRUE(same("0 0 0 ? * L", "0 0 0 ? * SUN"));
  EXPECT_TRUE(same("0 0 0 ? * 1-7", "0 0 0 ? * 0,1,2,3,4,5,6"));
  EXPECT_TRUE(same("0 0 0 ? * FRI-MON", "0 0 0 ? * 5,6,0,1"));
  EXPECT_TRUE(same("0 0 0 ? * 1-7/2", "0 0 0 ? * 1,3,5,7"));
  EXPECT_TRUE(same("0 0 0 ? * fril,mon#2", "0 0 0 ? * 5L,1#2"));
  EXPECT_TRUE(same("0 0 0 l,lw,15w * ?", "0 0 0 L,LW,15W * ?"));
  EXPECT_TRUE(same("*/20 10-14/2 7/8 * * *", "0,20,40 10,12,14 7,15,23 * * *"));
  EXPECT_TRUE(same("0 0 0 1 1 ? 2098/1", "0 0 0 1 1 ? 2098,2099"));
  EXPECT_TRUE(same("00 05 09 01 1 *", "0 5 9 1 1 *"));
  EXPECT_TRUE(same(" \t0  0 0 1 1 * \n", "0 0 0 1 1 *"));
  EXPECT_TRUE(same("0 1,,2, * * * *", "0 1,2 * * * *"));
  EXPECT_FALSE(same("0 0 0 ? * 5L", "0 0 0 ? * 5"));
  EXPECT_FALSE(same("0 0 0 1 * *", "0 0 0 1 * 0-6")) << "a range is a restriction, though it holds every day";
}

TEST_F(ParseTest, TheSeventhFieldIsAYearOrAZone) {
  EXPECT_FALSE(Cron("0 0 0 * * ? 2030")->names_zone());
  EXPECT_FALSE(Cron("0 0 0 * * ? *")->names_zone());
  EXPECT_FALSE(Cron("0 0 0 * * ? ?")->names_zone());
  EXPECT_FALSE(Cron("0 0 0 * * ? */2")->names_zone());
  EXPECT_FALSE(Cron("0 0 0 * * ? 2030-2040/5,2050")->names_zone());
  EXPECT_EQ(Cron("0 0 0 * * ? Asia/Shanghai")->zone()->name(), "Asia/Shanghai");
  EXPECT_EQ(Cron("0 0 0 * * ? UTC")->zone()->name(), "UTC");
  EXPECT_EQ(Cron("0 0 0 * * ? * GMT")->zone()->name(), "GMT");
  EXPECT_EQ(Cron("0 0 0 * * ? 2030 GMT-5:30")->zone()->name(), "GMT-5:30");
  EXPECT_TRUE(Cron("0 0 0 * * ? GMT+14:59")->names_zone());
  EXPECT_EQ(Refusal("0 0 0 * * ? 1969"), "TimezoneInformationCorrupt");
  EXPECT_EQ(Refusal("0 0 0 * * ? x2030"), "syntax error in year field: 'x2030'");
  for (const char* zone :
       {"GMT+8", "GMT+8:0", "GMT+8:60", "GMT+:00", "GMT+8:000", "gmt+8:00", "UTC+8:00", "+8:00", "GMT+-8:00"}) {
    EXPECT_EQ(Refusal("0 0 0 * * ? " + std::string(zone)), "InvalidGMTOffsetForTimezone") << zone;
  }
  EXPECT_EQ(Refusal("0 0 0 * * ? 2030 utc"), "TimezoneInformationCorrupt");
}

TEST_F(ParseTest, MacrosAndEndlessTextAreRefused) {
  EXPECT_EQ(Refusal("@daily"), "InvalidCronExpression");
  EXPECT_EQ(Refusal(""), "InvalidCronExpression");
  EXPECT_EQ(Refusal("0 0 0 0 0 0 0 0 0"), "InvalidCronExpression");
  std::string longest = "0 0 0 * * 1";
  longest.resize(kMaxExpressionBytes, ' ');
  EXPECT_EQ(Refusal(longest), "accepted");
  EXPECT_EQ(Refusal(longest + " "), "InvalidCronExpression");
  EXPECT_EQ(RateRefusal("rate(" + std::string(kMaxExpressionBytes, '1') + "s)"), "InvalidRateExpression");
  EXPECT_EQ(AtRefusal(std::string(kMaxExpressionBytes + 1, '1')), "InvalidAtExpression");
}

TEST_F(ParseTest, WeekdaysThatStockAgentsMisreadAreMarked) {
  const auto rewritten = [this](const std::string& weekday) {
    const auto cron = ReadCron("0 0 0 ? * " + weekday, zones_);
    return cron->weekday_needs_rewriting ? WeekdayForStock(cron->fields) : "as it is";
  };
  for (const char* fine : {"0", "7", "1-5", "0-6", "SUN,MON", "*/2", "3/2", "5L", "4#2", "*", "7-3", "FRI-SAT"}) {
    EXPECT_EQ(rewritten(fine), "as it is") << fine;
  }
  EXPECT_EQ(rewritten("L"), "0");
  EXPECT_EQ(rewritten("05"), "5");
  EXPECT_EQ(rewritten("1-7"), "0,1,2,3,4,5,6");
  EXPECT_EQ(rewritten("MON-SUN/3"), "0,1,4");
  EXPECT_EQ(rewritten("SAT-SUN,3L,2#4,2#1"), "0,6,3L,2#1,2#4");
}

TEST(RateTest, FormsAndUnits) {
  const auto period = [](std::string_view text) { return ParseRate(text, SystemTime())->period().value(); };
  EXPECT_EQ(period("rate(30s)"), std::chrono::seconds(30));
  EXPECT_EQ(period("RATE (5 M)"), std::chrono::minutes(5));
  EXPECT_EQ(period("rate\t(007h)"), std::chrono::hours(7));
  EXPECT_EQ(period("rate(1000d)"), std::chrono::days(1000));
  for (const char* text : {"", "rate", "rate()", "rate(s)", "rate(5)", "rate(5w)", "rate(-5s)", "rate( 5s)",
                           "rate(5s )", " rate(5s)", "rate(5s) ", "rate(5s", "5s", "rate(5.5s)"}) {
    EXPECT_EQ(RateRefusal(text), "InvalidRateExpression") << text;
  }
  EXPECT_EQ(RateRefusal("rate(86400001s)"), "RateFrequencyTooLarge");
  EXPECT_EQ(RateRefusal("rate(9223372036854775807d)"), "RateFrequencyTooLarge");
  EXPECT_EQ(RateRefusal("rate(9223372036854775808s)"),
            "InvalidRateExpression: invalid rate expression cannot be parsed: strconv.ParseInt: parsing "
            "\"9223372036854775808\": value out of range");
  EXPECT_EQ(ParseRate("rate(5w)", SystemTime()).error().offset, 6u);
  EXPECT_EQ(ParseRate("rate(0s)", SystemTime()).error().length, 1u);
}

TEST(AtTest, FormsAndWhatTheDateParserSays) {
  const auto moment = [](std::string_view text) {
    return FormatIso8601Millis(*ParseAt(text)->Next(SystemTime::min()));
  };
  EXPECT_EQ(moment("at(2026-11-22T13:16:55)"), "2026-11-22T13:16:55.000Z");
  EXPECT_EQ(moment("AT(2026-11-22T13:16:55)"), "2026-11-22T13:16:55.000Z");
  EXPECT_EQ(moment("2026-11-22T13:16:55"), "2026-11-22T13:16:55.000Z");
  EXPECT_EQ(moment("at(2026-11-22T3:16:55.25)"), "2026-11-22T03:16:55.250Z");
  EXPECT_EQ(moment("at(2028-02-29T00:00:00)"), "2028-02-29T00:00:00.000Z");
  const auto range = [](const std::string& date, const std::string& what) {
    EXPECT_EQ(AtRefusal("at(" + date + ")"), "parsing time \"" + date + "\": " + what + " out of range");
  };
  range("2026-13-22T13:16:55", "month");
  range("2026-02-29T13:16:55", "day");
  range("2026-11-22T24:16:55", "hour");
  range("2026-11-22T13:60:55", "minute");
  range("2026-11-22T13:16:60", "second");
  EXPECT_EQ(AtRefusal("at(2026-11-22 13:16:55)"),
            R"(parsing time "2026-11-22 13:16:55" as "2006-01-02T15:04:05": cannot parse " 13:16:55" as "T")");
  EXPECT_EQ(AtRefusal("at(2026-11-22T13:16:55Z)"), R"(parsing time "2026-11-22T13:16:55Z": extra text: "Z")");
  EXPECT_EQ(AtRefusal("at(2026"),
            R"(parsing time "at(2026" as "2006-01-02T15:04:05": cannot parse "at(2026" as "2006")");
  EXPECT_EQ(AtRefusal("\"\xc3\xa4\\\n"),
            R"(parsing time "\"\xc3\xa4\\\x0a" as "2006-01-02T15:04:05": cannot parse "\"\xc3\xa4\\\x0a" as "2006")");
  const auto error = ParseAt("at(2026-11-22T24:16:55)").error();
  EXPECT_EQ(error.offset, 14u);
  EXPECT_EQ(error.length, 2u);
}

}  // namespace
}  // namespace assist
