#include "agent/timetable/timetable.h"

#include <gtest/gtest.h>

#include <set>

#include "agent/timetable/terms.h"
#include "agent/timetable/testing/fake_timetable_machine.h"

namespace assist::agent::timetable {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using task_engine::Delivery;
using task_engine::ReportOutcome;

const SystemTime kNoon = *ParseIso8601("2026-03-10T12:00:00Z");

class TimetableTest : public ::testing::Test, protected FakeTimetableMachine {
 protected:
  [[nodiscard]] wire::Report Last(const std::string& id) const {
    const auto reports = sink->Of(id);
    return reports.empty() ? wire::Report{} : reports.back();
  }
  /// Runs end at once.
  void EndAll() {
    std::vector<std::string> ids;
    for (const auto& [folder, running] : supervisors) {
      if (running) ids.push_back(folder.substr(6));
    }
    for (const auto& id : ids) Exit(id);
    Poll();
  }
};

TEST_F(TimetableTest, AScheduleRunsAtItsTimesAndEachRunIsReportedWithItsOccurrence) {
  FakeMachine::Boot();
  Advance(seconds(15));
  EXPECT_EQ(Schedule(Cron("t-1", "0 * * * * *", 7)).fresh, 1u);
  ASSERT_EQ(Told("t-1"), "accepted");
  wire::Report report = Last("t-1");
  EXPECT_EQ(report.next_due, kNoon + minutes(1));
  ASSERT_TRUE(report.wall_clock);
  EXPECT_EQ(report.wall_clock->current_time, kNoon + seconds(15));
  EXPECT_EQ(report.wall_clock->offset, hours(8));
  EXPECT_EQ(report.wall_clock->time_zone, "Asia/Shanghai");
  EXPECT_EQ(engine->highest_delivery(), 7);

  Advance(milliseconds(44'999));
  EXPECT_TRUE(starts.empty());
  Advance(milliseconds(1));
  EXPECT_EQ(starts["t-1@1"], 1);
  EXPECT_EQ(mark.wall, kNoon + minutes(1));
  Advance(milliseconds(300));
  Output("t-1@1", "hello");
  Exit("t-1@1", supervisor::ExitKind::kExited, 3);
  Advance(milliseconds(1));
  EXPECT_EQ(Told("t-1", 1), "1 running; 1 finish");
  report = Last("t-1");
  EXPECT_EQ(report.task_id, "t-1");
  EXPECT_EQ(report.occurrence->due, kNoon + minutes(1));
  EXPECT_EQ(report.start, kNoon + minutes(1));
  EXPECT_EQ(report.exit_code, 3);
  EXPECT_EQ(report.body.Reveal(), "hello");
  EXPECT_EQ(report.output_offset, 0u);
  EXPECT_EQ(report.next_due, kNoon + minutes(2));
  EXPECT_FALSE(disk->Has("tasks/t-1@1"));
  for (int i = 2; i <= 30; ++i) {
    Advance(kNoon + minutes(i) - clock.Now());
    EXPECT_EQ(starts["t-1@" + std::to_string(i)], 1);
    EndAll();
  }
  EXPECT_TRUE(journal->live().empty());
  EXPECT_EQ(sink->Of("t-1").size(), 32u) << "a run that ends at once is told in one report";
}

TEST_F(TimetableTest, AnEntryThatComesAgainChangesNothingAndIsAnsweredAgain) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "0 * * * * *", 1));
  EXPECT_EQ(Schedule(Cron("t-1", "* * * * * *", 1)).known, 1u);
  EXPECT_EQ(Told("t-1"), "accepted; accepted");
  Advance(seconds(59));
  EXPECT_TRUE(starts.empty());
  Restart();
  EXPECT_EQ(Told("t-1"), "") << "what was told is not told again after a restart";
}

TEST_F(TimetableTest, AcceptedIsToldUntilItIsTakenAlsoByTheNextRunOfTheAgent) {
  answer = [](const wire::Report&) { return ReportOutcome{}; };
  FakeMachine::Boot();
  Schedule(Cron("t-1", "0 0 0 * * *", 1));
  Advance(seconds(10));
  EXPECT_GT(sink->Of("t-1").size(), 3u);
  answer = {};
  Restart();
  EXPECT_EQ(Told("t-1"), "accepted");
}

TEST_F(TimetableTest, ARestartLosesNothingAndRepeatsNothing) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "0 * * * * *", 1));
  Advance(seconds(65));
  EXPECT_EQ(starts["t-1@1"], 1);
  Kill();
  clock.Advance(seconds(200));  // 12:04:25
  FakeMachine::Boot();
  Poll();
  EXPECT_EQ(Told("t-1"), "1 running; 2+2 missed AgentDown; 4+1 missed Overlap");
  EXPECT_EQ(sink->Of("t-1")[1].occurrence->due, kNoon + minutes(2));
  EXPECT_EQ(sink->Of("t-1")[1].missed->last_due, kNoon + minutes(3));
}

TEST_F(TimetableTest, AfterARestartTheLastOneRunsWithinItsGrace) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "0 * * * * *", 1));
  Advance(seconds(65));
  EndAll();
  Kill();
  clock.Advance(seconds(200));
  FakeMachine::Boot();
  Poll();
  EXPECT_EQ(Told("t-1"), "2+2 missed AgentDown");
  EXPECT_EQ(starts["t-1@4"], 1);
  EndAll();
  EXPECT_EQ(Told("t-1"), "2+2 missed AgentDown; 4 finish");
}

TEST_F(TimetableTest, RunsGoOnWhileTheServerIsAwayAndAreToldLater) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "0 * * * * *", 1));
  sink->answer = [](const wire::Report&) { return ReportOutcome{}; };
  for (int i = 0; i < 10; ++i) {
    Advance(minutes(1));
    EndAll();
  }
  EXPECT_EQ(starts.size(), 10u);
  EXPECT_EQ(journal->live().size(), 10u);
  Restart();
  answer = {};
  Advance(seconds(30));
  std::set<std::int64_t> finished;
  for (const auto& report : sink->Of("t-1")) {
    if (report.kind == wire::ReportKind::kFinish) finished.insert(report.occurrence->number);
  }
  EXPECT_EQ(finished.size(), 10u);
  EXPECT_TRUE(journal->live().empty());
}

TEST_F(TimetableTest, ARunThatIsStillGoingOnSkipsTheNext) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "*/10 * * * * *", 1));
  Advance(seconds(35));
  EXPECT_EQ(starts.size(), 1u);
  EndAll();
  Advance(seconds(5));
  EXPECT_EQ(starts["t-1@4"], 1);
  EXPECT_EQ(Told("t-1"), "accepted; 1 running; 2+1 missed Overlap; 3+1 missed Overlap; 1 finish");
}

TEST_F(TimetableTest, OneMayWaitInTheQueueAlsoAcrossARestart) {
  FakeMachine::Boot();
  wire::TaskEntry entry = Cron("t-1", "*/10 * * * * *", 1);
  entry.assist->schedule->overlap = wire::OverlapPolicy::kQueue;
  Schedule(entry);
  Advance(seconds(35));
  EXPECT_EQ(starts.size(), 1u);
  Restart();
  Advance(seconds(1));
  EXPECT_EQ(starts.size(), 1u);
  Exit("t-1@1");
  Advance(milliseconds(10));
  EXPECT_EQ(starts["t-1@2"], 1);
  Exit("t-1@2");
  Advance(milliseconds(10));
  const auto reports = sink->Of("t-1");
  EXPECT_EQ(Told("t-1"), "1 running; 1 finish; 2 finish");
  EXPECT_EQ(reports.back().occurrence->due, kNoon + seconds(20));
  EXPECT_EQ(reports.back().start, kNoon + seconds(36));
  Advance(seconds(5));
  EXPECT_EQ(starts["t-1@4"], 1);
}

TEST_F(TimetableTest, WhatWaitedForARunThatWasLongOverIsMissed) {
  FakeMachine::Boot();
  wire::TaskEntry entry = Cron("t-1", "0 0 * * * *", 1);
  entry.assist->schedule->overlap = wire::OverlapPolicy::kQueue;
  Schedule(entry);
  Advance(hours(2) + seconds(1));
  EXPECT_EQ(journal->schedule("t-1")->state.queued, 2);
  PowerCut();
  clock.Advance(minutes(5));
  FakeMachine::Boot();
  Advance(seconds(1));
  EXPECT_EQ(starts.size(), 1u);
  EXPECT_EQ(journal->schedule("t-1")->state.queued, 0);
  EXPECT_EQ(Last("t-1").missed->reason, wire::MissedReason::kAgentDown);
}

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

TEST_F(TimetableTest, AClockThatIsSetForwardOrBackByAnHour) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "0 */10 * * * *", 1));
  Advance(minutes(11));
  EndAll();
  clock.StepWall(hours(1));  // 13:11
  Advance(seconds(25));
  EndAll();
  EXPECT_EQ(Told("t-1"), "accepted; 1 running; 1 finish; 2+6 missed Asleep");
  clock.StepWall(-hours(1));
  Advance(minutes(58));
  EndAll();
  EXPECT_EQ(starts.size(), 1u) << "nothing of that hour comes again";
  Advance(minutes(11));
  EXPECT_EQ(starts["t-1@8"], 1);
}

TEST_F(TimetableTest, AClockThatWasADayAheadIsForgiven) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "0 * * * * *", 1));
  clock.StepWall(hours(24 * 300));
  Advance(seconds(25));
  EndAll();
  clock.StepWall(-hours(24 * 300));
  Advance(seconds(25));
  const std::size_t before = starts.size();
  for (int i = 0; i < 5; ++i) {
    Advance(minutes(1));
    EndAll();
  }
  EXPECT_EQ(starts.size(), before + 5);
}

TEST_F(TimetableTest, WhatTheDiskRefusesIsTriedAgainAndIsLateInTheEnd) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "0 * * * * *", 1));
  disk->full = true;
  Advance(seconds(60) * 3 + seconds(5));
  EXPECT_TRUE(starts.empty());
  disk->full = false;
  Advance(seconds(2));
  EndAll();
  EXPECT_EQ(starts.size(), 1u);
  EXPECT_EQ(Told("t-1"), "accepted; 1+2 missed Late; 3 running; 3 finish");
  EXPECT_EQ(Last("t-1").occurrence->due, kNoon + minutes(3));
}

TEST_F(TimetableTest, RunsThatTheServerDoesNotTakeAreBounded) {
  options.max_runs = 3;
  FakeMachine::Boot();
  Schedule(Cron("t-1", "*/10 * * * * *", 1));
  sink->answer = [](const wire::Report&) { return ReportOutcome{}; };
  for (int i = 0; i < 6; ++i) {
    Advance(seconds(10));
    EndAll();
  }
  EXPECT_EQ(starts.size(), 3u);
  sink->answer = {};
  Advance(seconds(20));
  EndAll();
  Advance(seconds(20));
  std::map<std::int64_t, int> seen;
  for (const auto& report : sink->Of("t-1")) {
    if (!report.occurrence || !IsFinal(report.kind)) continue;
    const std::int64_t count = report.missed ? report.missed->count : 1;
    for (std::int64_t i = 0; i < count; ++i) seen[report.occurrence->number + i] = report.missed ? 2 : 1;
  }
  for (std::int64_t number = 1; number <= 5; ++number) EXPECT_EQ(seen[number], number <= 3 ? 1 : 2) << number;
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

TEST_F(TimetableTest, DamageInTheJournalGivesUpThePastAndStartsNothingOfIt) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "*/10 * * * * *", 1));
  Advance(seconds(10));
  EndAll();
  Advance(seconds(10));
  EndAll();
  EXPECT_EQ(starts.size(), 2u);
  Kill();
  std::string file;
  for (const auto& path : disk->Paths()) {
    if (path.ends_with(".log")) file = path;
  }
  std::string bytes = disk->Content(file);
  // The last acceptance of a run.
  const std::size_t at = bytes.rfind("boot-1");
  bytes[at] = static_cast<char>(bytes[at] ^ 4);
  disk->Put(file, bytes);
  FakeMachine::Boot();
  Advance(seconds(5));
  EXPECT_EQ(starts.size(), 2u);
  Advance(seconds(5));
  EXPECT_EQ(starts.size(), 3u);
  EXPECT_EQ(starts.count("t-1@2"), 1u);
  EXPECT_EQ(starts["t-1@2"], 1) << "its number is not used again";
}

TEST_F(TimetableTest, ManySchedulesAreDueTogetherAndShareTheirSyncs) {
  options.max_running = 200;
  FakeMachine::Boot();
  std::vector<wire::TaskEntry> list;
  for (int i = 0; i < 150; ++i) list.push_back(Cron("t-" + std::to_string(i), "0 * * * * *", i + 1));
  auto accepted = Call(timetable->Accept(std::move(list)));
  EXPECT_EQ(accepted->fresh, 150u);
  Poll();
  const std::size_t before = disk->appends;
  clock.Advance(minutes(1));
  io->restart();
  while (starts.empty() && io->poll_one() > 0) {
  }
  EXPECT_LE(disk->appends - before, 3u);
  Poll();
  EXPECT_EQ(starts.size(), 150u);
}

TEST_F(TimetableTest, SplayIsTheSameEachTimeAndAnotherOnEachMachine) {
  FakeMachine::Boot();
  std::set<SystemTime> marks;
  for (int machine = 0; machine < 5; ++machine) {
    wire::TaskEntry entry = Cron("t-" + std::to_string(machine), "0 */10 * * * *", machine + 1);
    entry.instance_id = "mi-" + std::to_string(machine);
    entry.assist->schedule->splay = seconds(30);
    const auto standing = ReadStanding(entry, zones, local);
    ASSERT_TRUE(standing);
    EXPECT_EQ(standing->terms.splay, ReadStanding(entry, zones, local)->terms.splay);
    Schedule(entry);
    EXPECT_EQ((*Last(entry.task_id).next_due - kNoon) % minutes(10), minutes(0));
    Advance(minutes(10) + standing->terms.splay - (clock.Now() - kNoon) % minutes(10));
    EXPECT_EQ(starts[entry.task_id + "@1"], 1);
    marks.insert(kNoon + (mark.wall - kNoon) % minutes(10));
    EndAll();
    EXPECT_EQ((Last(entry.task_id).occurrence->due - kNoon) % minutes(10), minutes(0));
    StopSchedule(entry.task_id);
    Advance(minutes(10) - (clock.Now() - kNoon) % minutes(10) - milliseconds(1));
  }
  EXPECT_GE(marks.size(), 4u);
}

}  // namespace
}  // namespace assist::agent::timetable
