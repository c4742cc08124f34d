#include "common/schedule/schedule.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/schedule/fake_zones.h"
#include "common/schedule/parse.h"

namespace assist {
namespace {

using std::chrono::seconds;

SystemTime Utc(std::string_view text) { return ParseIso8601(text).value(); }

class ScheduleTest : public testing::Test {
 protected:
  Schedule Cron(std::string_view text) {
    auto schedule = ParseCron(text, zones_, Zone::Utc());
    EXPECT_TRUE(schedule) << text << ": " << Explain(schedule.error());
    return *schedule;
  }
  std::vector<std::string> Runs(std::string_view text, std::string_view after, std::size_t limit) {
    std::vector<std::string> runs;
    for (const SystemTime time : Cron(text).NextLimit(Utc(after), limit)) runs.push_back(FormatIso8601(time));
    return runs;
  }
  /// How often it runs after `from` and not after `to`.
  std::uint64_t Count(std::string_view text, std::string_view from, std::string_view to) {
    return Cron(text).CountBetween(Utc(from), Utc(to), 1'000'000);
  }
  using Times = std::vector<std::string>;

  FakeZones zones_;
};

TEST_F(ScheduleTest, TheExamplesOfTheFirstDescription) {
  EXPECT_EQ(Runs("0 */10 * * * *", "2026-11-22T13:05:00Z", 3),
            (Times{"2026-11-22T13:10:00Z", "2026-11-22T13:20:00Z", "2026-11-22T13:30:00Z"}));
  EXPECT_EQ(Runs("0 30 21 * * *", "2026-11-22T21:30:00Z", 2), (Times{"2026-11-23T21:30:00Z", "2026-11-24T21:30:00Z"}));
  EXPECT_EQ(Runs("0 10 1 * * 6,0", "2026-11-20T00:00:00Z", 4),  // a Friday
            (Times{"2026-11-21T01:10:00Z", "2026-11-22T01:10:00Z", "2026-11-28T01:10:00Z", "2026-11-29T01:10:00Z"}));
  EXPECT_EQ(Runs("0 0,30 18-23 * * *", "2026-11-22T22:45:00Z", 4),
            (Times{"2026-11-22T23:00:00Z", "2026-11-22T23:30:00Z", "2026-11-23T18:00:00Z", "2026-11-23T18:30:00Z"}));
}

TEST_F(ScheduleTest, LettersOfTheDayFields) {
  EXPECT_EQ(Runs("0 0 0 L * ?", "2028-01-31T00:00:00Z", 2), (Times{"2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z"}));
  EXPECT_EQ(Runs("0 0 0 LW * ?", "2026-05-01T00:00:00Z", 2), (Times{"2026-05-29T00:00:00Z", "2026-06-30T00:00:00Z"}));
  // 15 August 2026 is a Saturday, 15 November a Sunday; 1 August a Saturday, so the working day after it counts.
  EXPECT_EQ(Runs("0 0 0 15W 8,11 ?", "2026-01-01T00:00:00Z", 2),
            (Times{"2026-08-14T00:00:00Z", "2026-11-16T00:00:00Z"}));
  EXPECT_EQ(Runs("0 0 0 1W 8 ?", "2026-01-01T00:00:00Z", 1), (Times{"2026-08-03T00:00:00Z"}));
  EXPECT_EQ(Runs("0 0 0 31W 1,5 ?", "2026-01-01T00:00:00Z", 2),
            (Times{"2026-01-30T00:00:00Z", "2026-05-29T00:00:00Z"}));
  EXPECT_EQ(Runs("0 0 0 ? * 6L", "2026-11-01T00:00:00Z", 2), (Times{"2026-11-28T00:00:00Z", "2026-12-26T00:00:00Z"}));
  EXPECT_EQ(Runs("0 0 0 ? * 1L", "2026-11-20T00:00:00Z", 1), (Times{"2026-11-30T00:00:00Z"})) << "the last day";
  EXPECT_EQ(Runs("0 0 0 ? * 4#2", "2026-11-01T00:00:00Z", 2), (Times{"2026-11-12T00:00:00Z", "2026-12-10T00:00:00Z"}));
  EXPECT_EQ(Runs("0 0 0 ? * 5#5", "2026-11-01T00:00:00Z", 2), (Times{"2027-01-29T00:00:00Z", "2027-04-30T00:00:00Z"}));
  EXPECT_EQ(Runs("0 0 0 ? * L", "2026-11-22T00:00:00Z", 1), (Times{"2026-11-29T00:00:00Z"}));
}

TEST_F(ScheduleTest, WhenBothDayFieldsAreRestrictedEitherIsEnough) {
  EXPECT_EQ(Runs("0 0 0 25 * MON", "2026-11-22T00:00:00Z", 3),
            (Times{"2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-30T00:00:00Z"}));
  EXPECT_EQ(Runs("0 0 0 25 * ?", "2026-11-22T00:00:00Z", 2), (Times{"2026-11-25T00:00:00Z", "2026-12-25T00:00:00Z"}));
}

TEST_F(ScheduleTest, LeapDaysAndYears) {
  EXPECT_EQ(Runs("0 0 0 29 2 ?", "2028-02-29T00:00:00Z", 2), (Times{"2032-02-29T00:00:00Z", "2036-02-29T00:00:00Z"}));
  EXPECT_EQ(Runs("0 0 0 29 2 ?", "2092-03-01T00:00:00Z", 9), (Times{"2096-02-29T00:00:00Z"})) << "and none in 2100";
  EXPECT_EQ(Runs("59 59 23 31 12 ? 2098/1", "2026-01-01T00:00:00Z", 9),
            (Times{"2098-12-31T23:59:59Z", "2099-12-31T23:59:59Z"}));
  EXPECT_EQ(Runs("0 0 0 1 1 ? 1970", "1900-01-01T00:00:00Z", 9), (Times{"1970-01-01T00:00:00Z"}));
}

TEST_F(ScheduleTest, TheEndOfTheCalendarIsNotTheEndOfASchedule) {
  for (const char* goes_on : {"* * * * * *", "0 0 0 29 2 ?", "0 0 0 1 1 ? 2040/1", "0 0 0 1 1 ? 2099"}) {
    EXPECT_TRUE(Cron(goes_on).EndsWithCalendar()) << goes_on;
    EXPECT_FALSE(Cron(goes_on).Next(Utc("2100-01-02T00:00:00Z"))) << goes_on;
  }
  EXPECT_FALSE(Cron("* * * * * * 2026-2098").EndsWithCalendar());
  EXPECT_FALSE(Cron("0 0 0 30 2 ?").EndsWithCalendar()) << "it has no time at all";
  EXPECT_FALSE(Schedule::Rate(seconds(5), Utc("2026-01-01T00:00:00Z")).EndsWithCalendar());
  EXPECT_FALSE(Schedule::At(Utc("2026-01-01T00:00:00Z")).EndsWithCalendar());
}

TEST_F(ScheduleTest, WhatNeverComesEndsAtOnce) {
  EXPECT_TRUE(Runs("0 0 0 30 2 ?", "2026-01-01T00:00:00Z", 1).empty());
  EXPECT_TRUE(Runs("0 0 0 31 4,6,9,11 ? * Europe/Berlin", "2026-01-01T00:00:00Z", 1).empty());
  EXPECT_TRUE(Runs("0 0 0 29 2 ? 2097-2099", "2026-01-01T00:00:00Z", 1).empty());
  EXPECT_FALSE(Cron("* * * * * *").Next(SystemTime::max()));
  EXPECT_FALSE(Cron("0 0 0 29 2 ? 2027").Next(SystemTime::min()));
}

TEST_F(ScheduleTest, NextIsStrictlyAfterAlsoWithinASecond) {
  const Schedule each = Cron("* * * * * *");
  const SystemTime at = Utc("2026-11-22T13:00:00Z");
  EXPECT_EQ(each.Next(at), at + seconds(1));
  EXPECT_EQ(each.Next(at + std::chrono::microseconds(1)), at + seconds(1));
  EXPECT_EQ(each.Next(at - std::chrono::microseconds(1)), at);
  EXPECT_EQ(each.Next(Utc("1969-12-31T23:59:59Z")), Utc("1970-01-01T00:00:00Z"));
}

// Clocks of New York: 8 March 2026 02:00 -> 03:00 (07:00 UTC), 1 November 02:00 -> 01:00 (06:00 UTC).
TEST_F(ScheduleTest, ADailyJobInASkippedHourRunsWhenTheJumpEnds) {
  EXPECT_EQ(Runs("0 30 2 * * ? America/New_York", "2026-03-07T08:00:00Z", 2),
            (Times{"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"}));
  EXPECT_EQ(Runs("0 */10 2 * * ? America/New_York", "2026-03-08T00:00:00Z", 2),
            (Times{"2026-03-08T07:00:00Z", "2026-03-09T06:00:00Z"}))
      << "six skipped times are one run";
  EXPECT_EQ(Runs("0 30 1,3 * * ? America/New_York", "2026-03-08T00:00:00Z", 2),
            (Times{"2026-03-08T06:30:00Z", "2026-03-08T07:30:00Z"}))
      << "nothing was skipped";
  EXPECT_EQ(Runs("0 30 2 * * ? America/New_York", "2026-03-08T06:59:59Z", 1), (Times{"2026-03-08T07:00:00Z"}))
      << "asked in the last second before the jump";
  EXPECT_EQ(Runs("0 30 2 * * ? America/New_York", "2026-03-08T07:00:00Z", 1), (Times{"2026-03-09T06:30:00Z"}))
      << "asked when it has run";
  EXPECT_EQ(Count("0 15 2 8 3 ? 2026 America/New_York", "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z"), 1u);
}

TEST_F(ScheduleTest, ADailyJobInARepeatedHourRunsAtItsFirst) {
  EXPECT_EQ(Runs("0 30 1 * * ? America/New_York", "2026-10-31T06:00:00Z", 2),
            (Times{"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}));
  EXPECT_EQ(Runs("0 30 1 * * ? America/New_York", "2026-11-01T06:00:00Z", 1), (Times{"2026-11-02T06:30:00Z"}))
      << "asked within the second pass";
  EXPECT_EQ(Runs("0 0 */2 * * ? Europe/Berlin", "2026-10-24T22:00:00Z", 3),
            (Times{"2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z", "2026-10-25T05:00:00Z"}))
      << "02:00 once, then 04:00";
}

TEST_F(ScheduleTest, AnHourlyOrMinutelyJobNeitherPausesNorDoubles) {
  for (const char* text : {"0 */10 * * * ? America/New_York", "0 */10 0-5 * * ? America/New_York"}) {
    for (const char* day : {"2026-03-08", "2026-11-01"}) {
      const auto runs = Cron(text).NextLimit(Utc(std::string(day) + "T05:00:00Z"), 18);
      for (std::size_t i = 1; i < runs.size(); ++i)
        EXPECT_EQ(runs[i] - runs[i - 1], seconds(600)) << text << " " << day;
    }
  }
  EXPECT_EQ(Runs("0 30 * * * ? America/New_York", "2026-03-08T06:00:00Z", 2),
            (Times{"2026-03-08T06:30:00Z", "2026-03-08T07:30:00Z"}))
      << "no extra run at 03:00";
  EXPECT_EQ(Runs("0 30 * * * ? America/New_York", "2026-11-01T05:00:00Z", 3),
            (Times{"2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "2026-11-01T07:30:00Z"}));
  EXPECT_EQ(Count("0 0 * * * ? America/New_York", "2026-01-01T05:00:00Z", "2027-01-01T05:00:00Z"), 365u * 24);
  EXPECT_EQ(Count("0 0 3 * * ? America/New_York", "2026-01-01T05:00:00Z", "2027-01-01T05:00:00Z"), 365u);
}

TEST_F(ScheduleTest, JumpsAtMidnightAndOfHalfAnHourFollowTheSameRule) {
  // Havana jumps at 00:00 to 01:00 on 8 March 2026: a daily job at 00:00 runs then.
  EXPECT_EQ(Runs("0 0 0 * * ? America/Havana", "2026-03-07T06:00:00Z", 2),
            (Times{"2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"}));
  // Lord Howe goes back by half an hour at 02:00 on 5 April 2026 (15:00 UTC the day before).
  EXPECT_EQ(Runs("0 45 1 * * ? Australia/Lord_Howe", "2026-04-04T00:00:00Z", 2),
            (Times{"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"}));
  EXPECT_EQ(Runs("0 */15 * * * ? Australia/Lord_Howe", "2026-04-04T14:30:00Z", 4),
            (Times{"2026-04-04T14:45:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:15:00Z", "2026-04-04T15:30:00Z"}));
}

TEST_F(ScheduleTest, AnExpressionWithoutAZoneFollowsTheMachine) {
  const Schedule local = Cron("0 0 9 * * ?");
  const auto shanghai = *zones_.Find("Asia/Shanghai");
  EXPECT_EQ(local.WithLocalZone(shanghai).Next(Utc("2026-11-22T00:00:00Z")), Utc("2026-11-22T01:00:00Z"));
  EXPECT_EQ(local.Next(Utc("2026-11-22T00:00:00Z")), Utc("2026-11-22T09:00:00Z"));
  const Schedule named = Cron("0 0 9 * * ? UTC");
  EXPECT_EQ(named.WithLocalZone(shanghai).Next(Utc("2026-11-22T00:00:00Z")), Utc("2026-11-22T09:00:00Z"));
}

TEST_F(ScheduleTest, ARateKeepsItsBeat) {
  const SystemTime start = FromUnixMillis(1795353399735);
  const Schedule rate = Schedule::Rate(seconds(4), start);
  EXPECT_EQ(rate.Next(SystemTime::min()), start + seconds(4));
  EXPECT_EQ(rate.Next(start), start + seconds(4));
  EXPECT_EQ(rate.Next(start + seconds(4)), start + seconds(8));
  EXPECT_EQ(rate.Next(start + seconds(8) - std::chrono::microseconds(1)), start + seconds(8));
  EXPECT_EQ(rate.CountBetween(start, start + seconds(12), 100), 3u);
  EXPECT_EQ(rate.CountBetween(start + seconds(4), start + seconds(12), 100), 2u);
  EXPECT_EQ(rate.CountBetween(start - seconds(100), start + seconds(3), 100), 0u);
  EXPECT_EQ(rate.CountBetween(start, SystemTime::max(), 100), 100u);
  EXPECT_EQ(rate.CountBetween(start + seconds(12), start, 100), 0u);
  EXPECT_FALSE(rate.Next(SystemTime::max()));
  EXPECT_TRUE(Schedule::Rate(seconds(1), SystemTime::min()).Next(start));
  EXPECT_FALSE(Schedule::Rate(seconds(1), SystemTime::max()).Next(SystemTime::max()));
}

TEST_F(ScheduleTest, OneMomentComesOnce) {
  const SystemTime moment = Utc("2026-11-22T13:16:55Z");
  const Schedule at = Schedule::At(moment);
  EXPECT_EQ(at.Next(moment - seconds(1)), moment);
  EXPECT_FALSE(at.Next(moment));
  EXPECT_EQ(at.CountBetween(moment - seconds(1), moment, 10), 1u);
  EXPECT_EQ(at.CountBetween(moment, moment + seconds(1), 10), 0u);
  EXPECT_FALSE(at.SmallestGap());
}

TEST_F(ScheduleTest, CountingStopsAtTheCap) {
  const Schedule each = Cron("* * * * * *");
  const SystemTime from = Utc("2026-11-22T13:00:00Z");
  EXPECT_EQ(each.CountBetween(from, from + seconds(60), 1000), 60u);
  EXPECT_EQ(each.CountBetween(from, from + seconds(60), 7), 7u);
  EXPECT_EQ(each.CountBetween(from, from, 7), 0u);
}

TEST_F(ScheduleTest, TheSmallestGapIsThatOfTheCalendar) {
  const auto gap = [this](std::string_view text) {
    const auto found = Cron(text).SmallestGap();
    return found ? found->count() : 0;
  };
  EXPECT_EQ(gap("* * * * * *"), 1);
  EXPECT_EQ(gap("*/25 * * * * *"), 10) << "50 to 60";
  EXPECT_EQ(gap("0 */10 * * * *"), 600);
  EXPECT_EQ(gap("0 0,5,7 5 * * *"), 120);
  EXPECT_EQ(gap("0 0 3,7,9 * * *"), 7200);
  EXPECT_EQ(gap("30,0 0,5 5 * * *"), 30);
  EXPECT_EQ(gap("0 0,59 5 * * *"), 59 * 60);
  EXPECT_EQ(gap("0 0,59 5,6 * * *"), 60);
  EXPECT_EQ(gap("0 30 21 * * *"), 86400);
  EXPECT_EQ(gap("0 0 0,23 * * *"), 3600) << "over midnight";
  EXPECT_EQ(gap("0 0 0,23 1,15 * ?"), 23 * 3600);
  EXPECT_EQ(gap("0 0 0 ? * 1"), 7 * 86400);
  EXPECT_EQ(gap("0 0 0 L,1 * ?"), 86400);
  EXPECT_EQ(gap("0 0 0 29 2 ?"), (4 * 365 + 1) * 86400);
  EXPECT_EQ(gap("0 0 0 1 1 ? 2030"), 0) << "one run has no neighbour";
  EXPECT_EQ(gap("0 0 0 30 2 ?"), 0);
  EXPECT_EQ(gap("5 * 3 1 1 ? 2030"), 60);
}

}  // namespace
}  // namespace assist
