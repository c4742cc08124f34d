#include "cli/why/timeline.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace assist::cli {
namespace {

using std::chrono::milliseconds;

/// Rows are `Event Clock Time`; times are given without their day.
TaskTimeline Of(std::string_view events) {
  return TaskTimeline(json::ParseObject(R"({"Timeline":{"TimelineEvent":[)" + std::string(events) + "]}}").value());
}
std::string Event(std::string_view name, std::string_view clock, std::string_view time) {
  return R"({"Event":")" + std::string(name) + R"(","Clock":")" + std::string(clock) + R"(","Time":"2026-11-23T)" +
         std::string(time) + R"(Z"})";
}

TEST(TimelineTest, SpansAreOfOneClockAndOfWhatIsKnown) {
  const TaskTimeline timeline =
      Of(Event("Created", "Server", "10:00:00.000") + "," + Event("Fetched", "Server", "10:00:00.040") + "," +
         Event("Started", "Agent", "12:00:00.500") + "," + Event("Started", "Server", "10:00:00.600") + "," +
         Event("Exited", "Agent", "12:00:01.900") + "," + Event("Reported", "Agent", "12:00:02.000") + "," +
         Event("Reported", "Server", "10:00:02.007"));
  EXPECT_EQ(timeline.Between("Created", "Fetched", ClockOf::kServer), milliseconds(40));
  EXPECT_EQ(timeline.Between("Started", "Exited", ClockOf::kAgent), milliseconds(1400));
  EXPECT_FALSE(timeline.Between("Started", "Exited", ClockOf::kServer));
  EXPECT_FALSE(timeline.Between("Exited", "Started", ClockOf::kAgent)) << "set back";
  EXPECT_EQ(timeline.skew(), milliseconds(7'200'000 - 7));
}

TEST(TimelineTest, WhatIsNotUnderstoodIsLeftOut) {
  EXPECT_TRUE(TaskTimeline(json::ParseObject("{}").value()).events().empty());
  EXPECT_TRUE(TaskTimeline(json::ParseObject(R"({"Timeline":7})").value()).events().empty());
  for (const std::string_view time : {"10:00:00", "10:00:00.xyz", "10:00:00.1", "25:00:00.000", "10:00:00.-12"}) {
    EXPECT_TRUE(Of(Event("Created", "Server", time)).events().empty()) << time;
  }
  EXPECT_FALSE(Of(Event("Created", "Server", "10:00:00.000")).skew());
}

TEST(TimelineTest, SpansForPeople) {
  EXPECT_EQ(ShowSpan(milliseconds(0)), "0 ms");
  EXPECT_EQ(ShowSpan(milliseconds(999)), "999 ms");
  EXPECT_EQ(ShowSpan(milliseconds(1400)), "1.4 s");
  EXPECT_EQ(ShowSpan(milliseconds(59'999)), "59.9 s");
  EXPECT_EQ(ShowSpan(milliseconds(125'000)), "2:05 min");
  EXPECT_EQ(ShowSpan(milliseconds(11'220'000)), "3:07:00 h");
}

TEST(TimelineTest, TheTableHasBothClocksAndTheFirstDayAndAnOtherIsSaid) {
  const TaskTimeline timeline = Of(Event("Created", "Server", "10:00:00.000") + "," +
                                   R"({"Event":"Started","Clock":"Agent","Time":"2026-11-24T00:00:00.000Z"},)" +
                                   Event("Started", "Server", "10:00:01.500"));
  EXPECT_EQ(TimelineTable(timeline, {}).Render({}, {}),
            "STEP\tSERVER\tAFTER\tMACHINE\tAFTER\n"
            "created\t2026-11-23 10:00:00.000\t-\t-\t-\n"
            "started\t10:00:01.500\t+1.5 s\t2026-11-24 00:00:00.000\t-\n");
}

}  // namespace
}  // namespace assist::cli
