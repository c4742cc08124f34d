// Beginnings, changes, stops and ends of schedules.
#include "agent/timetable/timetable.h"

#include <gtest/gtest.h>

#include <set>

#include "agent/timetable/terms.h"
#include "agent/timetable/testing/timetable_test_fixture.h"

namespace assist::agent::timetable {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using task_engine::Delivery;
using task_engine::ReportOutcome;

TEST_F(TimetableTest, AStopEndsTheScheduleAndItsRun) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "*/10 * * * * *", 1));
  Advance(seconds(10));
  StopSchedule("t-1", true);
  ASSERT_EQ(host->stops.size(), 1u);
  EXPECT_EQ(host->stops[0].first, "tasks/t-1@1");
  EXPECT_EQ(host->stops[0].second, process::StopMode::kProcess);
  EXPECT_EQ(Told("t-1"), "accepted");
  Exit("t-1@1", supervisor::ExitKind::kStopped);
  Poll();
  EXPECT_EQ(Told("t-1"), "accepted; 1 stopped killed; stopped killed");
  EXPECT_FALSE(Last("t-1").occurrence);
  EXPECT_FALSE(timetable->Knows("t-1"));
  Advance(minutes(1));
  EXPECT_EQ(starts.size(), 1u);
  EXPECT_EQ(Schedule(Cron("t-1", "*/10 * * * * *", 1)).known, 1u) << "a late copy";
  Restart();
  Advance(minutes(1));
  EXPECT_EQ(starts.size(), 1u);
}

TEST_F(TimetableTest, AStopThatWasJournaledHoldsAcrossAKill) {
  FakeMachine::Boot();
  wire::TaskEntry entry = Cron("t-1", "*/10 * * * * *", 1);
  entry.assist->schedule->overlap = wire::OverlapPolicy::kQueue;
  Schedule(entry);
  Advance(seconds(20));
  disk->Hold();  // the stop is written, and nothing after it is known
  scope->Spawn("stop", timetable->StopSchedules(std::vector<wire::TaskEntry>(1, Cron("t-1", ""))));
  Poll();
  disk->Release();
  io->restart();
  for (int i = 0; i < 12; ++i) io->poll_one();
  Restart();
  Advance(seconds(1));
  Exit("t-1@1", supervisor::ExitKind::kStopped);
  Advance(seconds(30));
  EXPECT_EQ(starts.size(), 1u);
  std::string told;
  for (const auto& report : history) told += std::string(Name(report.kind)) + " ";
  told += Told("t-1");
  EXPECT_NE(told.find("1 stopped killed; stopped killed"), std::string::npos) << told;
}

TEST_F(TimetableTest, AStopWhoseRunWasNotAskedYetAsksItAfterTheRestart) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "*/10 * * * * *", 1));
  Advance(seconds(10));
  std::vector<journal::ScheduleChange> changes(1);
  changes[0].id = "t-1";
  changes[0].state = journal->schedule("t-1")->state;
  changes[0].state.ending = journal::Ending::kStopProcess;
  ASSERT_TRUE(Call(journal->ChangeSchedules(std::move(changes))));
  Restart();
  Advance(milliseconds(100));
  ASSERT_EQ(host->stops.size(), 1u);
  EXPECT_EQ(host->stops[0].second, process::StopMode::kProcess);
}

TEST_F(TimetableTest, AStopOfWhatIsNotKnownIsAnswered) {
  FakeMachine::Boot();
  StopSchedule("t-9");
  EXPECT_EQ(Told("t-9"), "stopped killed");
  EXPECT_EQ(Schedule(ToStock(Cron("t-9", "* * * * * *"))).known, 1u) << "a late copy runs nothing";
}

TEST_F(TimetableTest, AnotherVersionTakesThePlaceAndNumbersGoOn) {
  FakeMachine::Boot();
  wire::TaskEntry entry = Cron("t-1", "*/10 * * * * *", 1);
  entry.assist->schedule->overlap = wire::OverlapPolicy::kQueue;
  Schedule(entry);
  Advance(seconds(20));
  wire::TaskEntry next = Cron("t-1", "*/15 * * * * *", 2);
  next.invoke_version = 1;
  next.content = Secret<std::string>(encoding::Base64Encode("echo new"));
  EXPECT_EQ(Schedule(next).fresh, 1u);
  EXPECT_EQ(Told("t-1"), "accepted; 1 running; accepted; 2+1 missed Replaced");
  EXPECT_EQ(sink->Of("t-1")[2].invoke_version, 1);
  EXPECT_EQ(sink->Of("t-1")[2].next_due, kNoon + seconds(30));
  EndAll();
  EXPECT_EQ(Last("t-1").invoke_version, 0) << "the run goes on as it began";
  Advance(seconds(10));
  EXPECT_EQ(starts["t-1@3"], 1);
  EXPECT_NE(disk->Content("tasks/t-1@3/t-1.sh").find("echo new"), std::string::npos);
  EXPECT_EQ(Schedule(entry).known, 1u) << "the old version";
  EndAll();
  Restart();
  Advance(seconds(15));
  EXPECT_EQ(starts["t-1@4"], 1);
}

TEST_F(TimetableTest, AChangeOfAScheduleThatNobodyLookedAtSettlesTheOldOneFirst) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "0 0 * * * *", 1));
  Kill();
  clock.Advance(hours(3) + minutes(10));
  FakeMachine::Boot();
  wire::TaskEntry next = Cron("t-1", "0 * * * * *", 2);
  next.invoke_version = 1;
  Schedule(next);
  Poll();
  EXPECT_EQ(journal->schedule("t-1")->state.next_number, 4);
  Advance(minutes(1));
  EXPECT_EQ(starts.size(), 1u);
  EXPECT_EQ(starts["t-1@4"], 1) << "not a minute of the three hours counts for the new one";
}

TEST_F(TimetableTest, AScheduleThatIsUsedUpIsCompletedWhenAllIsTold) {
  FakeMachine::Boot();
  wire::TaskEntry entry = Cron("t-1", "at(2026-03-10T12:00:10)", 1);
  entry.repeat = wire::Repeat::kAt;
  Schedule(entry);
  Advance(seconds(10));
  EXPECT_EQ(starts["t-1@1"], 1);
  Advance(seconds(10));
  EXPECT_EQ(Told("t-1"), "accepted; 1 running");
  EXPECT_FALSE(Last("t-1").next_due);
  Restart();
  EndAll();
  EXPECT_EQ(Told("t-1"), "1 running; 1 finish; stopped completed");
  EXPECT_FALSE(timetable->Knows("t-1"));
  EXPECT_TRUE(journal->Had("t-1", 0));
}

TEST_F(TimetableTest, WhatIsDeliveredTooLateIsMissed) {
  FakeMachine::Boot();
  wire::TaskEntry entry = Cron("t-1", "at(2026-03-10T12:00:10)", 1);
  entry.repeat = wire::Repeat::kAt;
  entry.creation_time = kNoon - minutes(1);
  Advance(hours(3));
  Schedule(entry);
  EXPECT_EQ(Told("t-1"), "accepted; 1+1 missed AgentDown; stopped completed");
  EXPECT_TRUE(starts.empty());
}

TEST_F(TimetableTest, WhatIsDeliveredTooLateIsMadeUpForWhenItSaysSo) {
  FakeMachine::Boot();
  wire::TaskEntry entry = Cron("t-1", "at(2026-03-10T12:00:10)", 1);
  entry.repeat = wire::Repeat::kAt;
  entry.creation_time = kNoon - minutes(1);
  entry.assist->schedule->missed = wire::MissedPolicy::kRunOnce;
  Advance(hours(3));
  Schedule(entry);
  EndAll();
  Advance(seconds(1));
  EXPECT_EQ(starts["t-1@2"], 1);
  EXPECT_EQ(Told("t-1"), "accepted; 1+1 missed AgentDown; 2 finish; stopped completed");
}

TEST_F(TimetableTest, AnAgentThatLostItsStateGoesOnWhereTheServerHasHeard) {
  FakeMachine::Boot();
  Advance(minutes(10));
  wire::TaskEntry entry = Rate("t-1", "rate(60s)", kNoon - hours(5), 9);
  entry.assist->schedule->next_occurrence = 301;
  entry.assist->schedule->heard_until = kNoon;
  Schedule(entry);
  Poll();
  EXPECT_EQ(starts["t-1@310"], 1);
  EXPECT_EQ(Told("t-1"), "accepted; 301+9 missed AgentDown");
}

TEST_F(TimetableTest, AScheduleMadeJustNowBeginsNowHoweverTheClocksDiffer) {
  FakeMachine::Boot();
  Advance(seconds(8));
  Schedule(Rate("t-1", "rate(1s)", kNoon, 1));
  EXPECT_EQ(Told("t-1"), "accepted");
  Schedule(Rate("t-2", "rate(1s)", kNoon + seconds(300), 2));
  EXPECT_EQ(sink->Of("t-2")[0].next_due, kNoon + seconds(301));
}

TEST_F(TimetableTest, ABadExpressionIsRefusedWithTheWordsOfStockAgentsAsOftenAsItIsAsked) {
  FakeMachine::Boot();
  EXPECT_EQ(Schedule(Cron("t-1", "0 0 * * *", 1)).refused, 1u);
  EXPECT_EQ(Last("t-1").param, "cron");
  EXPECT_EQ(Told("t-1"), "invalid InvalidCronExpression");
  EXPECT_EQ(Schedule(Cron("t-1", "0 0 * * *", 1)).refused, 1u);
  EXPECT_EQ(sink->Of("t-1").size(), 2u);
  Schedule(Cron("t-2", "0 0 0 1 1 * 2020", 2));
  EXPECT_EQ(Told("t-2"), "invalid CronExpressionExpired");
  Schedule(Rate("t-3", "rate(1001d)", kNoon, 3));
  EXPECT_EQ(Told("t-3"), "invalid RateFrequencyTooLarge");
  Schedule(Cron("t-4", "0 0 * * * * Mars/Olympus", 4));
  EXPECT_EQ(Told("t-4").substr(0, 36), "invalid TimezoneInformationCorrupt: ");
  EXPECT_EQ(timetable->size(), 0u);
  // The same with another version is another matter.
  wire::TaskEntry good = Cron("t-1", "0 * * * * *", 5);
  good.invoke_version = 1;
  EXPECT_EQ(Schedule(good).fresh, 1u);
}

TEST_F(TimetableTest, AnExpressionThatNamesNoZoneHoldsInTheMachines) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "0 30 20 * * *", 1));
  EXPECT_EQ(Last("t-1").next_due, kNoon + minutes(30));
  Schedule(Cron("t-2", "0 30 20 * * * America/New_York", 2));
  EXPECT_EQ(Last("t-2").next_due, *ParseIso8601("2026-03-11T00:30:00Z"));
  EXPECT_EQ(Last("t-2").wall_clock->time_zone, "America/New_York");
  EXPECT_EQ(Last("t-2").wall_clock->offset, hours(-4));
}

TEST_F(TimetableTest, AMachineThatMovesTakesItsSchedulesWithItFromNowOn) {
  FakeMachine::Boot();
  Schedule(Cron("t-nine", "0 0 21 * * *", 1));
  Schedule(Cron("t-half", "0 30 13 * * *", 2));
  Schedule(Cron("t-utc", "0 0 13 * * * UTC", 3));
  EXPECT_EQ(Last("t-nine").next_due, kNoon + hours(1));
  Advance(minutes(35));
  local = Zone::Fixed("Europe/Berlin", hours(1));
  Advance(minutes(2));
  EXPECT_EQ(Told("t-nine"), "accepted; accepted");
  EXPECT_EQ(Last("t-nine").next_due, kNoon + hours(8));
  EXPECT_EQ(Last("t-nine").wall_clock->time_zone, "Europe/Berlin");
  EXPECT_EQ(Last("t-half").next_due, kNoon + hours(24) + minutes(30));
  EXPECT_EQ(Told("t-utc"), "accepted");
  Restart();
  Advance(minutes(30));
  EXPECT_EQ(starts, (std::map<std::string, int>{{"t-utc@1", 1}}));
  EXPECT_EQ(Told("t-half"), "") << "a time of the new zone that was past by then is not missed";
  Advance(hours(7));
  EXPECT_EQ(starts["t-nine@1"], 1);
}

TEST_F(TimetableTest, TheZoneOfTheMachineIsNotAskedForAtEachLook) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "* * * * * *", 1));
  const std::size_t before = zone_asked;
  for (int i = 0; i < 600; ++i) {
    Advance(seconds(1));
    EndAll();
  }
  EXPECT_EQ(starts.size(), 600u);
  EXPECT_LE(zone_asked - before, 10u);
  EXPECT_GE(zone_asked - before, 9u);
}

TEST_F(TimetableTest, EveryRebootRunsAtEachBootAndNextRebootAtOne) {
  FakeMachine::Boot();
  Schedule(FakeTimetableMachine::Boot("t-e", wire::Repeat::kEveryReboot, 1));
  Schedule(FakeTimetableMachine::Boot("t-n", wire::Repeat::kNextRebootOnly, 2));
  Advance(minutes(1));
  Restart();
  Advance(minutes(1));
  EXPECT_TRUE(starts.empty()) << "not in the boot in which they came";
  for (int boot = 1; boot <= 3; ++boot) {
    PowerCut();
    FakeMachine::Boot();
    Advance(seconds(1));
    EXPECT_EQ(starts["t-e@" + std::to_string(boot)], 1);
    EndAll();
    EXPECT_EQ(Told("t-e").find(std::to_string(boot) + " running; " + std::to_string(boot) + " finish"), 0u);
    if (boot == 1) {
      EXPECT_EQ(Told("t-n"), "1 running; 1 finish; stopped completed");
    }
    Restart();
    Advance(minutes(1));
  }
  EXPECT_EQ(starts.size(), 4u);
  EXPECT_FALSE(timetable->Knows("t-n"));
}

TEST_F(TimetableTest, AServerThatDoesNotKnowItMakesTheAgentForgetIt) {
  FakeMachine::Boot();
  sink->answer = [](const wire::Report&) { return ReportOutcome{Delivery::kGone, {}}; };
  Schedule(Cron("t-1", "* * * * * *", 1));
  Poll();
  EXPECT_FALSE(timetable->Knows("t-1"));
  Advance(seconds(10));
  EXPECT_TRUE(starts.empty());
}

}  // namespace
}  // namespace assist::agent::timetable
