#include "server/control/waves.h"

#include "server/control/fake_server.h"
#include "server/control/housekeeping.h"
#include "server/control/stop_invocation.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

using model::ReportKind;
using model::TaskState;

class WavesTest : public ControlTest {
 protected:
  std::vector<InstanceId> Machines(int count, bool connected = true) {
    std::vector<InstanceId> out;
    for (int i = 0; i < count; ++i) {
      out.push_back(AddMachine("mi-" + std::to_string(next_machine_++)));
      presence_.states[out.back()].connected = connected;
    }
    return out;
  }
  InvokeId StartWave(const std::vector<InstanceId>& machines, const std::string& concurrency,
                     const std::string& errors = "") {
    StartInvocationIn in = RunOn(machines);
    in.max_concurrency = concurrency;
    in.max_errors = errors;
    auto out = Change(StartInvocation, in);
    EXPECT_TRUE(out) << out.error().detail;
    return out ? out->invocation : InvokeId();
  }
  model::Invocation Row(const InvokeId& id) {
    std::optional<model::Invocation> row;
    Look([&](store::ReadTx& tx) { row = tx.FindInvocation(id); });
    EXPECT_TRUE(row);
    return row.value_or(model::Invocation{});
  }
  void End(const InstanceId& machine, const InvokeId& task, std::int64_t exit_code = 0) {
    RecordReportIn in = ReportOf(machine, task, ReportKind::kFinish);
    in.report.exit_code = exit_code;
    Report(in);
  }
  std::vector<std::string> TakeWoken() { return std::exchange(waker_.woken, {}); }
  bool HasWork(const InstanceId& machine) {
    FindWorkIn in;
    in.machines = {machine};
    return !Read(FindWork, in)->with_work.empty();
  }
  void LookForNext() {
    const auto found = Read(FindWaves, FindWavesIn{});
    for (const auto wave : found->waves) ASSERT_TRUE(Change(WakeNextOf, WakeNextIn{wave}));
  }
  int next_machine_ = 0;
};

TEST_F(WavesTest, NoMoreTasksAreOutThanThereAreTurns) {
  const auto machines = Machines(5);
  const InvokeId task = StartWave(machines, "2");
  EXPECT_EQ(TakeWoken(), (std::vector<std::string>{"mi-0", "mi-1"}));
  EXPECT_EQ(RunsOf(Fetch(machines[4])).size(), 1u) << "whoever asks first gets a turn";
  EXPECT_EQ(RunsOf(Fetch(machines[0])).size(), 1u);
  EXPECT_TRUE(RunsOf(Fetch(machines[1])).empty());
  EXPECT_FALSE(HasWork(machines[1])) << "it would be woken in vain, again and again";
  EXPECT_EQ(RunsOf(Fetch(machines[0])).size(), 1u) << "what was not accepted is offered again, it has its turn";
  Accept(machines[0], task);
  EXPECT_TRUE(RunsOf(Fetch(machines[1])).empty()) << "a turn lasts until the end";
  TakeWoken();
  End(machines[0], task);
  EXPECT_EQ(TakeWoken(), std::vector<std::string>{"mi-2"}) << "mi-1 was woken before; who was not is next";
  EXPECT_TRUE(HasWork(machines[1]));
  EXPECT_EQ(RunsOf(Fetch(machines[1])).size(), 1u);
  EXPECT_TRUE(RunsOf(Fetch(machines[2])).empty());
  End(machines[1], task);
  End(machines[4], task);
  EXPECT_EQ(RunsOf(Fetch(machines[2])).size(), 1u);
  EXPECT_EQ(RunsOf(Fetch(machines[3])).size(), 1u);
  End(machines[2], task);
  End(machines[3], task);
  EXPECT_EQ(Row(task).counts.of(TaskState::kSuccess), 5);
  EXPECT_EQ(Row(task).wave->marks.taken, 0);
}

TEST_F(WavesTest, AShareOfTheTargetsIsAtLeastOneMachine) {
  const auto machines = Machines(9);
  EXPECT_EQ(Row(StartWave(machines, "10%")).wave->terms.turns, 1);
  EXPECT_EQ(Row(StartWave(machines, "50%")).wave->terms.turns, 4);
  EXPECT_EQ(Row(StartWave(machines, "", "50%")).wave->terms.max_errors, 4);
  EXPECT_EQ(Row(StartWave(machines, "100")).wave->terms.turns, 100);
}

TEST_F(WavesTest, WrongLimitsAreRefusedAndNothingIsWritten) {
  const auto machines = Machines(1);
  const auto refused = [&](const std::string& concurrency, const std::string& errors, const std::string& frequency) {
    StartInvocationIn in = RunOn(machines);
    in.max_concurrency = concurrency;
    in.max_errors = errors;
    in.frequency = frequency;
    return ReasonOf(Change(StartInvocation, in));
  };
  EXPECT_EQ(refused("0", "", ""), "InvalidParameter.MaxConcurrency");
  EXPECT_EQ(refused("0%", "", ""), "InvalidParameter.MaxConcurrency");
  EXPECT_EQ(refused("many", "", ""), "InvalidParameter.MaxConcurrency");
  EXPECT_EQ(refused("1", "-1", ""), "InvalidParameter.MaxErrors");
  EXPECT_EQ(refused("1", "", "0 0 * * * *"), "InvalidParameter.MaxConcurrency");
  EXPECT_EQ(refused("", "1", "0 0 * * * *"), "InvalidParameter.MaxErrors");
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.CountInvocations(), 0); });
  EXPECT_EQ(refused("1", "0", ""), "");
}

TEST_F(WavesTest, WhenTooManyFailTheRestIsCancelledAndSaysWhy) {
  const auto machines = Machines(5);
  const InvokeId task = StartWave(machines, "2", "1");
  Fetch(machines[0]);
  Fetch(machines[1]);
  End(machines[0], task, 3);
  EXPECT_EQ(RunsOf(Fetch(machines[2])).size(), 1u) << "one may fail";
  End(machines[1], task, 3);
  for (const int left : {3, 4}) {
    const model::TaskProgress end = TaskOf(task, machines[static_cast<std::size_t>(left)]).progress;
    EXPECT_EQ(end.state, TaskState::kCancelled);
    EXPECT_EQ(end.error_code, model::ErrorCode::kMaxErrorsExceeded);
    EXPECT_EQ(end.outcome, model::Outcome::kFinal);
    EXPECT_EQ(end.error_detail, "2 of the machines failed, MaxErrors is 1");
  }
  EXPECT_EQ(StateOf(task, machines[2]), TaskState::kPending) << "it was given out before";
  End(machines[2], task);
  EXPECT_EQ(StateOf(task, machines[2]), TaskState::kSuccess);
  EXPECT_TRUE(RunsOf(Fetch(machines[3])).empty());
  EXPECT_TRUE(Row(task).finished);
}

/// The rest of a halt is longer than one transaction may be: it is kept and worked off, and meanwhile nothing starts.
TEST_F(WavesTest, ALongRestIsCancelledInSlices) {
  const auto machines = Machines(static_cast<int>(store::kSliceRows) + 50);
  const InvokeId task = StartWave(machines, "2", "0");
  ContinueInvocationIn next{task};
  while (Change(ContinueInvocation, next)->more) {
  }
  const InstanceId& first = machines.front();
  const InstanceId& last = machines.back();
  ASSERT_EQ(RunsOf(Fetch(first)).size(), 1u);
  End(first, task, 1);
  ASSERT_TRUE(Row(task).stopping);
  EXPECT_TRUE(RunsOf(Fetch(last)).empty());
  while (Change(ContinueInvocation, next)->more) {
  }
  EXPECT_EQ(Row(task).counts.of(TaskState::kCancelled), store::kSliceRows + 49);
  EXPECT_EQ(TaskOf(task, last).progress.error_code, model::ErrorCode::kMaxErrorsExceeded);
  EXPECT_TRUE(Row(task).finished);
}

TEST_F(WavesTest, WithoutALimitOfTurnsErrorsStillEndIt) {
  const auto machines = Machines(3);
  const InvokeId task = StartWave(machines, "", "0");
  EXPECT_EQ(TakeWoken().size(), 3u);
  Fetch(machines[0]);
  End(machines[0], task, 1);
  EXPECT_EQ(StateOf(task, machines[1]), TaskState::kCancelled);
  EXPECT_EQ(StateOf(task, machines[2]), TaskState::kCancelled);
}

TEST_F(WavesTest, WhatNobodyTookIsNoError) {
  const auto machines = Machines(3);
  const InvokeId task = StartWave({machines[0], machines[1]}, "", "0");
  clock_.Advance(std::chrono::hours(25));
  ExpireDeliveriesIn in;
  for (auto out = Change(ExpireDeliveries, in); out && out->more; out = Change(ExpireDeliveries, in)) in = out->next;
  EXPECT_EQ(StateOf(task, machines[0]), TaskState::kAborted);
  EXPECT_FALSE(Row(task).wave->marks.halted);
}

TEST_F(WavesTest, AMachineThatIsAwayHoldsNobodyUp) {
  const auto away = Machines(3, false);
  const auto there = Machines(2);
  std::vector<InstanceId> all = away;
  all.insert(all.end(), there.begin(), there.end());
  const InvokeId task = StartWave(all, "1");
  EXPECT_EQ(TakeWoken(), std::vector<std::string>{"mi-3"});
  Fetch(there[0]);
  End(there[0], task);
  EXPECT_EQ(TakeWoken(), std::vector<std::string>{"mi-4"});
  Fetch(there[1]);
  End(there[1], task);
  EXPECT_TRUE(TakeWoken().empty());
  EXPECT_EQ(RunsOf(Fetch(away[1])).size(), 1u) << "it came back and asks";
}

TEST_F(WavesTest, WhenTheWokenOnesDoNotComeOthersAreWoken) {
  const auto machines = Machines(4);
  const InvokeId task = StartWave(machines, "2");
  EXPECT_EQ(TakeWoken(), (std::vector<std::string>{"mi-0", "mi-1"}));
  LookForNext();
  EXPECT_EQ(TakeWoken(), (std::vector<std::string>{"mi-2", "mi-3"}));
  LookForNext();  // the end of the list
  LookForNext();
  EXPECT_EQ(TakeWoken(), (std::vector<std::string>{"mi-0", "mi-1"})) << "and from the first again";
  for (const InstanceId& machine : machines) {
    Fetch(machine);
    End(machine, task);
  }
  LookForNext();
  EXPECT_TRUE(Read(FindWaves, FindWavesIn{})->waves.empty()) << "nobody waits any more";
}

TEST_F(WavesTest, ThoseThatWaitForATurnDoNotExpire) {
  const auto machines = Machines(3);
  StartInvocationIn in = RunOn(machines);
  in.max_concurrency = "1";
  in.delivery_timeout = std::chrono::seconds(60);
  in.timeout = std::chrono::hours(2);
  const InvokeId task = Change(StartInvocation, in)->invocation;
  const auto expire = [&] {
    ExpireDeliveriesIn next;
    for (auto out = Change(ExpireDeliveries, next); out && out->more; out = Change(ExpireDeliveries, next)) {
      next = out->next;
    }
  };
  Fetch(machines[0]);
  Accept(machines[0], task);
  clock_.Advance(std::chrono::hours(1));  // its script takes that long
  expire();
  EXPECT_EQ(StateOf(task, machines[1]), TaskState::kPending);
  End(machines[0], task);
  Fetch(machines[1]);  // takes it and is never heard of again
  clock_.Advance(std::chrono::seconds(61));
  expire();
  EXPECT_EQ(StateOf(task, machines[1]), TaskState::kAborted);
  EXPECT_EQ(StateOf(task, machines[2]), TaskState::kPending) << "its turn came this moment";
  clock_.Advance(std::chrono::seconds(61));
  expire();
  EXPECT_EQ(StateOf(task, machines[2]), TaskState::kAborted) << "it had a turn for a minute and did not come";
  EXPECT_TRUE(Row(task).finished);
}

TEST_F(WavesTest, TheTimeToComeBeginsWhenATurnIsFree) {
  const auto machines = Machines(2);
  StartInvocationIn in = RunOn(machines);
  in.max_concurrency = "1";
  in.delivery_timeout = std::chrono::seconds(60);
  const InvokeId task = Change(StartInvocation, in)->invocation;
  const auto expire = [&] {
    ExpireDeliveriesIn next;
    for (auto out = Change(ExpireDeliveries, next); out && out->more; out = Change(ExpireDeliveries, next)) {
      next = out->next;
    }
  };
  Fetch(machines[0]);
  clock_.Advance(std::chrono::seconds(50));
  End(machines[0], task);
  clock_.Advance(std::chrono::seconds(15));
  expire();
  EXPECT_EQ(StateOf(task, machines[1]), TaskState::kPending) << "it could come for 15 seconds";
  clock_.Advance(std::chrono::seconds(46));
  expire();
  EXPECT_EQ(StateOf(task, machines[1]), TaskState::kAborted);
}

TEST_F(WavesTest, AStopEndsAWaveAndGivesNoTurnAway) {
  const auto machines = Machines(4);
  const InvokeId task = StartWave(machines, "1");
  Fetch(machines[0]);
  Accept(machines[0], task);
  TakeWoken();
  StopInvocationIn stop;
  stop.invocation = task;
  ASSERT_TRUE(Change(StopInvocation, stop));
  EXPECT_EQ(TakeWoken(), std::vector<std::string>{"mi-0"});
  EXPECT_EQ(StateOf(task, machines[1]), TaskState::kCancelled);
  EXPECT_EQ(TaskOf(task, machines[1]).progress.error_code, model::ErrorCode::kNone) << "a stop is not an error";
  Report(ReportOf(machines[0], task, ReportKind::kStopped));
  EXPECT_TRUE(TakeWoken().empty());
}

TEST_F(WavesTest, AHaltDoesNotHideAStopThatIsAskedForLater) {
  const auto machines = Machines(2);
  const InvokeId task = StartWave(machines, "1");
  const model::InvocationKey key = Row(task).key;
  Edit([&](store::Tx& tx) {
    tx.KeepStops(key, {{}, {}, true});
    tx.KeepStops(key, {});
    tx.KeepStops(key, {{}, {}, true});  // the stop counts for it
    const auto first = tx.TakeStops(key);
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->halted);
    const auto second = tx.TakeStops(key);
    ASSERT_TRUE(second);
    EXPECT_FALSE(second->halted);
    EXPECT_FALSE(tx.TakeStops(key));
  });
}

/// Any order of fetches, ends, losses and looks: never more out than turns, and nobody is forgotten.
TEST_F(WavesTest, AnyOrderOfEventsKeepsTheLimitAndReachesEveryMachine) {
  for (int round = 0; round < 10; ++round) {
    const int count = 3 + static_cast<int>(random_.Below(10));
    const auto turns = static_cast<std::int64_t>(1 + random_.Below(4));
    const auto machines = Machines(count);
    StartInvocationIn in = RunOn(machines);
    in.max_concurrency = std::to_string(turns);
    in.repeatable = random_.Below(2) == 0;
    const InvokeId task = Change(StartInvocation, in)->invocation;
    for (int step = 0; step < 200 && !Row(task).finished; ++step) {
      const InstanceId& machine = machines[static_cast<std::size_t>(random_.Below(static_cast<std::uint64_t>(count)))];
      const model::TaskProgress now = TaskOf(task, machine).progress;
      switch (random_.Below(6)) {
        case 0:
        case 1:
          Fetch(machine);
          break;
        case 2:
          if (model::HoldsTurn(now)) Accept(machine, task);  // one that was given up would take a turn beyond the limit
          break;
        case 3:
          if (now.delivery != model::Delivery::kNotDelivered) End(machine, task, random_.Below(2) == 0 ? 0 : 1);
          break;
        case 4:
          LookForNext();
          break;
        case 5:  // its agent has lost its journal
          if (random_.Below(4) == 0) Fetch(machine, 0, true, static_cast<std::int64_t>(1000 * round + step + 1));
          break;
      }
      std::int64_t out = 0;
      for (const InstanceId& each : machines) out += model::HoldsTurn(TaskOf(task, each).progress) ? 1 : 0;
      ASSERT_LE(out, turns);
      ASSERT_EQ(Row(task).wave->marks.taken, out);
    }
    // From here on everybody answers the wakes, and that is enough.
    TakeWoken();
    for (int look = 0; look < 4 * count + 8 && !Row(task).finished; ++look) {
      for (const InstanceId& machine : machines) {
        if (model::HoldsTurn(TaskOf(task, machine).progress)) End(machine, task);
      }
      LookForNext();
      for (const std::string& id : TakeWoken()) Fetch(InstanceId(id));
    }
    EXPECT_TRUE(Row(task).finished) << "round " << round;
  }
}

}  // namespace
}  // namespace assist::server::control
