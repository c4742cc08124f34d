// Schedules of a stock server: the requests are those of the stock agent, as captured (cron, cron-stop-running,
// cron-completed, cron-modified, cron-stop-unknown, rate, at, every-reboot).
#include <gtest/gtest.h>

#include "agent/timetable/testing/fake_timetable_machine.h"
#include "protocol/wire/report_codec.h"

namespace assist::agent::timetable {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using task_engine::Delivery;

class StockTest : public ::testing::Test, protected FakeTimetableMachine {
 protected:
  StockTest() {
    local = zones.Find("Etc/UTC").value();
    clock.StepWall(FromUnixMillis(1'795'353'360'189) - clock.Now());
  }
  /// A run that takes 200 ms.
  void RunFor(const std::string& id) {
    Advance(milliseconds(200));
    Output(id, "tick\n");
    Exit(id);
    Advance(milliseconds(1));
  }
  /// Path and query of what went out, without the folder; `accepted` goes nowhere.
  [[nodiscard]] std::vector<std::string> Sent() const {
    std::vector<std::string> targets;
    for (const auto& report : sink->reports) {
      if (report.kind == wire::ReportKind::kAccepted) continue;
      const std::string target = wire::ReportTarget(report);
      targets.push_back(target.substr(target.rfind('/', target.find('?')) + 1));
    }
    return targets;
  }
  static wire::TaskEntry Stock(wire::TaskEntry entry, bool send_start = true) {
    entry.assist.reset();
    entry.output.emplace();
    entry.output->send_start = send_start;
    return entry;
  }
};

using Targets = std::vector<std::string>;

TEST_F(StockTest, CronRunsAndIsStoppedBetweenRuns) {
  FakeMachine::Boot();
  Schedule(Stock(Cron("t-cron001", "*/3 * * * * *")));
  Advance(milliseconds(2811));
  RunFor("t-cron001@1");
  EXPECT_EQ(sink->reports.back().body.Reveal(), "tick\n");
  StopSchedule("t-cron001");
  EXPECT_EQ(
      Sent(),
      (Targets{"running?taskId=t-cron001&invokeVersion=0&start=1795353363000&currentTime=1795353363000&offset=0"
               "&timeZone=Etc%2FUTC",
               "finish?taskId=t-cron001&invokeVersion=0&start=1795353363000&end=1795353363200&exitCode=0&dropped=0"
               "&currentTime=1795353363200&offset=0&timeZone=Etc%2FUTC",
               "stopped?taskId=t-cron001&invokeVersion=0&start=1795353363000&end=1795353363200&exitcode=0&dropped=0"
               "&result=killed"}));
  Advance(seconds(10));
  EXPECT_EQ(starts.size(), 1u);
}

TEST_F(StockTest, CronIsStoppedWhileItRuns) {
  FakeMachine::Boot();
  Schedule(Stock(Cron("t-cron004", "*/3 * * * * *")));
  Advance(milliseconds(4811));
  StopSchedule("t-cron004");
  Exit("t-cron004@1", supervisor::ExitKind::kStopped);
  Advance(seconds(10));
  ASSERT_EQ(Sent().size(), 2u);
  EXPECT_EQ(Sent()[1],
            "stopped?taskId=t-cron004&invokeVersion=0&start=1795353363000&end=1795353365000&exitcode=0&dropped=0"
            "&result=killed");
  EXPECT_FALSE(timetable->Knows("t-cron004"));
}

TEST_F(StockTest, CronWithoutFurtherTimesIsCompleted) {
  FakeMachine::Boot();
  Schedule(Stock(Cron("t-cron005", "3 16 13 22 11 ? 2026"), false));
  const auto next = journal->schedule("t-cron005");
  ASSERT_NE(next, nullptr);
  Advance(milliseconds(2811));
  ASSERT_EQ(starts["t-cron005@1"], 1);
  RunFor("t-cron005@1");
  ASSERT_EQ(Sent().size(), 2u);
  EXPECT_EQ(Sent()[0].substr(0, 7), "finish?");
  EXPECT_EQ(Sent()[1], "stopped?taskId=t-cron005&invokeVersion=0&start=0&end=0&exitcode=0&dropped=0&result=completed");
}

TEST_F(StockTest, AnotherVersionSaysNothingAboutTheOldOne) {
  FakeMachine::Boot();
  Schedule(Stock(Cron("t-cron006", "*/3 * * * * *"), false));
  wire::TaskEntry next = Stock(Cron("t-cron006", "*/2 * * * * *"), false);
  next.invoke_version = 2;
  Schedule(next);
  EXPECT_TRUE(Sent().empty());
  Advance(milliseconds(1811));
  RunFor("t-cron006@1");
  StopSchedule("t-cron006");
  ASSERT_EQ(Sent().size(), 2u);
  EXPECT_EQ(Sent()[0].substr(0, 58), "finish?taskId=t-cron006&invokeVersion=2&start=179535336200");
  EXPECT_EQ(Sent()[1].substr(0, 59), "stopped?taskId=t-cron006&invokeVersion=2&start=179535336200");
}

TEST_F(StockTest, AStopOfAnUnknownScheduleHasZeros) {
  FakeMachine::Boot();
  StopSchedule("t-cron008");
  EXPECT_EQ(Sent(), Targets{"stopped?taskId=t-cron008&invokeVersion=0&start=0&end=0&exitcode=0&dropped=0"
                            "&result=killed"});
}

TEST_F(StockTest, ARateTellsTheTimeWithoutAZone) {
  FakeMachine::Boot();
  Schedule(Stock(Rate("t-rate001", "rate(4s)", FromUnixMillis(1'795'353'359'736))));
  Advance(milliseconds(3547));
  EXPECT_EQ(Sent(), Targets{"running?taskId=t-rate001&invokeVersion=0&start=1795353363736&currentTime=1795353363736"});
}

TEST_F(StockTest, AnAtIsOverWithItsRunAndAPastOneIsNothing) {
  FakeMachine::Boot();
  wire::TaskEntry entry = Cron("t-at00001", "at(2026-11-22T13:16:15)");
  entry.repeat = wire::Repeat::kAt;
  Schedule(Stock(entry, false));
  Advance(milliseconds(14'811));
  ASSERT_EQ(starts["t-at00001@1"], 1);
  RunFor("t-at00001@1");
  EXPECT_EQ(Sent(), Targets{"finish?taskId=t-at00001&invokeVersion=0&start=1795353375000&end=1795353375200&exitCode=0"
                            "&dropped=0"});
  EXPECT_FALSE(timetable->Knows("t-at00001"));
  EXPECT_EQ(Schedule(Stock(entry, false)).known, 1u);
  entry.task_id = "t-at00002";
  entry.cron = "at(2020-01-01T00:00:00)";
  Schedule(Stock(entry, false));
  Advance(seconds(30));
  EXPECT_EQ(Sent().size(), 1u);
  EXPECT_EQ(starts.size(), 1u);
}

TEST_F(StockTest, WhatWasMissedAndWhatOverlapsIsNotToldAndSchedulesSurviveARestart) {
  FakeMachine::Boot();
  Schedule(Stock(Cron("t-1", "*/3 * * * * *"), false));
  Advance(seconds(10));
  EXPECT_EQ(starts.size(), 1u);
  Exit("t-1@1");
  Kill();
  clock.Advance(minutes(10));
  FakeMachine::Boot();
  Advance(seconds(3));
  EXPECT_EQ(starts.size(), 2u);
  for (const std::string& target : Sent()) EXPECT_EQ(target.substr(0, 7), "finish?");
}

TEST_F(StockTest, ATaskForARebootIsForTheBootInWhichItComes) {
  FakeMachine::Boot();
  const auto entry = [](wire::Repeat repeat) { return Stock(FakeTimetableMachine::Boot("t-reb0001", repeat)); };
  Schedule(entry(wire::Repeat::kEveryReboot));
  Poll();
  RunFor("t-reb0001@1");
  EXPECT_EQ(Sent()[0], "running?taskId=t-reb0001&invokeVersion=0&start=1795353360189");
  EXPECT_EQ(Sent()[1],
            "finish?taskId=t-reb0001&invokeVersion=0&start=1795353360189&end=1795353360389&exitCode=0&dropped=0");
  Restart();
  EXPECT_EQ(Schedule(entry(wire::Repeat::kEveryReboot)).known, 1u);
  Advance(seconds(5));
  EXPECT_EQ(starts.size(), 1u);
  PowerCut();
  FakeMachine::Boot();
  Schedule(entry(wire::Repeat::kEveryReboot));
  Advance(seconds(5));
  EXPECT_EQ(starts.size(), 2u);
}

}  // namespace
}  // namespace assist::agent::timetable
