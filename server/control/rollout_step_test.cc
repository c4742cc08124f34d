#include "server/control/rollout_step.h"

#include "protocol/package/refusal.h"
#include "server/control/fake_rollouts.h"

namespace assist::server::control {
namespace {

using RolloutStepTest = RolloutsTest;

TEST_F(RolloutStepTest, WavesGoOutOneAfterTheOtherAndTheRolloutEnds) {
  AddFleet(20);
  const auto id = Begin();
  const std::int64_t sizes[] = {1, 2, 10, 20};
  for (int wave = 1; wave <= 4; ++wave) {
    EXPECT_EQ(Of(id).wave, wave);
    EXPECT_EQ(Counts(id).of(MachineRollout::kOrdered), sizes[wave - 1] - (wave > 1 ? sizes[wave - 2] : 0));
    EXPECT_EQ(Of(id).waiting_for, model::RolloutWait::kResults);
    CarryAll(id);
    EXPECT_EQ(Counts(id).of(MachineRollout::kUpdated), sizes[wave - 1]);
    EXPECT_EQ(Of(id).waiting_for, model::RolloutWait::kWait);
    Pass(minutes(9));
    EXPECT_EQ(Of(id).wave, wave) << "the wait is not over";
    Pass(minutes(1));
  }
  EXPECT_EQ(StateNow(id), RolloutState::kFinished);
  EXPECT_TRUE(Of(id).ended);
  EXPECT_TRUE(Read(FindRollouts, FindRolloutsIn{})->rollouts.empty());
}

TEST_F(RolloutStepTest, TheOrderIsThatOfTheReleaseAndGoesToTheConnected) {
  const auto fleet = AddFleet(3);
  presence_.states[fleet[1]].connected = false;
  StartRolloutIn in = All();
  in.terms.waves = {100};
  in.terms.timeout = seconds(777);
  const auto id = Begin(in);
  EXPECT_EQ(In(id, MachineRollout::kWaiting), std::vector<InstanceId>{fleet[1]});
  const auto row = RowOf(id, fleet[0]).row;
  EXPECT_EQ(row.attempts, 1);
  EXPECT_EQ(row.wave, 1);
  Look([&](store::ReadTx& tx) {
    const auto invocation = tx.FindInvocation(row.invoke_id);
    ASSERT_TRUE(invocation && invocation->order);
    EXPECT_EQ(*invocation->order, (model::AgentOrder{model::OrderVerb::kApplyRelease, "assist-agent", "2.0"}));
    EXPECT_EQ(invocation->timeout, seconds(777));
    EXPECT_EQ(invocation->targets, 2);
  });
  EXPECT_EQ(waker_.woken.size(), 2u);
}

TEST_F(RolloutStepTest, WhoHasItOrCannotHaveItIsSkipped) {
  const auto fleet = AddFleet(2);
  Shows(fleet[0], "2.0");
  const auto stock = AddMachine("mi-stock", Agent::kStock);
  const auto windows = AddMachine("mi-win", Agent::kOurs, {}, model::OsType::kWindows);
  const auto id = Begin();
  EXPECT_EQ(RowOf(id, fleet[0]).row.reason, "AlreadyThere");
  EXPECT_EQ(RowOf(id, stock).row.reason, "StockAgent");
  EXPECT_EQ(RowOf(id, windows).row.reason, "NoPackage");
  EXPECT_EQ(Counts(id).of(MachineRollout::kSkipped), 3);
  EXPECT_EQ(In(id, MachineRollout::kOrdered), std::vector<InstanceId>{fleet[1]});
  const auto reasons = Describe(id).rollouts.items.at(0).reasons;
  EXPECT_EQ(reasons.size(), 3u);
}

TEST_F(RolloutStepTest, ABrokenReleaseIsPausedAfterTheFirstMachineAndNobodyElseGetsIt) {
  AddFleet(100);
  const auto id = Begin();
  const auto first = In(id, MachineRollout::kOrdered);
  ASSERT_EQ(first.size(), 1u);
  Carry(id, first[0], package::ExitCode(package::Refusal::kNotHealthy), "",
        "starting\n" + package::RefusalLine(package::Refusal::kNotHealthy, "it did not reach the server"));
  Step();
  EXPECT_EQ(StateNow(id), RolloutState::kPaused);
  EXPECT_EQ(Of(id).reason, model::RolloutReason::kGate);
  EXPECT_NE(Of(id).reason_text.find("1 of 1"), std::string::npos) << Of(id).reason_text;
  const auto row = RowOf(id, first[0]).row;
  EXPECT_EQ(row.state, MachineRollout::kFailed);
  EXPECT_EQ(row.reason, "NotHealthy");
  EXPECT_EQ(row.reason_text, "it did not reach the server");
  EXPECT_EQ(Counts(id).of(MachineRollout::kWaiting), 99);
  for (int i = 0; i < 20; ++i) Pass(minutes(30));
  EXPECT_EQ(Counts(id).of(MachineRollout::kWaiting), 99);
  const auto rows = Audit();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].code, "NotHealthy") << "what the machine said of its order";
  EXPECT_EQ(rows[1].action, "PauseAgentRollout");
  EXPECT_EQ(rows[1].source, "server");
  EXPECT_EQ(rows[1].code, "Gate");
  EXPECT_EQ(rows[1].resources, id.str());
  EXPECT_EQ(notes_.events, std::vector<std::string>{"rollout.paused"});
}

TEST_F(RolloutStepTest, AnUpdateCountsWhenTheNewVersionIsSeenConnected) {
  const auto fleet = AddFleet(2);
  StartRolloutIn in = All();
  in.terms.waves = {100};
  in.terms.min_healthy = 50;
  const auto id = Begin(in);
  Carry(id, fleet[0], 0, "");
  Carry(id, fleet[1], 0, "2.0");
  presence_.states[fleet[1]].connected = false;
  Step();
  EXPECT_EQ(Counts(id).of(MachineRollout::kOrdered), 2);
  presence_.states[fleet[1]].connected = true;
  Pass(minutes(4));
  EXPECT_EQ(RowOf(id, fleet[1]).row.state, MachineRollout::kUpdated);
  EXPECT_EQ(RowOf(id, fleet[0]).row.state, MachineRollout::kOrdered);
  Pass(minutes(1));
  EXPECT_EQ(RowOf(id, fleet[0]).row.state, MachineRollout::kFailed);
  EXPECT_EQ(RowOf(id, fleet[0]).row.reason, "NotSeen");
  // It may heal: it was late.
  Shows(fleet[0], "2.0");
  Step();
  EXPECT_EQ(RowOf(id, fleet[0]).row.state, MachineRollout::kUpdated);
}

TEST_F(RolloutStepTest, AgentsThatStartAgainAndAgainFailTheGate) {
  const auto fleet = AddFleet(1);
  StartRolloutIn in = All();
  in.terms.max_restarts = 2;
  const auto id = Begin(in);
  CarryAll(id);
  for (int i = 1; i <= 3; ++i) Fetch(fleet[0], 1, true, 1'000 + i);
  EXPECT_EQ(RowOf(id, fleet[0]).row.restarts, 3);
  Pass(minutes(10));
  EXPECT_EQ(StateNow(id), RolloutState::kPaused);
  EXPECT_NE(Of(id).reason_text.find("started too often"), std::string::npos) << Of(id).reason_text;
}

TEST_F(RolloutStepTest, AgentsThatGrowFailTheGate) {
  const auto fleet = AddFleet(1);
  presence_.states[fleet[0]].memory = 10 << 20;
  const auto id = Begin();
  EXPECT_EQ(RowOf(id, fleet[0]).row.memory_before, 10 << 20);
  CarryAll(id);
  presence_.states[fleet[0]].memory = 16 << 20;
  EXPECT_EQ(Describe(id).machines.items.at(0).memory, 16 << 20);
  Pass(minutes(10));
  EXPECT_EQ(StateNow(id), RolloutState::kPaused);
  EXPECT_NE(Of(id).reason_text.find("memory"), std::string::npos) << Of(id).reason_text;
}

TEST_F(RolloutStepTest, AMachineThatVanishedFailsTheGateAndIsSentBackWhenItReturns) {
  const auto fleet = AddFleet(1);
  StartRolloutIn in = All();
  in.terms.auto_rollback = true;
  const auto id = Begin(in);
  CarryAll(id);
  presence_.states[fleet[0]].connected = false;
  Pass(minutes(10));
  ASSERT_EQ(StateNow(id), RolloutState::kPaused);
  EXPECT_EQ(RowOf(id, fleet[0]).row.state, MachineRollout::kRollingBack);
  EXPECT_FALSE(RowOf(id, fleet[0]).row.invocation);
  presence_.states[fleet[0]].connected = true;
  Step();
  const auto row = RowOf(id, fleet[0]).row;
  Look([&](store::ReadTx& tx) {
    const auto invocation = tx.FindInvocation(row.invoke_id);
    ASSERT_TRUE(invocation && invocation->order);
    EXPECT_EQ(invocation->order->verb, model::OrderVerb::kRollBackRelease);
  });
  Carry(id, fleet[0], 0, "1.0");
  Step();
  EXPECT_EQ(RowOf(id, fleet[0]).row.state, MachineRollout::kRolledBack);
  EXPECT_EQ(StateNow(id), RolloutState::kPaused);
}

TEST_F(RolloutStepTest, NobodyGetsTwoOrdersWhateverLooksAreOld) {
  AddFleet(10);
  StartRolloutIn in = All();
  in.terms.waves = {100};
  ASSERT_TRUE(Change(StartRollout, in));
  const auto key = Read(FindRollouts, FindRolloutsIn{})->rollouts.at(0);
  (void)Change(StepRollout, *Read(LookAtRollout, LookAtRolloutIn{key}));  // notes the machines
  const auto look = Read(LookAtRollout, LookAtRolloutIn{key});
  ASSERT_EQ(look->ready.size(), 10u);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Change(StepRollout, *look));
  Look([&](store::ReadTx& tx) {
    EXPECT_EQ(tx.CountInvocations(), 1);
    for (const auto& row : tx.rollouts().MachinesIn(key, MachineRollout::kOrdered, 0, 99)) {
      EXPECT_EQ(row.row.attempts, 1);
    }
  });
}

TEST_F(RolloutStepTest, ARestartOfTheServerChangesNothing) {
  AddFleet(20);
  const auto id = Begin();
  CarryAll(id);
  ASSERT_TRUE(store_->Close());
  Open();
  Pass(minutes(10));
  EXPECT_EQ(Of(id).wave, 2);
  EXPECT_EQ(Counts(id).of(MachineRollout::kUpdated), 1);
  EXPECT_EQ(Counts(id).of(MachineRollout::kOrdered), 1);
}

TEST_F(RolloutStepTest, AnOrderThatWasNeverFetchedIsGivenAgainLater) {
  const auto fleet = AddFleet(1);
  const auto id = Begin();
  const InvokeId task = RowOf(id, fleet[0]).row.invoke_id;
  presence_.states[fleet[0]].connected = false;
  clock_.Advance(minutes(3));
  Edit([&](store::Tx& tx) {
    // As the scheduler's round for deliveries does.
    const auto invocation = tx.FindInvocation(task);
    auto row = *tx.FindTask(invocation->key, tx.FindMachine(fleet[0])->key);
    ASSERT_EQ(row.progress.delivery, model::Delivery::kNotDelivered);
    ASSERT_LE(*invocation->delivery_deadline, clock_.Now());
    row.progress.state = model::TaskState::kAborted;
    row.progress.outcome = model::Outcome::kPresumed;
    row.progress.error_code = model::ErrorCode::kDeliveryTimeout;
    tx.SaveTask(row, model::TaskState::kPending);
  });
  presence_.states[fleet[0]].connected = true;
  Step();
  EXPECT_EQ(RowOf(id, fleet[0]).row.state, MachineRollout::kWaiting);
  EXPECT_EQ(RowOf(id, fleet[0]).row.reason, "NotReached");
  Pass(minutes(5));
  EXPECT_EQ(RowOf(id, fleet[0]).row.state, MachineRollout::kOrdered);
  EXPECT_EQ(RowOf(id, fleet[0]).row.attempts, 2);
}

TEST_F(RolloutStepTest, AnAgentThatCannotReplaceItselfFailsAsNotSupported) {
  const auto fleet = AddFleet(1);
  const auto id = Begin();
  FetchTasksIn fetch;
  fetch.machine = fleet[0];
  fetch.takes_releases = false;
  ASSERT_TRUE(Change(FetchTasks, fetch)->run.empty());
  Step();
  EXPECT_EQ(RowOf(id, fleet[0]).row.reason, "NotSupported");
  EXPECT_EQ(StateNow(id), RolloutState::kPaused);
}

TEST_F(RolloutStepTest, WindowsAreWaitedForInTheirZone) {
  AddFleet(1);
  // 2023-11-14T22:13:20Z is where the tests' clock stands, or some other time: the window begins in two hours.
  const auto minute = std::chrono::floor<minutes>(clock_.Now()).time_since_epoch().count() % 1440;
  const auto text = [](std::int64_t at) {
    char out[8];
    std::snprintf(out, sizeof(out), "%02d:%02d", static_cast<int>(at / 60 % 24), static_cast<int>(at % 60));
    return std::string(out);
  };
  // Eight hours ahead of UTC, as the zone's clocks are.
  const std::string window = text(minute + 600) + "-" + text(minute + 720);
  Configure(R"({"Enabled":true,"TimeZone":"GMT+8:00","AllowedUpgradeWindow":[")" + window + R"("]})");
  const auto id = Begin();
  EXPECT_EQ(Of(id).waiting_for, model::RolloutWait::kWindow);
  EXPECT_EQ(StateNow(id), RolloutState::kRunning);
  Pass(minutes(118));
  EXPECT_EQ(Counts(id).of(MachineRollout::kOrdered), 0);
  Pass(minutes(2));
  EXPECT_EQ(Counts(id).of(MachineRollout::kOrdered), 1);
}

TEST_F(RolloutStepTest, TheTrailHasAnEnd) {
  const auto fleet = AddFleet(2);
  presence_.states[fleet[1]].connected = false;
  StartRolloutIn in = All();
  in.terms.waves = {100};
  in.terms.wait = seconds(0);
  in.terms.trail = minutes(60);
  const auto id = Begin(in);
  CarryAll(id);
  ASSERT_EQ(StateNow(id), RolloutState::kTrailing);
  Pass(minutes(59));
  EXPECT_EQ(StateNow(id), RolloutState::kTrailing);
  Pass(minutes(1));
  EXPECT_EQ(StateNow(id), RolloutState::kFinished);
  EXPECT_EQ(RowOf(id, fleet[1]).row.state, MachineRollout::kSkipped);
}

TEST_F(RolloutStepTest, TheTrailIsPausedWhenThoseWhoComeFail) {
  const auto fleet = AddFleet(12);
  for (std::size_t i = 4; i < fleet.size(); ++i) presence_.states[fleet[i]].connected = false;
  StartRolloutIn in = All();
  in.terms.waves = {10, 100};
  in.terms.wait = seconds(0);
  in.terms.auto_rollback = true;
  const auto id = Begin(in);
  CarryAll(id);
  CarryAll(id);
  ASSERT_EQ(StateNow(id), RolloutState::kTrailing);
  for (std::size_t i = 4; i < 9; ++i) presence_.states[fleet[i]].connected = true;
  Step();
  Carry(id, fleet[4]);
  Carry(id, fleet[5], 1, "");
  Carry(id, fleet[6], 1, "");
  Step();
  EXPECT_EQ(StateNow(id), RolloutState::kTrailing) << "two may be chance";
  Carry(id, fleet[7], 1, "");
  Step();
  ASSERT_EQ(StateNow(id), RolloutState::kPaused);
  EXPECT_EQ(Of(id).reason, model::RolloutReason::kGate);
  EXPECT_EQ(Of(id).reason_text, "after the waves: 3 of 4 machines failed, 95 % must be healthy");
  EXPECT_EQ(In(id, MachineRollout::kRollingBack), std::vector<InstanceId>{fleet[4]}) << "not those of the waves";
  presence_.states[fleet[9]].connected = true;
  Step();
  EXPECT_EQ(RowOf(id, fleet[9]).row.state, MachineRollout::kWaiting);
  ASSERT_TRUE(Change(ResumeRollout, ResumeRolloutIn{id, false}));
  Step();
  EXPECT_EQ(StateNow(id), RolloutState::kTrailing) << "what failed before is not judged again";
  EXPECT_EQ(RowOf(id, fleet[9]).row.state, MachineRollout::kOrdered);
}

TEST_F(RolloutStepTest, MachinesThatRegisterLaterComeInWhenItFollows) {
  for (const bool follow : {false, true}) {
    const auto fleet = AddFleet(1, follow ? "mi-f" : "mi-n");
    StartRolloutIn in = All();
    in.terms.waves = {100};
    in.terms.wait = seconds(0);
    in.terms.follow = follow;
    const auto id = Begin(in);
    AddFleet(1, follow ? "mi-late-f" : "mi-late-n");
    CarryAll(id);
    CarryAll(id);
    EXPECT_EQ(Counts(id).of(MachineRollout::kUpdated) > 1, follow);
    EXPECT_EQ(StateNow(id), follow ? RolloutState::kTrailing : RolloutState::kFinished);
    if (IsLive(StateNow(id))) {
      ASSERT_TRUE(Change(PauseRollout, PauseRolloutIn{id, true}));
    }
    Step();
    // For the next round nobody is left over.
    for (const auto& machine : Describe(id).machines.items) presence_.states[machine.row.instance].connected = false;
  }
}

TEST_F(RolloutStepTest, ADeregisteredMachineHoldsNobodyUp) {
  const auto fleet = AddFleet(2);
  StartRolloutIn in = All();
  in.terms.waves = {100};
  in.terms.wait = seconds(0);
  presence_.states[fleet[0]].connected = false;
  const auto id = Begin(in);
  Edit([&](store::Tx& tx) { tx.Deregister(tx.FindMachine(fleet[0])->key, clock_.Now()); });
  CarryAll(id);
  EXPECT_EQ(RowOf(id, fleet[0]).row.reason, "Deregistered");
  EXPECT_EQ(StateNow(id), RolloutState::kFinished);
}

}  // namespace
}  // namespace assist::server::control
