#include "agent/timetable/plan.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "common/base/random.h"
#include "common/schedule/fake_zones.h"
#include "common/schedule/parse.h"

namespace assist::agent::timetable {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using wire::MissedReason;
using Kind = Step::Kind;

const SystemTime kNoon = *ParseIso8601("2026-03-10T12:00:00Z");

Schedule Cron(const std::string& text) {
  FakeZones zones;
  return *ParseCron(text, zones, Zone::Utc());
}

/// `run 3 12:00:05`, `missed 4+10 12:00:06-12:00:15 Late` …
std::string Tell(const Plan& plan) {
  const auto clock = [](SystemTime time) { return FormatIso8601(time).substr(11, 8); };
  std::string text;
  for (const Step& step : plan.steps) {
    if (!text.empty()) text += "; ";
    switch (step.kind) {
      case Kind::kRun:
      case Kind::kQueue:
        text += (step.kind == Kind::kRun ? "run " : "queue ") + std::to_string(step.number) + " " + clock(step.due);
        break;
      case Kind::kMissed:
        text += "missed " + std::to_string(step.number) + "+" + std::to_string(step.count) + " " + clock(step.due) +
                "-" + clock(step.last_due) + " " + std::string(Name(step.reason));
        break;
      case Kind::kMove:
        text += "move " + clock(step.last_due);
        break;
    }
  }
  return text;
}

class PlanTest : public ::testing::Test {
 protected:
  PlanTest() { Stand(kNoon); }
  void Stand(SystemTime at) {
    position_ = Position{};
    position_.last_due = at;
    moment_ = Moment{};
    moment_.now = at;
  }
  std::string At(SystemTime now) {
    moment_.now = now;
    plan_ = MakePlan(schedule_, terms_, position_, moment_);
    position_ = plan_.after;
    return Tell(plan_);
  }
  Schedule schedule_ = Cron("0 * * * * *");
  Terms terms_;
  Position position_;
  Moment moment_;
  Plan plan_;
};

TEST_F(PlanTest, NothingIsDueBeforeItsTimeAndOnceAtIt) {
  EXPECT_EQ(At(kNoon + seconds(59)), "");
  EXPECT_EQ(At(kNoon + seconds(60)), "run 1 12:01:00");
  position_.busy = false;
  EXPECT_EQ(At(kNoon + seconds(60)), "");
  EXPECT_EQ(At(kNoon + milliseconds(120'003)), "run 2 12:02:00");
}

TEST_F(PlanTest, TheLastOneRunsWithinItsGraceAndTheOthersWereLate) {
  EXPECT_EQ(At(kNoon + minutes(5) + seconds(30)), "missed 1+4 12:01:00-12:04:00 Late; run 5 12:05:00");
  Stand(kNoon);
  schedule_ = Cron("0 0 * * * *");
  EXPECT_EQ(At(kNoon + hours(2) + seconds(60)), "missed 1+1 13:00:00-13:00:00 Late; run 2 14:00:00");
  Stand(kNoon);
  EXPECT_EQ(At(kNoon + hours(2) + seconds(61)), "missed 1+2 13:00:00-14:00:00 Late");
}

TEST_F(PlanTest, WhatPassedBeforeTheAgentWasReadyIsSaidToBeSo) {
  moment_.down_until = kNoon + minutes(10) + seconds(5);
  EXPECT_EQ(At(kNoon + minutes(10) + seconds(6)), "missed 1+9 12:01:00-12:09:00 AgentDown; run 10 12:10:00");
  position_.busy = false;
  EXPECT_EQ(At(kNoon + minutes(13)), "missed 11+2 12:11:00-12:12:00 Late; run 13 12:13:00");
}

TEST_F(PlanTest, WhatTheClockJumpedOverWasSlept) {
  moment_.asleep_from = kNoon + minutes(2) + seconds(1);
  moment_.asleep_until = kNoon + minutes(62) + seconds(1);
  EXPECT_EQ(At(moment_.asleep_until),
            "missed 1+2 12:01:00-12:02:00 Late; missed 3+59 12:03:00-13:01:00 Asleep; run 62 13:02:00");
}

TEST_F(PlanTest, AfterAJumpTheGraceHoldsToo) {
  schedule_ = Cron("0 0 * * * *");
  moment_.asleep_from = kNoon;
  moment_.asleep_until = kNoon + hours(3) + minutes(20);
  EXPECT_EQ(At(moment_.asleep_until), "missed 1+3 13:00:00-15:00:00 Asleep");
}

TEST_F(PlanTest, RunOnceMakesUpForAllThatWereMissed) {
  terms_.missed = wire::MissedPolicy::kRunOnce;
  schedule_ = Cron("0 0 * * * *");
  moment_.down_until = kNoon + hours(3) + minutes(20);
  EXPECT_EQ(At(moment_.down_until), "missed 1+3 13:00:00-15:00:00 AgentDown; run 4 15:00:00");
  position_.busy = false;
  EXPECT_EQ(At(kNoon + hours(3) + minutes(21)), "");
  EXPECT_EQ(At(kNoon + hours(4)), "run 5 16:00:00");
}

TEST_F(PlanTest, RunOnceIsNotMadeUpForByTwoRuns) {
  terms_.missed = wire::MissedPolicy::kRunOnce;
  EXPECT_EQ(At(kNoon + minutes(5)), "missed 1+4 12:01:00-12:04:00 Late; run 5 12:05:00");
}

TEST_F(PlanTest, RunOnceIsLeftOutWhileTheRunBeforeGoesOnUnlessItMayQueue) {
  terms_.missed = wire::MissedPolicy::kRunOnce;
  schedule_ = Cron("0 0 * * * *");
  position_.busy = true;
  EXPECT_EQ(At(kNoon + hours(1) + minutes(5)), "missed 1+1 13:00:00-13:00:00 Late");
  terms_.overlap = wire::OverlapPolicy::kQueue;
  EXPECT_EQ(At(kNoon + hours(2) + minutes(5)), "missed 2+1 14:00:00-14:00:00 Late; queue 3 14:00:00");
  EXPECT_EQ(At(kNoon + hours(3) + minutes(5)), "missed 4+1 15:00:00-15:00:00 Late");
}

TEST_F(PlanTest, ARunThatGoesOnSkipsTheNextOnes) {
  EXPECT_EQ(At(kNoon + minutes(1)), "run 1 12:01:00");
  EXPECT_EQ(At(kNoon + minutes(2)), "missed 2+1 12:02:00-12:02:00 Overlap");
  terms_.missed = wire::MissedPolicy::kRunOnce;
  EXPECT_EQ(At(kNoon + minutes(3)), "missed 3+1 12:03:00-12:03:00 Overlap") << "not made up for";
  position_.busy = false;
  EXPECT_EQ(At(kNoon + minutes(4)), "run 4 12:04:00");
}

TEST_F(PlanTest, OneWaitsInTheQueueAndFurtherOnesAreMissed) {
  terms_.overlap = wire::OverlapPolicy::kQueue;
  EXPECT_EQ(At(kNoon + minutes(1)), "run 1 12:01:00");
  EXPECT_EQ(At(kNoon + minutes(2)), "queue 2 12:02:00");
  EXPECT_EQ(At(kNoon + minutes(3)), "missed 3+1 12:03:00-12:03:00 Overlap");
  position_.busy = false;
  EXPECT_EQ(At(kNoon + minutes(4)), "missed 4+1 12:04:00-12:04:00 Overlap") << "the queued one goes first";
  position_.queued = false;
  EXPECT_EQ(At(kNoon + minutes(5)), "run 5 12:05:00");
}

TEST_F(PlanTest, AClockThatIsSetBackByAnHourRepeatsNothing) {
  EXPECT_EQ(At(kNoon + minutes(1)), "run 1 12:01:00");
  position_.busy = false;
  for (int i = -58; i <= 1; ++i) EXPECT_EQ(At(kNoon + minutes(i)), "");
  EXPECT_FALSE(plan_.rewound);
  EXPECT_EQ(At(kNoon + minutes(2)), "run 2 12:02:00");
}

TEST_F(PlanTest, AClockThatWasFarAheadDoesNotSilenceASchedule) {
  EXPECT_EQ(At(kNoon + minutes(1)), "run 1 12:01:00");
  position_.busy = false;
  const SystemTime wrong = kNoon + hours(24 * 40);
  moment_.asleep_from = kNoon + minutes(1);
  moment_.asleep_until = wrong;
  for (plan_.more = true; plan_.more;) At(wrong);
  EXPECT_EQ(position_.last_due, wrong);
  EXPECT_EQ(position_.next_number, 1 + 40 * 24 * 60);
  position_.busy = false;
  moment_.asleep_until = moment_.asleep_from;
  EXPECT_EQ(At(kNoon + minutes(3) + seconds(1)), "move 12:03:01");
  EXPECT_TRUE(plan_.rewound);
  EXPECT_EQ(At(kNoon + minutes(4)), "run 57601 12:04:00");
  position_.busy = false;
  // A sleep inside of what was accounted for is not missed once more, and nothing of it runs.
  moment_.asleep_from = kNoon + minutes(4) + seconds(30);
  moment_.asleep_until = kNoon + minutes(24) + seconds(30);
  EXPECT_EQ(At(moment_.asleep_until), "move 12:24:00");
  EXPECT_EQ(At(kNoon + minutes(25)), "run 57602 12:25:00");
}

TEST_F(PlanTest, AMachineThatBootsWithoutAClockRepeatsNothingWhenItLearnsTheTime) {
  schedule_ = Cron("0 0 12 * * *");
  Stand(kNoon - hours(1));
  EXPECT_EQ(At(kNoon), "run 1 12:00:00");
  position_.busy = false;
  const SystemTime epoch = FromUnixMillis(0);
  moment_ = Moment{epoch + seconds(10), epoch + seconds(10), {}, {}};
  EXPECT_EQ(At(epoch + seconds(10)), "move 00:00:10");
  EXPECT_EQ(At(epoch + seconds(20)), "");
  moment_.asleep_from = epoch + seconds(20);
  moment_.asleep_until = kNoon + seconds(40);
  for (plan_.more = true; plan_.more;) EXPECT_EQ(At(moment_.asleep_until).substr(0, 4), "move");
  EXPECT_EQ(position_.last_due, kNoon);
  EXPECT_EQ(At(kNoon + hours(24)), "run 2 12:00:00");
}

TEST_F(PlanTest, SplayMovesTheStartAndNotTheDueTime) {
  terms_.splay = milliseconds(20'500);
  EXPECT_EQ(NextLook(schedule_, terms_, kNoon), kNoon + milliseconds(80'500));
  EXPECT_EQ(At(kNoon + milliseconds(80'499)), "");
  EXPECT_EQ(At(kNoon + milliseconds(80'500)), "run 1 12:01:00");
  position_.busy = false;
  moment_.down_until = kNoon + milliseconds(200'500);  // the third one's start
  EXPECT_EQ(At(kNoon + milliseconds(380'600)),
            "missed 2+2 12:02:00-12:03:00 AgentDown; missed 4+2 12:04:00-12:05:00 Late; run 6 12:06:00");
}

TEST_F(PlanTest, AYearOfAbsenceIsLookedAtInSlicesAndARateIsNot) {
  schedule_ = Cron("* * * * * *");
  moment_.down_until = kNoon + hours(20);
  moment_.now = moment_.down_until;
  int slices = 0;
  std::int64_t missed = 0;
  do {
    plan_ = MakePlan(schedule_, terms_, position_, moment_, 1000);
    for (const Step& step : plan_.steps) missed += step.kind == Kind::kMissed ? step.count : 0;
    position_ = plan_.after;
    ++slices;
  } while (plan_.more);
  EXPECT_EQ(slices, 72);
  EXPECT_EQ(missed, 71'999);
  EXPECT_EQ(position_.next_number, 72'001);
  EXPECT_EQ(plan_.steps.back().kind, Kind::kRun);

  Stand(kNoon);
  schedule_ = Schedule::Rate(seconds(1), kNoon);
  moment_.down_until = kNoon + hours(24 * 365);
  moment_.now = moment_.down_until;
  plan_ = MakePlan(schedule_, terms_, Position{1, kNoon, {}, false, false}, moment_, 1);
  EXPECT_FALSE(plan_.more);
  ASSERT_EQ(plan_.steps.size(), 2u);
  EXPECT_EQ(plan_.steps[0].count, 365 * 86'400 - 1);
  EXPECT_EQ(plan_.steps[1].due, moment_.now);
}

TEST_F(PlanTest, AnAtIsDueOnce) {
  schedule_ = Schedule::At(kNoon + seconds(10));
  EXPECT_EQ(NextLook(schedule_, terms_, kNoon), kNoon + seconds(10));
  EXPECT_EQ(At(kNoon + seconds(69)), "run 1 12:00:10");
  EXPECT_FALSE(NextLook(schedule_, terms_, position_.last_due));
  Stand(kNoon);
  EXPECT_EQ(At(kNoon + seconds(71)), "missed 1+1 12:00:10-12:00:10 Late");
  Stand(kNoon);
  terms_.missed = wire::MissedPolicy::kRunOnce;
  EXPECT_EQ(At(kNoon + hours(71)), "missed 1+1 12:00:10-12:00:10 Late; run 2 12:00:10");
}

TEST_F(PlanTest, DaylightSavingShiftsWhatIsDueAndLosesNothing) {
  // 02:30 does not exist on 2026-03-29 in Berlin, and comes twice on 2026-10-25.
  schedule_ = Cron("0 30 2 * * * Europe/Berlin");
  for (const char* day : {"2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"}) {
    Stand(*ParseIso8601(day));
    int runs = 0;
    for (SystemTime now = moment_.now; now < moment_.now + hours(1); now += seconds(20)) {
      if (now >= *ParseIso8601(day) + hours(24)) break;
      const std::string told = At(now);
      if (!told.empty()) {
        EXPECT_EQ(told.substr(0, 3), "run");
        ++runs;
      }
      position_.busy = false;
    }
    EXPECT_EQ(runs, 1) << day;
  }
}

/// A machine whose clock is set, that sleeps, restarts and is busy as the dice say. Whatever happens, each due time is
/// accounted for exactly once, each number is used once, and nothing runs late.
void Wander(std::uint64_t seed, const Schedule& schedule, bool wrong_clocks) {
  SCOPED_TRACE(seed);
  SeededRandom dice(seed);
  Terms terms;
  if (dice.Below(2) == 0) terms.missed = wire::MissedPolicy::kRunOnce;
  if (dice.Below(2) == 0) terms.overlap = wire::OverlapPolicy::kQueue;
  if (dice.Below(3) == 0) terms.splay = milliseconds(dice.Below(40'000));
  SystemTime wall = *ParseIso8601("2026-03-28T22:30:00Z") + microseconds(dice.Below(7'200'000'000));
  const SystemTime begin = wall;
  SteadyTime steady{};
  SystemTime highest = wall;
  Position position;
  position.last_due = wall - terms.splay;
  const SystemTime after = position.last_due;
  ClockWatch watch;
  watch.Look(wall, steady);
  std::map<SystemTime, int> seen;
  std::int64_t next = 1;
  for (int look = 0; look < 150; ++look) {
    microseconds passes(dice.Below(dice.Below(4) == 0 ? 20'000'000 : 1'500'000));
    wall += passes;
    steady += passes;
    switch (dice.Below(25)) {
      case 0:
        wall += hours(1);
        break;
      case 1:
        wall -= hours(1);
        break;
      case 2:  // suspended
        wall += seconds(dice.Below(dice.Below(3) == 0 ? 100'000 : 400));
        break;
      case 3:  // the agent was away, perhaps with the machine
        wall += seconds(dice.Below(4000));
        steady = SteadyTime{};
        watch = ClockWatch();
        break;
      case 4:
        if (wrong_clocks) wall += hours(24 * 60);
        break;
      case 5:
        if (wrong_clocks) wall -= hours(24 * 60);
        break;
      default:
        break;
    }
    if (dice.Below(3) == 0) position.busy = false;
    if (!position.busy && position.queued && dice.Below(2) == 0) {
      position.queued = false;
      position.busy = true;
    }
    watch.Look(wall, steady);
    highest = std::max(highest, wall);
    const Moment& moment = watch.moment();
    for (bool more = true; more;) {
      const Plan plan = MakePlan(schedule, terms, position, moment, 1 + dice.Below(200));
      more = plan.more;
      SystemTime made_up_for{};
      for (const Step& step : plan.steps) {
        if (step.kind == Kind::kMove) continue;
        ASSERT_EQ(step.number, next);
        next += step.count;
        ASSERT_GE(step.count, 1);
        if (step.kind == Kind::kMissed) {
          ASSERT_EQ(schedule.CountBetween(step.due - microseconds(1), step.last_due, 10'000'000),
                    static_cast<std::uint64_t>(step.count));
          if (!wrong_clocks) {
            for (auto due = std::optional(step.due); due && *due <= step.last_due; due = schedule.Next(*due))
              ++seen[*due];
          }
          made_up_for = step.last_due;
          continue;
        }
        ASSERT_TRUE(step.kind == Kind::kQueue || !position.busy);
        if (step.due == made_up_for) continue;  // RunOnce
        const auto late = moment.now - terms.splay - step.due;
        ASSERT_GE(late, microseconds(0));
        ASSERT_LE(late, kGrace);
        ++seen[step.due];
        if (wrong_clocks) {
          ASSERT_LE(seen[step.due], moment.now < highest ? 3 : 2);
        }
      }
      ASSERT_EQ(plan.after.next_number, next);
      ASSERT_GE(plan.after.accounted, plan.after.last_due);
      if (!plan.rewound) {
        ASSERT_GE(plan.after.last_due, position.last_due);
      }
      position = plan.after;
    }
    if (wrong_clocks) continue;
    // Up to here everything is accounted for, once.
    auto due = schedule.Next(position.last_due);
    ASSERT_TRUE(!due || *due > moment.now - terms.splay);
  }
  if (wrong_clocks) return;
  std::size_t count = 0;
  for (auto due = schedule.Next(after); due && *due <= position.last_due; due = schedule.Next(*due)) {
    ++count;
    ASSERT_EQ(seen[*due], 1) << FormatIso8601Millis(*due) << " after " << FormatIso8601Millis(begin);
  }
  ASSERT_EQ(seen.size(), count) << "and nothing that was not due";
}

TEST(PlanWanderTest, EveryDueTimeIsAccountedForOnceWhateverTheClocksDo) {
  const std::vector<Schedule> schedules = {
      Schedule::Rate(seconds(7), kNoon),
      Schedule::Rate(seconds(1), kNoon + milliseconds(123)),
      Schedule::Rate(hours(5), kNoon),
      Schedule::At(*ParseIso8601("2026-03-29T00:10:00Z")),
      Cron("*/5 * * * * *"),
      Cron("0 */10 * * * * Asia/Kolkata"),
      Cron("0,1,2 30 2 * * * Europe/Berlin"),
      Cron("*/20 * 2 * * * Europe/Berlin"),
      Cron("0 0 4 * * 0"),
  };
  for (std::uint64_t seed = 1; seed <= 135; ++seed) {
    Wander(seed, schedules[seed % schedules.size()], false);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(PlanWanderTest, WrongClocksDoNotMakeANumberComeTwice) {
  const std::vector<Schedule> schedules = {Schedule::Rate(seconds(7), kNoon), Cron("0 */10 * * * * Asia/Kolkata"),
                                           Cron("0 0 4 * * 0")};
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Wander(seed, schedules[seed % schedules.size()], true);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(ClockWatchTest, SleepAndStepsAreToldFromTimeThatPassed) {
  ClockWatch watch;
  SteadyTime steady{hours(5)};
  EXPECT_EQ(watch.Look(kNoon, steady), ClockWatch::Change::kNone);
  EXPECT_EQ(watch.moment().down_until, kNoon);
  EXPECT_EQ(watch.Look(kNoon + seconds(21), steady + seconds(20)), ClockWatch::Change::kNone)
      << "a clock that is slewed";
  EXPECT_EQ(watch.Look(kNoon + minutes(10), steady + seconds(40)), ClockWatch::Change::kForward);
  EXPECT_EQ(watch.moment().asleep_from, kNoon + seconds(21));
  EXPECT_EQ(watch.moment().asleep_until, kNoon + minutes(10));
  EXPECT_EQ(watch.Look(kNoon + minutes(11), steady + seconds(100)), ClockWatch::Change::kNone);
  EXPECT_EQ(watch.moment().asleep_until, kNoon + minutes(10));
  EXPECT_EQ(watch.Look(kNoon - minutes(30), steady + seconds(101)), ClockWatch::Change::kBack);
  EXPECT_EQ(watch.moment().down_until, kNoon - minutes(30));
  EXPECT_EQ(watch.moment().asleep_until, kNoon - minutes(30));
}

}  // namespace
}  // namespace assist::agent::timetable
