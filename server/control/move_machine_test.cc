#include "server/control/move_machine.h"

#include "common/crypto/hash.h"
#include "server/control/activations.h"
#include "server/control/bindings.h"
#include "server/control/fake_schedules.h"

namespace assist::server::control {
namespace {

using model::ReportKind;
using model::TaskState;
using std::chrono::minutes;
using std::chrono::seconds;

class MoveMachineTest : public SchedulesTest {
 protected:
  MoveMachineTest() { stock_ = AddStock("mi-stock"); }

  AllowMoveOut Allow(minutes life = minutes(30)) {
    const auto out = Change(AllowMove, AllowMoveIn{stock_, life});
    EXPECT_TRUE(out) << out.error().detail;
    return out.value_or(AllowMoveOut{});
  }
  static RegisterMachineIn With(const Secret<std::string>& code, const std::string& key = "new key") {
    RegisterMachineIn in;
    in.move_code = code;
    in.machine_id = "new machine id";
    in.hostname = "host";
    in.instance_name = "not taken";
    in.agent_version = "1.0.0";
    in.public_key = key;
    in.key_type = model::KeyType::kEd25519;
    in.assist_protocol = 1;
    in.tags = {{"not", "taken"}};
    return in;
  }
  void Move() {
    const auto out = Change(RegisterMachine, With(Allow().code));
    ASSERT_TRUE(out) << out.error().detail;
    EXPECT_EQ(out->instance, stock_);
    EXPECT_TRUE(out->moved);
  }
  model::Machine Machine() {
    std::optional<model::Machine> out;
    Look([&](store::ReadTx& tx) { out = tx.FindMachine(stock_); });
    return out.value_or(model::Machine{});
  }
  InstanceId stock_;
};

TEST_F(MoveMachineTest, TheMachineKeepsWhatIsItsOwnAndHasAnotherKey) {
  InstanceId tagged = AddMachine("mi-tagged", Agent::kStock, {{"role", "web"}});
  std::swap(stock_, tagged);
  Move();
  const model::Machine machine = Machine();
  EXPECT_EQ(machine.public_key, "new key");
  EXPECT_EQ(machine.key_type, model::KeyType::kEd25519);
  EXPECT_TRUE(machine.is_ours());
  EXPECT_EQ(machine.machine_id, "new machine id");
  EXPECT_EQ(machine.agent_version, "1.0.0");
  EXPECT_EQ(machine.name, "name-mi-tagged");
  EXPECT_EQ(machine.tags, (model::Tags{{"role", "web"}}));
  EXPECT_EQ(notes_.events, std::vector<std::string>{"machine.moved"});
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.CountMachines(), 2) << "none is new"; });
}

TEST_F(MoveMachineTest, ACodeIsGoodOnceInItsTimeAndForItsMachine) {
  const AllowMoveOut first = Allow();
  EXPECT_EQ(first.code.Reveal().size(), 34u);
  const AllowMoveOut second = Allow(minutes(1));
  EXPECT_EQ(ReasonOf(Change(RegisterMachine, With(first.code))), "Move.Refused") << "a newer one voids it";
  EXPECT_EQ(ReasonOf(Change(RegisterMachine, With(Secret<std::string>("m-guess")))), "Move.Refused");
  clock_.Advance(minutes(1));
  EXPECT_EQ(ReasonOf(Change(RegisterMachine, With(second.code))), "Move.Refused") << "its time is over";
  const AllowMoveOut third = Allow();
  ASSERT_TRUE(Change(RegisterMachine, With(third.code)));
  EXPECT_EQ(ReasonOf(Change(RegisterMachine, With(third.code, "another key"))), "Move.Refused") << "it was used";
  const auto again = Change(RegisterMachine, With(third.code));
  ASSERT_TRUE(again) << "the answer was lost, the same agent asks again";
  EXPECT_EQ(again->instance, stock_);
  EXPECT_FALSE(again->moved);
  EXPECT_EQ(Machine().public_key, "new key");
}

TEST_F(MoveMachineTest, AnAgentOfOursThatLostItsIdentityGetsANewOne) {
  const InvokeId task = Start({stock_});
  Move();
  Fetch(stock_, 0, true, 1000);
  Accept(stock_, task);
  const InvokeId waits = Start({stock_});
  ASSERT_TRUE(Change(RegisterMachine, With(Allow().code, "newest key")));
  EXPECT_EQ(Machine().public_key, "newest key");
  EXPECT_EQ(TaskOf(task, stock_).progress.outcome, model::Outcome::kUnknown);
  EXPECT_EQ(RunsOf(Fetch(stock_, 0, true, 500)), std::vector<std::string>{waits.str()});
}

TEST_F(MoveMachineTest, WhoMayNotMoveWhere) {
  EXPECT_EQ(ReasonOf(Change(AllowMove, AllowMoveIn{InstanceId("mi-none"), minutes(30)})), "InvalidInstance.NotFound");
  EXPECT_EQ(ReasonOf(Change(AllowMove, AllowMoveIn{stock_, minutes(0)})), "Move.Time");
  EXPECT_EQ(ReasonOf(Change(AllowMove, AllowMoveIn{stock_, minutes(1441)})), "Move.Time");
  RegisterMachineIn in = With(Allow().code);
  in.key_type = model::KeyType::kRsaMd5;
  in.assist_protocol = 0;
  EXPECT_EQ(ReasonOf(Change(RegisterMachine, in)), "Move.NotOurs");
  in = With(Allow().code);
  in.os_type = model::OsType::kWindows;
  EXPECT_EQ(ReasonOf(Change(RegisterMachine, in)), "Move.System");
  const Secret<std::string> code = Allow().code;
  ASSERT_TRUE(Change(DeregisterMachine, DeregisterMachineIn{stock_}));
  EXPECT_EQ(ReasonOf(Change(RegisterMachine, With(code))), "Move.Refused");
}

TEST_F(MoveMachineTest, AnActivationCodeLeadsToNoMachineThatIsThere) {
  const Secret<std::string> code = Allow().code;
  const auto activation = Change(CreateActivation, CreateActivationIn{});
  ASSERT_TRUE(activation);
  RegisterMachineIn in = With(Secret<std::string>());
  in.activation = activation->id;
  in.code = activation->code;
  in.machine_id = Machine().machine_id;
  const auto out = Change(RegisterMachine, in);
  ASSERT_TRUE(out);
  EXPECT_NE(out->instance, stock_);
  EXPECT_FALSE(Machine().is_ours());
  in.code = code;  // nor is the one taken for the other
  EXPECT_EQ(ReasonOf(Change(RegisterMachine, in)), "Activation.Refused");
  EXPECT_EQ(ReasonOf(Change(RegisterMachine, With(activation->code))), "Move.Refused");
}

TEST_F(MoveMachineTest, WhatRanIsUnknownWhatWaitedIsForTheNewAgent) {
  const InvokeId running = Start({stock_});
  const InvokeId given = Start({stock_});
  StartInvocationIn twice = RunOn({stock_});
  twice.repeatable = true;
  const InvokeId repeatable = Change(StartInvocation, twice)->invocation;
  Fetch(stock_, std::nullopt, true, 1000);
  Report(ReportOf(stock_, running, ReportKind::kRunning, "half"));
  const InvokeId waits = Start({stock_});
  Move();
  EXPECT_EQ(TaskOf(running, stock_).progress.outcome, model::Outcome::kUnknown);
  EXPECT_EQ(TaskOf(given, stock_).progress.outcome, model::Outcome::kUnknown);
  const FetchTasksOut list = Fetch(stock_, 0, true, 500);  // its clock is behind that of the former agent
  EXPECT_TRUE(list.ours);
  EXPECT_EQ(RunsOf(list), (std::vector<std::string>{repeatable.str(), waits.str()}));
  EXPECT_EQ(list.run.back().delivery, 4) << "numbers go on";
  Accept(stock_, waits);
  EXPECT_EQ(RunsOf(Fetch(stock_, 4)), std::vector<std::string>{repeatable.str()});
  EXPECT_EQ(OutputOf(running, stock_), "half");
}

TEST_F(MoveMachineTest, SchedulesGoOnWithNewNumbers) {
  const InvokeId id = StartEvery({stock_});
  Fetch(stock_, std::nullopt, true, 1000);
  for (int minute = 1; minute <= 2; ++minute) {
    GoTo(Due(minute));
    RecordReportIn run = ReportOf(stock_, id, minute == 1 ? ReportKind::kFinish : ReportKind::kRunning);
    run.report.start = Due(minute);
    Report(run);
  }
  EXPECT_EQ(HistoryText(id, stock_), "1:Success 2:Running");
  Move();
  EXPECT_EQ(HistoryText(id, stock_), "1:Success 2:Error") << "nobody will tell any more";
  const FetchTasksOut list = Fetch(stock_, 0, true, 500);
  ASSERT_EQ(RunsOf(list), std::vector<std::string>{id.str()});
  EXPECT_EQ(list.run.front().delivery, 2) << "it is delivered anew";
  ASSERT_TRUE(list.run.front().schedule);
  EXPECT_EQ(list.run.front().schedule->next_occurrence, 3);
  EXPECT_TRUE(list.run.front().schedule->heard_until);
  Report(AcceptOf(stock_, id));
  Finish(stock_, id, 3);
  EXPECT_EQ(HistoryText(id, stock_), "1:Success 2:Error 3:Success");
  EXPECT_EQ(StateOf(id, stock_), TaskState::kScheduled);
  ExpectCountsRight(id);
}

TEST_F(MoveMachineTest, TheFormerAgentGetsAndChangesNothingThoughItWasJustVerified) {
  const InvokeId task = Start({stock_});
  Move();
  FetchTasksIn fetch;
  fetch.machine = stock_;
  fetch.key_hash = Sha256("");  // the test's stock machines have an empty key
  EXPECT_EQ(ReasonOf(Change(FetchTasks, fetch)), "Machine.Gone");
  RecordReportIn report = ReportOf(stock_, task, ReportKind::kFinish);
  report.key_hash = fetch.key_hash;
  EXPECT_EQ(Report(report).answer, RecordReportOut::Answer::kGone);
  DeregisterMachineIn leave{stock_};
  leave.key_hash = fetch.key_hash;
  EXPECT_TRUE(Change(DeregisterMachine, leave));
  EXPECT_FALSE(Machine().deregistered);
  EXPECT_EQ(StateOf(task, stock_), TaskState::kPending);
  fetch.key_hash = Sha256("new key");
  const auto list = Change(FetchTasks, fetch);
  ASSERT_TRUE(list);
  EXPECT_EQ(RunsOf(*list), std::vector<std::string>{task.str()});
}

TEST_F(MoveMachineTest, AMachineKnownByItsAddressIsNotKnownByItAnyMore) {
  BindAddressIn bind;
  bind.address = "192.0.2.7";
  const auto bound = Change(BindAddress, bind);
  ASSERT_TRUE(bound);
  stock_ = bound->instance;
  Move();
  Look([](store::ReadTx& tx) { EXPECT_FALSE(tx.FindMachineAt("192.0.2.7")); });
  bind.instance = stock_;
  EXPECT_EQ(ReasonOf(Change(BindAddress, bind)), "Binding.HasKey");
}

}  // namespace
}  // namespace assist::server::control
