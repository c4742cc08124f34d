#include "cli/schedule/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using ::testing::HasSubstr;

TEST(ScheduleAnswersTest, APageOfSchedulesIsRead) {
  const auto page = ParseSchedulePage(R"({"TotalCount":2,"NextToken":"n","Schedules":{"Schedule":[
    {"InvokeId":"t-1","InstanceId":"mi-1","CommandName":"backup","RepeatMode":"Period","Frequency":"0 30 21 * * *",
     "InvocationStatus":"Scheduled","LastDueTime":"2026-03-01T13:30:00Z","NextDueTime":"2026-03-02T13:30:00Z",
     "LastExitCode":3,"Runs":12,"Missed":1,"LatenessP50Ms":2,"LatenessP99Ms":16,"Overdue":true,"Online":true},
    {"InvokeId":"t-1","InstanceId":"mi-2","RepeatMode":"EveryReboot","InvocationStatus":"Pending","LastDueTime":"",
     "NextDueTime":"","Runs":0,"Missed":0}]}})");
  ASSERT_TRUE(page) << page.error().detail;
  EXPECT_EQ(page->total, 2);
  EXPECT_EQ(page->next_token, "n");
  ASSERT_EQ(page->rows.size(), 2u);
  const ScheduleRow& first = page->rows[0];
  EXPECT_EQ(first.command_name, "backup");
  EXPECT_EQ(first.last_due, ParseIso8601("2026-03-01T13:30:00Z"));
  EXPECT_EQ(first.next_due, ParseIso8601("2026-03-02T13:30:00Z"));
  EXPECT_EQ(first.exit_code, 3);
  EXPECT_EQ(first.runs, 12);
  EXPECT_EQ(first.missed, 1);
  EXPECT_EQ(first.late_p99_ms, 16);
  EXPECT_TRUE(first.overdue && first.online);
  const ScheduleRow& second = page->rows[1];
  EXPECT_FALSE(second.last_due || second.next_due || second.exit_code || second.late_p50_ms);
  EXPECT_FALSE(second.overdue || second.online);
}

TEST(ScheduleAnswersTest, ACalendarIsRead) {
  const auto calendar = ParseCalendar(R"json({"From":"2026-03-01T00:00:00Z","To":"2026-03-02T00:00:00Z","Bucket":3600,
    "Cut":true,"TotalCount":7,"Buckets":{"Bucket":[{"BeginTime":"2026-03-01T00:00:00Z","Occurrences":5,"Schedules":2}]},
    "Schedules":{"Schedule":[{"InvokeId":"t-1","CommandName":"c","Frequency":"rate(5m)","InstanceCount":3,
    "Occurrences":864,"NextTimes":{
  "NextTime" : ["2026-03-01T00:05:00Z"]}}]
}
})json");
  ASSERT_TRUE(calendar) << calendar.error().detail;
  EXPECT_EQ(calendar->bucket, std::chrono::seconds(3600));
  EXPECT_TRUE(calendar->cut);
  EXPECT_EQ(calendar->total, 7);
  ASSERT_EQ(calendar->buckets.size(), 1u);
  EXPECT_EQ(calendar->buckets[0].occurrences, 5);
  ASSERT_EQ(calendar->rows.size(), 1u);
  EXPECT_EQ(calendar->rows[0].machines, 3);
  EXPECT_EQ(calendar->rows[0].next, std::vector<SystemTime>{*ParseIso8601("2026-03-01T00:05:00Z")});
}

TEST(ScheduleAnswersTest, WhatIsNotUnderstoodIsNamed) {
  EXPECT_THAT(ParseSchedulePage("[]").error().detail, HasSubstr("object"));
  EXPECT_THAT(ParseSchedulePage("{}").error().detail, HasSubstr("TotalCount"));
  EXPECT_THAT(ParseSchedulePage(R"({"TotalCount":0})").error().detail, HasSubstr("Schedules"));
  EXPECT_THAT(ParseSchedulePage(R"({"TotalCount":1,"Schedules":{"Schedule":[{"InvokeId":"t","InstanceId":"m",
    "RepeatMode":"Period","InvocationStatus":"Scheduled","Runs":0,"Missed":0,"LastDueTime":"noon"}]}})")
                  .error()
                  .detail,
              HasSubstr("LastDueTime"));
  EXPECT_THAT(ParseCalendar(R"({"To":"2026-03-02T00:00:00Z"})").error().detail, HasSubstr("From"));
}

}  // namespace
}  // namespace assist::cli
