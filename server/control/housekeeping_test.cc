#include "server/control/housekeeping.h"

#include "server/control/fake_server.h"

namespace assist::server::control {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class HousekeepingTest : public ControlTest {
 protected:
  int ExpireAll() {
    int rounds = 0;
    ExpireDeliveriesIn in;
    for (bool more = true; more; ++rounds) {
      const auto out = Change(ExpireDeliveries, in);
      EXPECT_TRUE(out);
      more = out->more;
      in = out->next;
    }
    return rounds;
  }
  void ForgetAll() {
    while (Change(ForgetOld, ForgetOldIn{})->more) {
    }
  }
  InvokeId StartFor(const std::vector<InstanceId>& machines, seconds delivery_timeout) {
    auto in = RunOn(machines);
    in.delivery_timeout = delivery_timeout;
    return Change(StartInvocation, in)->invocation;
  }
};

TEST_F(HousekeepingTest, WhatNobodyAcceptedInTimeIsPresumedAborted) {
  const auto away = AddMachine("mi-away");
  const auto here = AddMachine("mi-here");
  const auto busy = AddMachine("mi-busy");
  presence_.states[here].connected = true;
  const auto task = StartFor({away, here, busy}, seconds(60));
  Fetch(here);
  Fetch(busy);
  Accept(busy, task);
  clock_.Advance(seconds(59));
  EXPECT_EQ(ExpireAll(), 1);
  EXPECT_EQ(StateOf(task, away), model::TaskState::kPending);
  clock_.Advance(seconds(1));
  ExpireAll();
  EXPECT_EQ(TaskOf(task, away).progress.error_code, model::ErrorCode::kClientNotRunning);
  EXPECT_EQ(TaskOf(task, away).progress.outcome, model::Outcome::kPresumed);
  EXPECT_EQ(TaskOf(task, here).progress.error_code, model::ErrorCode::kDeliveryTimeout);
  EXPECT_EQ(StateOf(task, busy), model::TaskState::kPending);
  EXPECT_EQ(ExpireAll(), 1);  // nothing is left to be worked off
  EXPECT_TRUE(Fetch(away).run.empty());
  // The agent of a delivered one had it all the while.
  Report(ReportOf(here, task, model::ReportKind::kFinish, "late", 0));
  EXPECT_EQ(StateOf(task, here), model::TaskState::kSuccess);
}

TEST_F(HousekeepingTest, WithoutADeadlineItWaitsForEver) {
  const auto a = AddMachine("mi-a");
  const auto task = StartFor({a}, seconds(-1));
  clock_.Advance(hours(24 * 365));
  ExpireAll();
  EXPECT_EQ(StateOf(task, a), model::TaskState::kPending);
}

TEST_F(HousekeepingTest, LongInvocationsExpireInSlicesAndNoneIsForgotten) {
  std::vector<InstanceId> ids;
  Edit([&](store::Tx& tx) {
    for (int i = 0; i < 4'100; ++i) {
      model::Machine machine;
      machine.id = InstanceId("mi-" + std::to_string(i));
      tx.InsertMachine(machine);
      ids.push_back(machine.id);
    }
  });
  const auto other = StartFor({ids[0]}, seconds(5));
  const auto task = StartFor(ids, seconds(10));
  clock_.Advance(seconds(10));
  // Not while it is still being written.
  ExpireAll();
  EXPECT_EQ(StateOf(other, ids[0]), model::TaskState::kAborted);
  while (Change(ContinueInvocation, ContinueInvocationIn{task})->more) {
  }
  EXPECT_EQ(ExpireAll(), 4);
  Look([&](store::ReadTx& tx) {
    EXPECT_EQ(tx.FindInvocation(task)->counts.of(model::TaskState::kAborted), 4'100);
    EXPECT_TRUE(tx.FindInvocation(task)->finished);
  });
}

TEST_F(HousekeepingTest, SilentTasksAreClosedUnlessOursIsThere) {
  const auto gone = AddMachine("mi-gone");
  const auto there = AddMachine("mi-there");
  const auto stock = AddMachine("mi-stock", Agent::kStock);
  const auto waiting = AddMachine("mi-waiting");
  const auto task = Start({gone, there, stock, waiting});
  for (const auto& machine : {gone, there, stock}) {
    Fetch(machine);
    Report(ReportOf(machine, task, model::ReportKind::kRunning));
  }
  Fetch(waiting);
  Accept(waiting, task);
  presence_.states[there].connected = true;
  presence_.states[stock].connected = true;
  clock_.Advance(seconds(359));
  ASSERT_TRUE(Change(CloseSilentTasks, CloseSilentTasksIn{}));
  EXPECT_EQ(StateOf(task, gone), model::TaskState::kRunning);
  clock_.Advance(seconds(1));
  EXPECT_FALSE(Change(CloseSilentTasks, CloseSilentTasksIn{})->more);
  EXPECT_EQ(StateOf(task, gone), model::TaskState::kError);
  EXPECT_EQ(TaskOf(task, gone).progress.outcome, model::Outcome::kPresumed);
  EXPECT_EQ(StateOf(task, stock), model::TaskState::kError);  // its report may be lost for good
  EXPECT_EQ(StateOf(task, waiting), model::TaskState::kAborted);
  EXPECT_EQ(StateOf(task, there), model::TaskState::kRunning);
  EXPECT_EQ(notes_.events, (std::vector<std::string>{"task.silent", "task.silent", "task.silent"}));
  presence_.states[there].connected = false;
  presence_.states[there].left = true;
  clock_.Advance(seconds(300));
  presence_.states[there].last_heartbeat = clock_.Now() - seconds(60);
  ASSERT_TRUE(Change(CloseSilentTasks, CloseSilentTasksIn{}));
  EXPECT_EQ(StateOf(task, there), model::TaskState::kRunning) << "it may be about to come back";
  clock_.Advance(seconds(300));
  ASSERT_TRUE(Change(CloseSilentTasks, CloseSilentTasksIn{}));
  EXPECT_EQ(StateOf(task, there), model::TaskState::kError);
  Report(ReportOf(gone, task, model::ReportKind::kFinish));
  EXPECT_EQ(StateOf(task, gone), model::TaskState::kSuccess);
}

TEST_F(HousekeepingTest, HistoryIsForgottenAfterItsTimeButNeverWhatIsOpen) {
  const auto a = AddMachine("mi-a");
  const auto done = StartFor({a}, seconds(-1));
  Fetch(a);
  Report(ReportOf(a, done, model::ReportKind::kFinish, "x", 0));
  const auto open = StartFor({a}, seconds(-1));
  clock_.Advance(hours(30 * 24));
  ForgetAll();
  Look([&](store::ReadTx& tx) { EXPECT_TRUE(tx.FindInvocation(done)); });
  clock_.Advance(seconds(1));
  ForgetAll();
  Look([&](store::ReadTx& tx) {
    EXPECT_FALSE(tx.FindInvocation(done));
    EXPECT_TRUE(tx.FindInvocation(open));
    EXPECT_EQ(tx.CountInvocations(), 1);
  });
}

TEST_F(HousekeepingTest, BeyondTheirNumberTheOldestEndedInvocationsGo) {
  const auto a = AddMachine("mi-a");
  std::vector<InvokeId> tasks;
  for (int i = 0; i < 3; ++i) {
    tasks.push_back(Start({a}));
    Fetch(a);
    if (i != 0) Report(ReportOf(a, tasks.back(), model::ReportKind::kFinish));
  }
  settings_.limits.invocations = 2;
  ForgetAll();
  Look([&](store::ReadTx& tx) {
    EXPECT_TRUE(tx.FindInvocation(tasks[0]));  // open
    EXPECT_FALSE(tx.FindInvocation(tasks[1]));
    EXPECT_TRUE(tx.FindInvocation(tasks[2]));
  });
}

TEST_F(HousekeepingTest, MachinesAndNoncesAreForgottenInTheirTime) {
  const auto a = AddMachine("mi-a");
  Edit([&](store::Tx& tx) {
    tx.Deregister(tx.FindMachine(a)->key, clock_.Now());
    EXPECT_TRUE(tx.UseNonce("n", clock_.Now(), clock_.Now() + seconds(60)));
    tx.KeepAnswer("t", {"p", "a"}, clock_.Now() + hours(24));
  });
  ForgetAll();
  Look([&](store::ReadTx& tx) { EXPECT_TRUE(tx.FindMachine(a)); });
  clock_.Advance(hours(31 * 24));
  ForgetAll();
  Look([&](store::ReadTx& tx) {
    EXPECT_FALSE(tx.FindMachine(a));
    EXPECT_FALSE(tx.FindAnswer("t", SystemTime{}));
  });
}

TEST_F(HousekeepingTest, HalfWrittenInvocationsAreFound) {
  std::vector<InstanceId> ids;
  Edit([&](store::Tx& tx) {
    for (int i = 0; i < 2'001; ++i) {
      model::Machine machine;
      machine.id = InstanceId("mi-" + std::to_string(i));
      tx.InsertMachine(machine);
      ids.push_back(machine.id);
    }
  });
  const auto task = Start(ids);
  Start({ids[0]});
  EXPECT_EQ(Read(FindUnfinished, FindUnfinishedIn{})->invocations, (std::vector<InvokeId>{task}));
  EXPECT_FALSE(Change(ContinueInvocation, ContinueInvocationIn{task})->more);
  EXPECT_TRUE(Read(FindUnfinished, FindUnfinishedIn{})->invocations.empty());
}

}  // namespace
}  // namespace assist::server::control
