#include "agent/timetable/timetable.h"

#include <gmock/gmock.h>
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

TEST_F(TimetableTest, ARunThatEndedWhileNoAgentWasThereHoldsUpNothing) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "0 * * * * *", 1));
  wire::TaskEntry queue = Cron("t-2", "0 * * * * *", 2);
  queue.assist->schedule->overlap = wire::OverlapPolicy::kQueue;
  Schedule(queue);
  Advance(seconds(65));
  Kill();
  Exit("t-1@1");
  SupervisorDies("t-2@1");
  clock.Advance(seconds(85));  // 12:02:30
  FakeMachine::Boot();
  Poll();
  EXPECT_EQ(starts["t-1@2"], 1);
  EXPECT_EQ(starts["t-2@2"], 1);
  EndAll();
  EXPECT_EQ(Told("t-1"), "1 running; 1 finish; 2 finish");
  EXPECT_EQ(Told("t-2"), "1 running; 1 error; 2 finish");
  Advance(seconds(30));
  EXPECT_EQ(starts["t-1@3"], 1) << "the end of the first was not counted for another one";
  Advance(seconds(60));
  EXPECT_EQ(starts["t-1@4"], 0);
}

TEST_F(TimetableTest, ARunWhoseEndNobodyToldHoldsUpNothing) {
  options.poll = hours(1);
  FakeMachine::Boot();
  Schedule(Cron("t-1", "*/10 * * * * *", 1));
  Advance(seconds(11));
  ASSERT_EQ(starts["t-1@1"], 1);
  ASSERT_TRUE(Call(disk->RemoveFile("tasks/t-1@1/spec")));  // with the address for notices
  Exit("t-1@1");
  Advance(seconds(9));
  EXPECT_EQ(starts["t-1@2"], 1);
  EXPECT_EQ(Told("t-1"), "accepted; 1 running; 1 finish");
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

TEST_F(TimetableTest, AFolderOfARunThatTheServerHasIsRemovedAndOneThatTheJournalLostIsTold) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "*/10 * * * * *", 1));
  Advance(seconds(10));
  EndAll();
  EXPECT_EQ(journal->schedule("t-1")->state.next_number, 2);
  for (const char* folder : {"tasks/t-1@1", "tasks/t-9@4"}) {
    ASSERT_TRUE(Call(disk->CreateFolder(folder, disk::Access{})));
  }
  Kill();
  // The agent ended between forgetting and removing.
  disk->Put("tasks/t-1@1/spool", supervisor::EncodeHead(mark));
  // A run that this journal knows nothing of, of a schedule that it does not know either.
  disk->Put("tasks/t-9@4/spool", supervisor::EncodeHead(mark));
  FakeMachine::Boot();
  Advance(milliseconds(100));
  EXPECT_FALSE(disk->Has("tasks/t-1@1/spool"));
  EXPECT_EQ(Told("t-1"), "");
  ASSERT_EQ(Told("t-9"), "4 running; 4 error");
  EXPECT_EQ(Last("t-9").err_code, "ExecutionInterrupted");
  EXPECT_EQ(starts.size(), 1u);
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

TEST_F(TimetableTest, AClockBeyondTheCalendarEndsNoScheduleThatGoesOn) {
  FakeMachine::Boot();
  Schedule(Cron("t-1", "0 0 0 1 * *", 1));
  const auto ahead = *ParseIso8601("2101-06-01T00:00:00Z") - clock.Now();
  clock.StepWall(ahead);
  for (int i = 0; i < 3; ++i) Advance(seconds(25));
  EXPECT_TRUE(timetable->Knows("t-1"));
  EXPECT_EQ(Told("t-1").find("completed"), std::string::npos) << Told("t-1");
  Schedule(Cron("t-2", "0 0 0 2 * *", 2));
  Schedule(Cron("t-3", "0 0 0 2 * * 2031", 3));
  EXPECT_EQ(Told("t-2").find("invalid"), std::string::npos) << Told("t-2");
  EXPECT_NE(Told("t-3").find("CronExpressionExpired"), std::string::npos) << Told("t-3");
  Restart();
  Advance(seconds(25));
  EXPECT_TRUE(timetable->Knows("t-1"));
  clock.StepWall(-ahead);
  Advance(seconds(25));
  EXPECT_EQ(starts.size(), 0u);
  clock.StepWall(*ParseIso8601("2026-03-31T15:59:00Z") - clock.Now());
  for (int i = 0; i < 3; ++i) Advance(seconds(25));
  EXPECT_EQ(starts.size(), 1u) << Told("t-1");
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
  const std::string told = Told("t-1");
  EXPECT_THAT(told, ::testing::HasSubstr("2+1 missed JournalDamaged"));
  EXPECT_EQ(starts["t-1@3"], 1) << told;
  for (const auto& report : sink->Of("t-1")) {
    if (!report.missed) continue;
    EXPECT_EQ(report.occurrence->due, kNoon + seconds(20));
    EXPECT_EQ(report.missed->last_due, kNoon + seconds(20));
  }
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
