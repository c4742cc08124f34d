#include "server/control/rollouts.h"

#include "protocol/package/refusal.h"
#include "server/control/fake_rollouts.h"

namespace assist::server::control {
namespace {

TEST_F(RolloutsTest, AfterAFailedGateItGoesOnOnlyWhenToldTo) {
  AddFleet(20);
  const auto id = Begin();
  Carry(id, In(id, MachineRollout::kOrdered).at(0), 1, "");
  Step();
  ASSERT_EQ(StateNow(id), RolloutState::kPaused);
  EXPECT_EQ(RowOf(id, In(id, MachineRollout::kFailed).at(0)).row.reason, "ExitCode");
  ASSERT_TRUE(Change(ResumeRollout, ResumeRolloutIn{id, false}));
  Step();
  EXPECT_EQ(Of(id).wave, 2);
  EXPECT_EQ(Counts(id).of(MachineRollout::kOrdered), 1) << "2 of 20, of which one was in the first wave";
  EXPECT_EQ(Counts(id).of(MachineRollout::kFailed), 1);
}

TEST_F(RolloutsTest, WhatFailedIsTriedAgainOnlyWhenAskedFor) {
  const auto fleet = AddFleet(1);
  const auto id = Begin();
  Carry(id, fleet[0], 1, "");
  Step();
  ASSERT_EQ(StateNow(id), RolloutState::kPaused);
  const InvokeId former = RowOf(id, fleet[0]).row.invoke_id;
  ASSERT_TRUE(Change(ResumeRollout, ResumeRolloutIn{id, true}));
  Step();
  const auto row = RowOf(id, fleet[0]).row;
  EXPECT_EQ(row.state, MachineRollout::kOrdered);
  EXPECT_EQ(row.attempts, 2);
  EXPECT_NE(row.invoke_id, former);
}

TEST_F(RolloutsTest, WhereUpgradesAreOffNoneStartsAndRunningOnesWait) {
  AddFleet(20);
  const auto id = Begin();
  Configure(R"({"DisableUpgrade":true})");
  CarryAll(id);
  Pass(minutes(10));
  EXPECT_EQ(Of(id).wave, 2) << "gates are judged all the same";
  EXPECT_EQ(Of(id).waiting_for, model::RolloutWait::kDisabled);
  EXPECT_EQ(Counts(id).of(MachineRollout::kOrdered), 0);
  ASSERT_TRUE(Change(PauseRollout, PauseRolloutIn{id, true}));
  EXPECT_EQ(ReasonOf(Change(StartRollout, All())), "InvalidOperation.AgentUpgradeDisabled");
  Configure(R"({"DisableUpgrade":false})");
  EXPECT_TRUE(Change(StartRollout, All()));
}

TEST_F(RolloutsTest, OneIsLiveAtATimeAndASecondIsToldWhichOne) {
  AddFleet(3);
  const auto id = Begin();
  const auto second = Change(StartRollout, All());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "InvalidAgentRollout.Running");
  EXPECT_NE(second.error().detail.find(id.str()), std::string::npos);
  ASSERT_TRUE(Change(PauseRollout, PauseRolloutIn{id, false}));
  EXPECT_EQ(ReasonOf(Change(StartRollout, All())), "InvalidAgentRollout.Running");
  ASSERT_TRUE(Change(PauseRollout, PauseRolloutIn{id, true}));
  EXPECT_TRUE(Change(StartRollout, All()));
}

TEST_F(RolloutsTest, ARepeatWithItsTokenIsTheSameRollout) {
  AddFleet(3);
  StartRolloutIn in = All();
  in.client_token = {"once", std::string(32, 'h'), "key"};
  const auto first = Change(StartRollout, in);
  const auto again = Change(StartRollout, in);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->id, again->id);
  EXPECT_EQ(again->version, "2.0");
}

TEST_F(RolloutsTest, MachinesThatWereAwayComeLaterUntilAnotherRolloutTakesItsPlace) {
  const auto fleet = AddFleet(4);
  presence_.states[fleet[2]].connected = false;
  presence_.states[fleet[3]].connected = false;
  StartRolloutIn in = All();
  in.terms.waves = {50, 100};
  in.terms.wait = seconds(0);
  const auto id = Begin(in);
  CarryAll(id);
  EXPECT_EQ(StateNow(id), RolloutState::kTrailing);
  presence_.states[fleet[2]].connected = true;
  Step();
  EXPECT_EQ(In(id, MachineRollout::kOrdered), std::vector<InstanceId>{fleet[2]});
  const auto next = Begin();
  EXPECT_EQ(StateNow(id), RolloutState::kEnded);
  EXPECT_EQ(Of(id).reason, model::RolloutReason::kSuperseded);
  EXPECT_EQ(RowOf(id, fleet[3]).row.reason, "Ended");
  EXPECT_EQ(RowOf(id, fleet[2]).row.state, MachineRollout::kOrdered) << "what came of it is taken in";
  EXPECT_EQ(RowOf(next, fleet[2]).row.state, MachineRollout::kWaiting) << "one order at a time";
  Carry(id, fleet[2]);
  Step();
  EXPECT_EQ(RowOf(id, fleet[2]).row.state, MachineRollout::kUpdated);
  EXPECT_TRUE(IsLive(StateNow(next)));
  EXPECT_EQ(Read(FindRollouts, FindRolloutsIn{})->rollouts.size(), 1u);
}

TEST_F(RolloutsTest, APauseOrdersNothingAndTakesResultsIn) {
  AddFleet(20);
  const auto id = Begin();
  ASSERT_TRUE(Change(PauseRollout, PauseRolloutIn{id, false}));
  CarryAll(id);
  EXPECT_EQ(Counts(id).of(MachineRollout::kUpdated), 1);
  for (int i = 0; i < 10; ++i) Pass(minutes(10));
  EXPECT_EQ(Counts(id).of(MachineRollout::kOrdered), 0);
  EXPECT_EQ(Of(id).reason, model::RolloutReason::kOperator);
  ASSERT_TRUE(Change(ResumeRollout, ResumeRolloutIn{id, false}));
  Step();
  Pass(minutes(10));
  EXPECT_EQ(Of(id).wave, 2);
  EXPECT_EQ(ReasonOf(Change(ResumeRollout, ResumeRolloutIn{id, false})), "InvalidAgentRollout.State");
}

TEST_F(RolloutsTest, AllThatItUpdatedGoBackWhenAskedFor) {
  const auto fleet = AddFleet(4);
  StartRolloutIn in = All();
  in.terms.waves = {75, 100};
  const auto id = Begin(in);
  const auto ordered = In(id, MachineRollout::kOrdered);
  ASSERT_EQ(ordered.size(), 3u);
  Carry(id, ordered[0]);
  Carry(id, ordered[1]);
  Step();
  ASSERT_TRUE(Change(RollbackRollout, RollbackRolloutIn{id, {}}));
  Step();
  EXPECT_EQ(StateNow(id), RolloutState::kRollingBack);
  EXPECT_EQ(Counts(id).of(MachineRollout::kRollingBack), 2);
  EXPECT_EQ(ReasonOf(Change(StartRollout, All())), "InvalidAgentRollout.Running");
  Carry(id, ordered[2]);  // it comes to an end meanwhile, and goes back too
  Step();
  EXPECT_EQ(Counts(id).of(MachineRollout::kRollingBack), 3);
  Carry(id, ordered[0], 0, "1.0");
  Carry(id, ordered[1], package::ExitCode(package::Refusal::kNotFound), "2.0");
  Carry(id, ordered[2], 0, "1.0");
  Step();
  EXPECT_EQ(StateNow(id), RolloutState::kRolledBack);
  EXPECT_EQ(Counts(id).of(MachineRollout::kRolledBack), 2);
  EXPECT_EQ(RowOf(id, ordered[1]).row.state, MachineRollout::kRollbackFailed);
  EXPECT_EQ(RowOf(id, ordered[1]).row.reason, "NotFound");
  EXPECT_EQ(Counts(id).of(MachineRollout::kSkipped), 1) << "the one that waited";
}

TEST_F(RolloutsTest, SomeGoBackAfterTheEnd) {
  const auto fleet = AddFleet(2);
  StartRolloutIn in = All();
  in.terms.waves = {100};
  in.terms.wait = seconds(0);
  const auto id = Begin(in);
  CarryAll(id);
  ASSERT_EQ(StateNow(id), RolloutState::kFinished);
  EXPECT_EQ(ReasonOf(Change(RollbackRollout, RollbackRolloutIn{id, {InstanceId("mi-none")}})),
            "InvalidInstance.NotFound");
  const auto other = AddMachine("mi-other");
  EXPECT_EQ(ReasonOf(Change(RollbackRollout, RollbackRolloutIn{id, {other}})), "InvalidInstanceId.NotFound");
  const auto ended = Of(id).ended;
  ASSERT_TRUE(ended);
  presence_.states[fleet[0]].connected = false;
  const auto out = Change(RollbackRollout, RollbackRolloutIn{id, {fleet[0]}});
  ASSERT_TRUE(out);
  EXPECT_EQ(out->state, RolloutState::kFinished) << "whoever may touch one machine does not revive the rollout";
  Step();
  EXPECT_EQ(In(id, MachineRollout::kRollingBack), std::vector<InstanceId>{fleet[0]}) << "it waits until it is there";
  presence_.states[fleet[0]].connected = true;
  const auto next = Change(StartRollout, All());
  ASSERT_TRUE(next) << "nothing is live";
  Step();
  EXPECT_FALSE(RowOf(id, fleet[0]).row.invocation) << "not while another one is live";
  ASSERT_TRUE(Change(PauseRollout, PauseRolloutIn{next->id, true}));
  Step();
  Carry(id, fleet[0], 0, "1.0");
  Step();
  EXPECT_EQ(RowOf(id, fleet[0]).row.state, MachineRollout::kRolledBack);
  EXPECT_EQ(RowOf(id, fleet[1]).row.state, MachineRollout::kUpdated);
  EXPECT_EQ(StateNow(id), RolloutState::kFinished);
  EXPECT_EQ(Of(id).ended, ended);
  EXPECT_TRUE(Read(FindRollouts, FindRolloutsIn{})->rollouts.empty());
}

TEST_F(RolloutsTest, OneMachineGoesBackAndTheRolloutGoesOn) {
  AddFleet(20);
  StartRolloutIn in = All();
  in.terms.waves = {50, 100};
  in.terms.min_healthy = 80;
  const auto id = Begin(in);
  CarryAll(id);
  const auto before = Of(id);
  ASSERT_EQ(before.waiting_for, model::RolloutWait::kWait);
  const auto one = In(id, MachineRollout::kUpdated).at(0);
  ASSERT_TRUE(Change(RollbackRollout, RollbackRolloutIn{id, {one}}));
  Step();
  Carry(id, one, 0, "1.0");
  Step();
  EXPECT_EQ(StateNow(id), RolloutState::kRunning);
  EXPECT_EQ(Of(id).reason, model::RolloutReason::kNone);
  EXPECT_EQ(Of(id).wait_until, before.wait_until);
  Pass(minutes(10));
  EXPECT_EQ(Of(id).wave, 2) << "9 of 10 are healthy";
  EXPECT_EQ(RowOf(id, one).row.state, MachineRollout::kRolledBack);
}

TEST_F(RolloutsTest, WhoWaitsToGoBackStaysWhenItIsEnded) {
  const auto fleet = AddFleet(2);
  StartRolloutIn in = All();
  in.terms.waves = {100};
  in.terms.wait = seconds(0);
  const auto id = Begin(in);
  CarryAll(id);
  presence_.states[fleet[0]].connected = false;
  ASSERT_TRUE(Change(RollbackRollout, RollbackRolloutIn{id, {}}));
  Step();
  ASSERT_EQ(Counts(id).of(MachineRollout::kRollingBack), 2);
  ASSERT_TRUE(Change(PauseRollout, PauseRolloutIn{id, true}));
  Step();
  presence_.states[fleet[0]].connected = true;
  EXPECT_EQ(RowOf(id, fleet[0]).row.state, MachineRollout::kUpdated);
  EXPECT_EQ(ReasonOf(Change(RollbackRollout, RollbackRolloutIn{id, {fleet[0]}})), "InvalidAgentRollout.State");
  Carry(id, fleet[1], 0, "1.0");
  Step();
  EXPECT_EQ(RowOf(id, fleet[1]).row.state, MachineRollout::kRolledBack);
  EXPECT_EQ(RowOf(id, fleet[0]).row.state, MachineRollout::kUpdated);
  EXPECT_TRUE(Change(RollbackRollout, RollbackRolloutIn{id, {fleet[0]}})) << "now it may";
}

TEST_F(RolloutsTest, WhoRunsSomethingElseByNowIsNotSentBack) {
  const auto fleet = AddFleet(2);
  StartRolloutIn in = All();
  in.terms.waves = {100};
  in.terms.wait = seconds(0);
  const auto id = Begin(in);
  CarryAll(id);
  ASSERT_EQ(StateNow(id), RolloutState::kFinished);
  Shows(fleet[0], "3.0");  // a later rollout, or by hand
  ASSERT_TRUE(Change(RollbackRollout, RollbackRolloutIn{id, {}}));
  Step();
  const auto there = RowOf(id, fleet[0]).row;
  EXPECT_EQ(there.state, MachineRollout::kRolledBack);
  EXPECT_EQ(there.reason, "AlreadyThere");
  EXPECT_EQ(there.attempts, 1) << "the order to take 2.0 alone";
  const auto row = RowOf(id, fleet[1]).row;
  Look([&](store::ReadTx& tx) {
    const auto invocation = tx.FindInvocation(row.invoke_id);
    ASSERT_TRUE(invocation && invocation->order);
    EXPECT_EQ(*invocation->order, (model::AgentOrder{model::OrderVerb::kRollBackRelease, "assist-agent", "2.0"}));
    EXPECT_EQ(invocation->targets, 1);
  });
  Carry(id, fleet[1], 0, "1.0");
  Step();
  EXPECT_EQ(StateNow(id), RolloutState::kRolledBack);
}

TEST_F(RolloutsTest, WhatIsNotThereIsRefused) {
  StartRolloutIn in = All();
  in.version = "9.9";
  EXPECT_EQ(ReasonOf(Change(StartRollout, in)), "InvalidAgentRelease.NotFound");
  in = All();
  in.version.clear();
  in.channel = "beta";
  EXPECT_EQ(ReasonOf(Change(StartRollout, in)), "InvalidAgentRelease.NotFound");
  Edit([](store::Tx& tx) { tx.package_tables().SetChannel({package::Kind::kAgent, "assist-agent"}, "beta", "2.0"); });
  const auto started = Change(StartRollout, in);
  ASSERT_TRUE(started) << started.error().detail;
  EXPECT_EQ(started->version, "2.0");
  ASSERT_TRUE(Change(PauseRollout, PauseRolloutIn{started->id, true}));
  in = All();
  in.instances = {InstanceId("mi-none")};
  EXPECT_EQ(ReasonOf(Change(StartRollout, in)), "InvalidInstance.NotFound");
  in = All();
  in.resource_tags = {{"env", "prod"}};
  EXPECT_EQ(ReasonOf(Change(StartRollout, in)), "InvalidResourceTag.InstanceNotFound");
  const model::RolloutId none("ro-none");
  EXPECT_EQ(ReasonOf(Change(PauseRollout, PauseRolloutIn{none, false})), "InvalidAgentRolloutId.NotFound");
  EXPECT_EQ(ReasonOf(Change(ResumeRollout, ResumeRolloutIn{none, false})), "InvalidAgentRolloutId.NotFound");
  EXPECT_EQ(ReasonOf(Change(RollbackRollout, RollbackRolloutIn{none, {}})), "InvalidAgentRolloutId.NotFound");
  DescribeRolloutsIn describe;
  describe.id = none;
  EXPECT_EQ(ReasonOf(Read(DescribeRollouts, describe)), "InvalidAgentRolloutId.NotFound");
}

TEST_F(RolloutsTest, OurAgentAloneIsBroughtByRollouts) {
  for (const std::string name : {"aliyun-assist", "other-agent"}) {
    Edit([&](store::Tx& tx) {
      store::PackageRow row = tx.packages().PackagesOf({package::Kind::kAgent, "assist-agent"}).at(0);
      row.id = "pkg-" + name;
      row.name = name;
      tx.package_tables().InsertPackage(row, "{}");
    });
    StartRolloutIn in = All();
    in.name = name;
    const auto refused = Change(StartRollout, in);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().reason, "InvalidAgentRelease.Name");
    const bool stock = refused.error().detail.find("docs/stock-packages.md") != std::string::npos;
    EXPECT_EQ(stock, name == "aliyun-assist") << refused.error().detail;
  }
}

TEST_F(RolloutsTest, NamedAndTaggedMachinesAlone) {
  const auto fleet = AddFleet(3);
  const auto prod = AddMachine("mi-prod", Agent::kOurs, {{"env", "prod"}});
  StartRolloutIn in = All();
  in.instances = {fleet[1], fleet[1]};
  const auto named = Begin(in);
  EXPECT_EQ(Counts(named).total(), 1);
  ASSERT_TRUE(Change(PauseRollout, PauseRolloutIn{named, true}));
  in = All();
  in.resource_tags = {{"env", "prod"}};
  const auto tagged = Begin(in);
  EXPECT_EQ(Counts(tagged).total(), 1);
  EXPECT_EQ(RowOf(tagged, prod).row.state, MachineRollout::kWaiting);
}

TEST_F(RolloutsTest, WhoMayNotEverywhereGetsTheMachinesThatHaveTheTagsNow) {
  const auto prod = AddMachine("mi-prod", Agent::kOurs, {{"env", "prod"}});
  AddFleet(2);
  StartRolloutIn in = All();
  in.resource_tags = {{"env", "prod"}};
  in.judged = true;
  in.terms.follow = true;
  EXPECT_EQ(ReasonOf(Change(StartRollout, in)), "Forbidden.RAM");
  in.terms.follow = false;
  const auto started = Change(StartRollout, in);
  ASSERT_TRUE(started);
  AddMachine("mi-later", Agent::kOurs, {{"env", "prod"}});
  Step();
  EXPECT_EQ(Of(started->id).targets, model::RolloutTargets::kNamed);
  EXPECT_EQ(Counts(started->id).total(), 1);
  EXPECT_EQ(RowOf(started->id, prod).row.state, MachineRollout::kWaiting);
}

TEST_F(RolloutsTest, ManyMachinesAreNotedInSlices) {
  Edit([](store::Tx& tx) {
    for (int i = 0; i < 4'500; ++i) {
      model::Machine machine;
      machine.id = InstanceId("mi-" + std::to_string(i));
      machine.assist_protocol = 1;
      tx.InsertMachine(machine);
    }
  });
  const auto started = Change(StartRollout, All());
  ASSERT_TRUE(started);
  EXPECT_EQ(ReasonOf(Change(PauseRollout, PauseRolloutIn{started->id, false})), "InvalidAgentRollout.State");
  const auto key = Read(FindRollouts, FindRolloutsIn{})->rollouts.at(0);
  for (const std::int64_t noted : {2'000, 4'000, 4'500}) {
    EXPECT_EQ(StateNow(started->id), RolloutState::kPreparing);
    const auto out = Change(StepRollout, *Read(LookAtRollout, LookAtRolloutIn{key}));
    ASSERT_TRUE(out);
    EXPECT_EQ(Counts(started->id).total(), noted);
  }
  EXPECT_EQ(StateNow(started->id), RolloutState::kRunning);
}

}  // namespace
}  // namespace assist::server::control
