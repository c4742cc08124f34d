#include "server/control/bindings.h"

#include "server/control/fake_schedules.h"
#include "server/control/machines.h"

namespace assist::server::control {
namespace {

class BindingsTest : public SchedulesOn<ControlTest> {
 protected:
  BindAddressOut Bind(const std::string& address, const std::string& id = "") {
    BindAddressIn in;
    in.address = address;
    in.instance = InstanceId(id);
    const auto out = Change(BindAddress, in);
    EXPECT_TRUE(out) << out.error().detail;
    return out.value_or(BindAddressOut{});
  }
  std::string RefusedBind(const std::string& address, const std::string& id) {
    BindAddressIn in;
    in.address = address;
    in.instance = InstanceId(id);
    return ReasonOf(Change(BindAddress, in));
  }
  std::optional<model::Machine> At(const std::string& address) {
    return Read(LoadMachineAt, LoadMachineAtIn{address})->machine;
  }
  FetchTasksOut FetchAs(const InstanceId& machine, FetchTasksIn::Which which, bool all_schedules = false) {
    FetchTasksIn in;
    in.machine = machine;
    in.cpp = true;
    in.which = which;
    in.all_schedules = all_schedules;
    auto out = Change(FetchTasks, in);
    EXPECT_TRUE(out);
    return std::move(*out);
  }
};

using Which = FetchTasksIn::Which;

TEST_F(BindingsTest, AnAddressIsANewMachineOrOneMoreOfAnOldOne) {
  const auto first = Bind("192.0.2.1");
  EXPECT_TRUE(first.created);
  EXPECT_TRUE(first.instance.str().starts_with("mi-"));
  EXPECT_EQ(At("192.0.2.1")->key_type, model::KeyType::kAddress);
  EXPECT_EQ(At("192.0.2.1")->name, "192.0.2.1");
  const auto second = Bind("192.0.2.2", first.instance.str());
  EXPECT_FALSE(second.created);
  EXPECT_EQ(At("192.0.2.2")->id, first.instance);
  const auto kept = Bind("192.0.2.3", "i-bp67acfmxazb4ph000");
  EXPECT_TRUE(kept.created);
  EXPECT_EQ(kept.instance.str(), "i-bp67acfmxazb4ph000");
  EXPECT_FALSE(Bind("192.0.2.3", "i-bp67acfmxazb4ph000").created) << "the same again";
  EXPECT_EQ(Read(ListBindings, ListBindingsIn{})->bindings.size(), 3u);
  EXPECT_FALSE(At("192.0.2.4"));
}

TEST_F(BindingsTest, WhatWouldWeakenOrConfuseIsRefused) {
  AddMachine("mi-keyed", Agent::kStock);
  EXPECT_EQ(RefusedBind("192.0.2.1", "mi-keyed"), "Binding.HasKey");
  const auto bound = Bind("192.0.2.1");
  EXPECT_EQ(RefusedBind("192.0.2.1", ""), "Binding.Taken");
  EXPECT_EQ(RefusedBind("192.0.2.1", "i-other"), "Binding.Taken");
  for (const char* id : {"web-1", "i-a b", "i-\n", "mi-/../x"}) {
    EXPECT_EQ(RefusedBind("192.0.2.9", id), "InvalidInstanceId.Malformed") << id;
  }
  for (int i = 2; i <= 16; ++i) Bind("192.0.2." + std::to_string(i), bound.instance.str());
  EXPECT_EQ(RefusedBind("192.0.2.17", bound.instance.str()), "Binding.TooMany");
  settings_.limits.machines = 2;
  EXPECT_EQ(RefusedBind("192.0.2.18", ""), "ManagedInstanceCountExceedLimit");
}

TEST_F(BindingsTest, AFreedAddressIsNobodyAndSoAreThoseOfAMachineThatLeft) {
  const auto bound = Bind("192.0.2.1");
  ASSERT_TRUE(Change(UnbindAddress, UnbindAddressIn{"192.0.2.1"}));
  EXPECT_FALSE(At("192.0.2.1"));
  EXPECT_EQ(ReasonOf(Change(UnbindAddress, UnbindAddressIn{"192.0.2.1"})), "Binding.NotFound");
  Bind("192.0.2.1", bound.instance.str());
  ASSERT_TRUE(Change(DeregisterManagedInstance, DeregisterManagedInstanceIn{bound.instance, {}}));
  EXPECT_FALSE(At("192.0.2.1"));
  EXPECT_EQ(RefusedBind("192.0.2.1", bound.instance.str()), "InvalidInstance.NotFound");
}

TEST_F(BindingsTest, AnAgentThatTellsNothingOfItsRunsGetsATaskOnce) {
  const InstanceId id = Bind("192.0.2.1").instance;
  const InvokeId task = Start({id});
  EXPECT_TRUE(FetchAs(id, Which::kSchedules, true).run.empty());
  EXPECT_TRUE(FetchAs(id, Which::kStops).run.empty());
  EXPECT_EQ(RunsOf(FetchAs(id, Which::kRuns)), std::vector<std::string>{task.str()});
  EXPECT_TRUE(FetchAs(id, Which::kRuns).run.empty()) << "it may be another run of the agent";
  EXPECT_TRUE(FetchAs(id, Which::kAll).run.empty());
}

TEST_F(BindingsTest, ATaskThatTheAgentWouldRunOtherwiseIsNotHandedOut) {
  const InstanceId id = Bind("192.0.2.1").instance;
  StartInvocationIn user = RunOn({id});
  user.username = "nobody";
  StartInvocationIn container = RunOn({id});
  container.container_name = "web";
  for (const StartInvocationIn& in : {user, container}) {
    const auto started = Change(StartInvocation, in);
    ASSERT_TRUE(started) << started.error().detail;
    EXPECT_TRUE(FetchAs(id, Which::kRuns).run.empty());
    const auto progress = TaskOf(started->invocation, id).progress;
    EXPECT_EQ(progress.state, model::TaskState::kAborted);
    EXPECT_EQ(progress.error_code, model::ErrorCode::kClientNeedUpgrade);
    EXPECT_EQ(progress.outcome, model::Outcome::kFinal);
  }
}

TEST_F(BindingsTest, AGoAgentBeforeContainersDoesNotGetAContainersTask) {
  for (const auto& [version, fits] : {std::pair{"2.2.3.317", false}, {"2.2.3.349", true}}) {
    model::Machine machine;
    machine.id = InstanceId(std::string("mi-") + version);
    machine.agent_version = version;
    machine.registered = clock_.Now();
    Edit([&](store::Tx& tx) { tx.InsertMachine(machine); });
    StartInvocationIn in = RunOn({machine.id});
    in.container_name = "web";
    const auto started = Change(StartInvocation, in);
    ASSERT_TRUE(started);
    EXPECT_EQ(Fetch(machine.id).run.size(), fits ? 1u : 0u) << version;
    EXPECT_EQ(StateOf(started->invocation, machine.id), fits ? model::TaskState::kPending : model::TaskState::kAborted);
  }
}

TEST_F(BindingsTest, SchedulesAreHandedOutAgainWhenAllAreAskedForAndStoppedByTheirOwnList) {
  const InstanceId id = Bind("192.0.2.1").instance;
  const InvokeId schedule = StartEvery({id});
  const InvokeId rate = StartEvery({id}, "rate(60s)");
  const std::vector<std::string> only{schedule.str()};
  EXPECT_EQ(RunsOf(FetchAs(id, Which::kSchedules, true)), only);
  EXPECT_EQ(RunsOf(FetchAs(id, Which::kSchedules, true)), only);
  EXPECT_EQ(StateOf(rate, id), model::TaskState::kAborted) << "cron alone is known";
  RecordReportIn end = ReportOf(id, schedule, model::ReportKind::kFinish, "one\n");
  end.report.start.reset();
  end.report.end.reset();
  end.untimed = true;
  Report(end);
  GoTo(clock_.Now() + std::chrono::minutes(1));
  end.output = Secret<std::string>("two\n");
  Report(end);
  Look([&](store::ReadTx& tx) {
    const auto runs =
        tx.LatestOccurrences(tx.FindTask(tx.FindInvocation(schedule)->key, tx.FindMachine(id)->key)->key, 9);
    ASSERT_EQ(runs.size(), 2u);
    EXPECT_EQ(runs[0].progress.state, model::TaskState::kSuccess);
    EXPECT_NE(runs[0].progress.start, runs[1].progress.start);
  });
  EXPECT_EQ(RunsOf(FetchAs(id, Which::kSchedules, true)), only) << "it has run, and goes on";
  ASSERT_TRUE(Change(StopInvocation, StopInvocationIn{schedule, {}}));
  EXPECT_TRUE(FetchAs(id, Which::kSchedules, true).run.empty());
  EXPECT_EQ(FetchAs(id, Which::kStops).stop.size(), 1u);
  RecordReportIn stopped = ReportOf(id, schedule, model::ReportKind::kStopped);
  stopped.report.start.reset();
  stopped.untimed = true;
  Report(stopped);
  EXPECT_TRUE(model::IsFinal(StateOf(schedule, id)));
}

}  // namespace
}  // namespace assist::server::control
