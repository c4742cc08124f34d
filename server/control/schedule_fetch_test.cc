// How schedules start, and how agents get them: once, anew when they changed or were lost, never half.
#include "server/control/fake_schedules.h"
#include "server/control/housekeeping.h"

namespace assist::server::control {
namespace {

using model::ReportKind;
using model::TaskState;
using std::chrono::seconds;

class ScheduleFetchTest : public SchedulesTest {
 protected:
  ScheduleFetchTest() { a_ = AddMachine("mi-a"); }
  InstanceId a_;
};

TEST_F(ScheduleFetchTest, AFrequencyMakesAPeriodWhateverTheModeSays) {
  StartInvocationIn in = Every({a_});
  in.missed_policy = model::MissedPolicy::kRunOnce;
  in.overlap_policy = model::OverlapPolicy::kQueue;
  in.splay = seconds(30);
  const auto out = Change(StartInvocation, in);
  ASSERT_TRUE(out) << out.error().detail;
  const auto row = InvocationOf(out->invocation);
  EXPECT_EQ(row.repeat_mode, model::RepeatMode::kPeriod);
  EXPECT_EQ(row.frequency, kEveryMinute);
  EXPECT_EQ(row.schedule.cron, kEveryMinute);
  EXPECT_EQ(row.schedule.missed, model::MissedPolicy::kRunOnce);
  EXPECT_EQ(row.schedule.overlap, model::OverlapPolicy::kQueue);
  EXPECT_EQ(row.schedule.splay, seconds(30));
  EXPECT_FALSE(row.delivery_deadline) << "a machine that is away gets it when it returns";
  EXPECT_EQ(row.delivery_timeout, seconds(-1));
}

TEST_F(ScheduleFetchTest, TheWireGetsItsOwnForms) {
  const auto cron = [&](std::string_view frequency) { return InvocationOf(StartEvery({a_}, frequency)).schedule.cron; };
  EXPECT_EQ(cron("at(2030-01-01 08:00:00 Asia/Shanghai)"), "at(2030-01-01T00:00:00)");
  EXPECT_EQ(cron("rate(5m)"), "rate(5m)");
  EXPECT_EQ(cron("0 0 12 * * ? Asia/Shanghai"), "0 0 12 * * ? Asia/Shanghai");
}

TEST_F(ScheduleFetchTest, WhatIsWrongWithAFrequencyIsTold) {
  const auto reason = [&](const StartInvocationIn& in) { return ReasonOf(Change(StartInvocation, in)); };
  const auto bad = Change(StartInvocation, Every({a_}, "0 0 25 * * *"));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().reason, "InvalidParam.Frequency");
  EXPECT_NE(bad.error().detail.find("hour"), std::string::npos) << bad.error().detail;
  EXPECT_EQ(reason(Every({a_}, "at(2020-01-01 00:00:00)")), "InvalidParam.Frequency");
  EXPECT_EQ(reason(Every({a_}, "0 0 0 1 1 * 2020")), "InvalidParam.Frequency");
  EXPECT_EQ(reason(Every({a_}, "* * * * * * No/Where")), "InvalidParam.Frequency");
  StartInvocationIn in = Every({a_}, "");
  in.repeat_mode = model::RepeatMode::kPeriod;
  EXPECT_EQ(reason(in), "MissingParam.Frequency");
  in = Every({a_});
  in.splay = model::kMaxSplay + seconds(1);
  EXPECT_EQ(reason(in), "InvalidParam.Splay");
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.CountInvocations(), 0); });
}

TEST_F(ScheduleFetchTest, EverySecondIsFineUnlessTheLimitsAreThoseOfThePublicService) {
  EXPECT_TRUE(Change(StartInvocation, Every({a_}, "* * * * * *")));
  EXPECT_TRUE(Change(StartInvocation, Every({a_}, "rate(1s)")));
  settings_.limits = model::Limits::Compat();
  EXPECT_EQ(ReasonOf(Change(StartInvocation, Every({a_}, "* * * * * *"))), "InvalidParam.Frequency");
  EXPECT_EQ(ReasonOf(Change(StartInvocation, Every({a_}, "rate(1s)"))), "InvalidParam.Frequency");
  EXPECT_TRUE(Change(StartInvocation, Every({a_}, "rate(2m)")));
}

TEST_F(ScheduleFetchTest, OurAgentGetsTheTermsAndThenNothingMore) {
  StartInvocationIn in = Every({a_});
  in.splay = seconds(9);
  in.missed_policy = model::MissedPolicy::kRunOnce;
  const auto id = Change(StartInvocation, in)->invocation;
  const auto list = Fetch(a_);
  ASSERT_EQ(list.run.size(), 1u);
  const RunEntry& entry = list.run[0];
  EXPECT_EQ(entry.cron, kEveryMinute);
  EXPECT_EQ(entry.repeat_mode, model::RepeatMode::kPeriod);
  EXPECT_EQ(entry.created, InvocationOf(id).created);
  ASSERT_TRUE(entry.schedule);
  EXPECT_EQ(entry.schedule->splay, seconds(9));
  EXPECT_EQ(entry.schedule->missed, model::MissedPolicy::kRunOnce);
  EXPECT_EQ(entry.schedule->next_occurrence, 1);
  EXPECT_FALSE(entry.schedule->heard_until);
  EXPECT_EQ(StateOf(id, a_), TaskState::kPending);
  const auto again = Fetch(a_);
  ASSERT_EQ(again.run.size(), 1u) << "until it has accepted";
  EXPECT_EQ(again.run[0].delivery, entry.delivery);
  Report(AcceptOf(a_, id));
  EXPECT_EQ(StateOf(id, a_), TaskState::kScheduled);
  EXPECT_EQ(MarksOf(id, a_).zone, "Asia/Shanghai");
  EXPECT_TRUE(Fetch(a_).run.empty());
  EXPECT_TRUE(Read(FindWork, FindWorkIn{{a_}})->with_work.empty());
}

TEST_F(ScheduleFetchTest, ManySchedulesDoNotHideWhatIsNew) {
  for (int i = 0; i < 70; ++i) StartEvery({a_});
  std::int64_t seen = 0;
  for (FetchTasksOut list = Fetch(a_); !list.run.empty(); list = Fetch(a_)) {
    seen += static_cast<std::int64_t>(list.run.size());
    for (const RunEntry& run : list.run) Report(AcceptOf(a_, run.invocation));
  }
  EXPECT_EQ(seen, 70);
  const auto id = Start({a_});
  EXPECT_EQ(RunsOf(Fetch(a_)), std::vector<std::string>{id.str()});
}

TEST_F(ScheduleFetchTest, AnAgentThatLostItsJournalGetsItAgainAndItsRunIsUnknown) {
  const auto id = StartAndAccept(a_);
  const auto kept = StartAndAccept(a_);
  Finish(a_, id, 1);
  Report(RunOfOccurrence(a_, id, 2, ReportKind::kRunning));
  // Numbers 1 and 2 were given; it knows none of them.
  const auto list = Fetch(a_, 0, true, 1'000);
  EXPECT_EQ(RunsOf(list), (std::vector<std::string>{id.str(), kept.str()}));
  EXPECT_GT(list.run[0].delivery, 2) << "a number that it has not had";
  EXPECT_EQ(list.run[0].schedule->next_occurrence, 3);
  EXPECT_EQ(list.run[0].schedule->heard_until, Due(2));
  EXPECT_EQ(HistoryText(id, a_), "1:Success 2:Error");
  EXPECT_EQ(HistoryOf(id, a_)[1].progress.outcome, model::Outcome::kUnknown);
  EXPECT_EQ(StateOf(id, a_), TaskState::kPending);
  EXPECT_EQ(MarksOf(id, a_).open_runs, 0);
  Report(AcceptOf(a_, id));
  Finish(a_, id, 3);
  EXPECT_EQ(HistoryText(id, a_), "1:Success 2:Error 3:Success");
  ExpectCountsRight(id);
}

TEST_F(ScheduleFetchTest, AnAgentThatOnlyRestartedKeepsItsSchedules) {
  const auto id = StartAndAccept(a_);
  Report(RunOfOccurrence(a_, id, 1, ReportKind::kRunning));
  EXPECT_TRUE(Fetch(a_, 1, true, 1'000).run.empty());
  EXPECT_EQ(StateOf(id, a_), TaskState::kRunning);
}

TEST_F(ScheduleFetchTest, AStoreOlderThanTheAgentHandsSchedulesOutUnderNewNumbers) {
  const auto id = StartEvery({a_});
  const auto once = Start({a_});
  Fetch(a_);
  const auto list = Fetch(a_, 40, true, 1'000);
  EXPECT_EQ(RunsOf(list), std::vector<std::string>{id.str()}) << "a second hand-out of a schedule is no start";
  EXPECT_EQ(list.run[0].delivery, 41);
  Stop(id);
  EXPECT_EQ(StateOf(id, a_), TaskState::kStopping);
  EXPECT_EQ(StateOf(once, a_), TaskState::kError);
}

TEST_F(ScheduleFetchTest, ADeliveryTimeoutCountsOnlyWhenItWasGiven) {
  const auto plain = StartEvery({a_});
  StartInvocationIn in = Every({a_});
  in.delivery_timeout = seconds(60);
  const auto limited = Change(StartInvocation, in)->invocation;
  clock_.Advance(std::chrono::hours(24 * 30));
  for (bool more = true; more;) more = Change(ExpireDeliveries, ExpireDeliveriesIn{})->more;
  EXPECT_EQ(StateOf(plain, a_), TaskState::kPending);
  EXPECT_EQ(StateOf(limited, a_), TaskState::kAborted);
  EXPECT_EQ(RunsOf(Fetch(a_)), std::vector<std::string>{plain.str()});
}

// Stock agents.

TEST_F(ScheduleFetchTest, AStockAgentGetsItAgainAfterEachStart) {
  const auto stock = AddStock("mi-s");
  const auto id = StartEvery({stock});
  FetchTasksIn in;
  in.machine = stock;
  in.startup = true;
  in.agent_time_ms = 1'000;
  in.time_zone = "Europe/Berlin";
  EXPECT_EQ(Change(FetchTasks, in)->run.size(), 1u);
  EXPECT_EQ(StateOf(id, stock), TaskState::kScheduled);
  EXPECT_EQ(MarksOf(id, stock).zone, "Europe/Berlin");
  EXPECT_TRUE(MarksOf(id, stock).overdue_after);
  EXPECT_TRUE(Read(FindWork, FindWorkIn{{stock}})->with_work.empty());
  EXPECT_EQ(Fetch(stock).run.size(), 1u) << "it ignores one that it has, and may not have got it";
  RecordReportIn run = ReportOf(stock, id, ReportKind::kRunning);
  Report(run);
  EXPECT_TRUE(Fetch(stock).run.empty());
  EXPECT_EQ(Fetch(stock, std::nullopt, true, 2'000).run.size(), 1u);
  EXPECT_EQ(HistoryText(id, stock), "1:Error") << "what went on there nobody knows";
  EXPECT_EQ(StateOf(id, stock), TaskState::kScheduled);
}

TEST_F(ScheduleFetchTest, AnOldStockAgentIsAskedForRateAndAtToBeUpgraded) {
  const auto old = AddStock("mi-o", "2.2.3.316");
  const auto young = AddStock("mi-y", "2.2.3.317");
  const auto rate = StartEvery({old, young}, "rate(5m)");
  const auto at = StartEvery({old}, "at(2030-01-01 00:00:00)");
  const auto cron = StartEvery({old});
  EXPECT_EQ(RunsOf(Fetch(old)), std::vector<std::string>{cron.str()});
  EXPECT_EQ(Fetch(young).run.size(), 1u);
  EXPECT_EQ(StateOf(rate, old), TaskState::kAborted);
  EXPECT_EQ(TaskOf(rate, old).progress.error_code, model::ErrorCode::kClientNeedUpgrade);
  EXPECT_EQ(StateOf(at, old), TaskState::kAborted);
  EXPECT_EQ(StateOf(rate, young), TaskState::kScheduled);
  ExpectCountsRight(rate);
}

TEST_F(ScheduleFetchTest, SchedulesDoNotFillAStockAgentsQueue) {
  const auto stock = AddStock("mi-s");
  settings_.limits.stock_unfinished = 2;
  for (int i = 0; i < 5; ++i) StartEvery({stock});
  EXPECT_EQ(Fetch(stock).run.size(), 5u);
  for (int i = 0; i < 3; ++i) Start({stock});
  std::size_t once = 0;
  for (const RunEntry& run : Fetch(stock).run) once += run.schedule ? 0 : 1;
  EXPECT_EQ(once, 2u);
}

TEST_F(ScheduleFetchTest, RebootTasksOfStockAgentsGoOutAfterAStartAndOnce) {
  const auto stock = AddStock("mi-s");
  StartInvocationIn in = RunOn({stock});
  in.repeat_mode = model::RepeatMode::kEveryReboot;
  const auto every = Change(StartInvocation, in)->invocation;
  in.repeat_mode = model::RepeatMode::kNextRebootOnly;
  const auto next = Change(StartInvocation, in)->invocation;
  const auto fetch = [&](bool startup, bool cold, std::int64_t run) {
    FetchTasksIn query;
    query.machine = stock;
    query.startup = startup;
    query.cold_start = cold;
    query.agent_time_ms = run;
    return RunsOf(*Change(FetchTasks, query));
  };
  EXPECT_TRUE(fetch(false, false, 0).empty());
  EXPECT_EQ(StateOf(every, stock), TaskState::kScheduled);
  EXPECT_TRUE(Read(FindWork, FindWorkIn{{stock}})->with_work.empty());
  EXPECT_EQ(fetch(true, false, 1'000), std::vector<std::string>{next.str()}) << "a mere restart of the agent";
  RecordReportIn run = ReportOf(stock, next, ReportKind::kFinish);
  Report(run);
  EXPECT_EQ(StateOf(next, stock), TaskState::kSuccess);
  EXPECT_EQ(fetch(true, true, 2'000), std::vector<std::string>{every.str()});
  EXPECT_TRUE(fetch(true, true, 2'000).empty()) << "a copy of the same fetch starts nothing again";
  EXPECT_TRUE(fetch(false, false, 0).empty());
  run = ReportOf(stock, every, ReportKind::kFinish);
  Report(run);
  EXPECT_EQ(StateOf(every, stock), TaskState::kScheduled);
  EXPECT_EQ(fetch(true, true, 3'000), std::vector<std::string>{every.str()});
}

TEST_F(ScheduleFetchTest, OurAgentGetsRebootTasksAtOnce) {
  StartInvocationIn in = RunOn({a_});
  in.repeat_mode = model::RepeatMode::kEveryReboot;
  const auto id = Change(StartInvocation, in)->invocation;
  const auto list = Fetch(a_);
  ASSERT_EQ(list.run.size(), 1u);
  EXPECT_TRUE(list.run[0].schedule);
  EXPECT_EQ(list.run[0].cron, "");
  Report(AcceptOf(a_, id));
  EXPECT_EQ(StateOf(id, a_), TaskState::kScheduled);
  EXPECT_FALSE(MarksOf(id, a_).next_due);
}

TEST_F(ScheduleFetchTest, ASingleTimeThatHasPassedIsNotHandedToAStockAgentWhichWouldDropIt) {
  const InstanceId stock = AddStock("mi-stock");
  const auto at = StartEvery({stock}, "at(2030-01-01 00:00:00)");
  const auto later = StartEvery({stock}, "at(2031-01-01 00:00:00)");
  const auto time = ParseIso8601("2030-01-01T00:00:00Z");
  ASSERT_TRUE(time);
  GoTo(*time);
  EXPECT_EQ(RunsOf(Fetch(stock, std::nullopt, true, 1)), std::vector<std::string>{later.str()});
  EXPECT_EQ(StateOf(at, stock), TaskState::kAborted);
  EXPECT_EQ(TaskOf(at, stock).progress.error_code, model::ErrorCode::kClientNotRunning);
  EXPECT_EQ(TaskOf(at, stock).progress.outcome, model::Outcome::kFinal);
  ExpectCountsRight(at);
}

}  // namespace
}  // namespace assist::server::control
