#include "server/control/runner.h"

#include "server/control/access_keys.h"
#include "server/control/describe_commands.h"
#include "server/control/fake_loop.h"
#include "server/control/housekeeping.h"
#include "server/control/stop_invocation.h"

namespace assist::server::control {
namespace {

class RunnerTest : public LoopTest {
 protected:
  static CreateCommandIn Script() {
    CreateCommandIn in;
    in.name = "n";
    in.content = Secret<std::string>("x");
    return in;
  }
  std::int64_t Commands() { return Read(DescribeCommands, DescribeCommandsIn{})->total; }
  std::vector<InstanceId> ManyMachines(int count) {
    std::vector<InstanceId> ids;
    Edit([&](store::Tx& tx) {
      for (int i = 0; i < count; ++i) {
        model::Machine machine;
        machine.id = InstanceId("mi-" + std::to_string(i));
        machine.assist_protocol = 1;
        machine.tags = {{"all", "yes"}};
        tx.InsertMachine(machine);
        ids.push_back(machine.id);
      }
    });
    return ids;
  }
};

TEST_F(RunnerTest, AChangeIsCommittedAndItsEffectsHappenBeforeTheAnswer) {
  const auto a = AddMachine("mi-a");
  const auto out = Await(runner().Change(StartInvocation, RunOn({a})));
  ASSERT_TRUE(out);
  EXPECT_EQ(waker_.woken, (std::vector<std::string>{"mi-a"}));
  Look([&](store::ReadTx& tx) { EXPECT_TRUE(tx.FindInvocation(out->invocation)); });
}

TEST_F(RunnerTest, ReadersSeeTheirOwnWrites) {
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(Await(runner().Change(CreateCommand, Script())));
    EXPECT_EQ(Await(runner().Read(DescribeCommands, DescribeCommandsIn{}))->total, i);
  }
}

TEST_F(RunnerTest, ARefusalIsAnAnswerAndLeavesNothingBehind) {
  const auto a = AddMachine("mi-a");
  const auto out = Await(runner().Change(StartInvocation, RunOn({a, InstanceId("mi-x")})));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().reason, "InvalidInstance.NotFound");
  EXPECT_TRUE(waker_.woken.empty());
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.CountInvocations(), 0); });
}

TEST_F(RunnerTest, ANonceIsUsedUpWithTheChangeAlsoWhenItIsRefused) {
  const Nonce nonce{std::string("key\0nonce", 9)};
  EXPECT_TRUE(Await(runner().Change(CreateCommand, Script(), Origin{nonce, {}})));
  EXPECT_EQ(Await(runner().Change(CreateCommand, Script(), Origin{nonce, {}})).error().reason, "SignatureNonceUsed");
  EXPECT_EQ(Commands(), 1);
  const Nonce other{"other"};
  EXPECT_EQ(Await(runner().Change(DeleteAccessKey, AccessKeyIn{"none"}, Origin{other, {}})).error().reason,
            "InvalidAccessKeyId.NotFound");
  EXPECT_EQ(Await(runner().Change(CreateCommand, Script(), Origin{other, {}})).error().reason, "SignatureNonceUsed");
  clock_.Advance(settings_.limits.nonce_life);
  EXPECT_TRUE(Await(runner().Change(CreateCommand, Script(), Origin{nonce, {}})));
}

TEST_F(RunnerTest, AStoreThatCannotTakeItIsUnavailableAndNothingHappened) {
  ASSERT_TRUE(store_->Close());
  const auto out = Await(runner().Change(CreateCommand, Script()));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, Errc::kUnavailable);
  EXPECT_EQ(Await(runner().Read(DescribeCommands, DescribeCommandsIn{})).error().code, Errc::kUnavailable);
}

TEST_F(RunnerTest, AChangeGoesOnWhenItsCallerIsGone) {
  const auto a = AddMachine("mi-a");
  {
    asio::io_context gone;
    asio::co_spawn(gone, runner().Change(StartInvocation, RunOn({a})),
                   [](std::exception_ptr, Result<StartInvocationOut>) {});
    gone.poll();
    ASSERT_GT(writer_.size(), 0u);
    // The batch runs while the caller still exists, and it is never resumed.
    RunPools();
  }
  EXPECT_EQ(waker_.woken, (std::vector<std::string>{"mi-a"}));
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.CountInvocations(), 1); });
}

TEST_F(RunnerTest, AWholeInvocationIsWrittenInSlicesAndEveryMachineIsWoken) {
  const auto ids = ManyMachines(4'100);
  auto in = RunOn(ids);
  const auto out = Await(StartWholeInvocation(runner(), in, Origin()));
  ASSERT_TRUE(out);
  EXPECT_FALSE(out->creating);
  EXPECT_EQ(out->targets, 4'100);
  EXPECT_EQ(std::set<std::string>(waker_.woken.begin(), waker_.woken.end()).size(), 4'100u);
  EXPECT_LE(waker_.largest, 2'000u);
  Look([&](store::ReadTx& tx) {
    const auto row = tx.FindInvocation(out->invocation);
    EXPECT_EQ(row->counts.of(model::TaskState::kPending), 4'100);
    EXPECT_FALSE(row->creating);
  });
  auto by_tag = RunOn({});
  by_tag.resource_tags = {{"all", "yes"}};
  EXPECT_EQ(Await(StartWholeInvocation(runner(), by_tag, Origin()))->targets, 4'100);
  auto wrong = RunOn(ids);
  wrong.instances.push_back(InstanceId("mi-x"));
  EXPECT_EQ(ReasonOf(Await(StartWholeInvocation(runner(), wrong, Origin()))), "InvalidInstance.NotFound");
}

TEST_F(RunnerTest, WhatACrashLeftHalfWrittenIsCompletedAndWoken) {
  const auto ids = ManyMachines(2'500);
  const auto first = Await(runner().Change(StartInvocation, RunOn(ids)));
  ASSERT_TRUE(first->creating);
  ASSERT_TRUE(Await(CompleteInvocation(runner(), first->invocation)));
  EXPECT_EQ(waker_.woken.size(), 2'500u);
  Look([&](store::ReadTx& tx) { EXPECT_EQ(tx.FindInvocation(first->invocation)->counts.total(), 2'500); });
}

TEST_F(RunnerTest, AStopOfAHalfWrittenInvocationStopsAllOfIt) {
  const auto ids = ManyMachines(4'100);
  const auto first = Await(runner().Change(StartInvocation, RunOn(ids)));
  ASSERT_TRUE(first->creating);
  const Nonce nonce{"n"};
  ASSERT_TRUE(Await(StopWholeInvocation(runner(), StopInvocationIn{first->invocation, {}}, Origin{nonce, {}})));
  Look([&](store::ReadTx& tx) {
    EXPECT_EQ(tx.FindInvocation(first->invocation)->counts.of(model::TaskState::kCancelled), 4'100);
  });
  EXPECT_EQ(
      Await(StopWholeInvocation(runner(), StopInvocationIn{first->invocation, {}}, Origin{nonce, {}})).error().reason,
      "SignatureNonceUsed");
  EXPECT_EQ(Await(StopWholeInvocation(runner(), StopInvocationIn{InvokeId("t-x"), {}}, Origin{Nonce{"m"}, {}}))
                .error()
                .reason,
            "InvalidInvokeId.NotFound");
}

TEST_F(RunnerTest, AStopThatFailsInTheMiddleIsASuccessAndGoesOnAfterARestart) {
  const auto ids = ManyMachines(4'100);
  const auto task = Await(StartWholeInvocation(runner(), RunOn(ids), Origin()))->invocation;
  Fetch(ids[7]);
  waker_.woken.clear();
  const auto out =
      AwaitWithTheStoreLost(StopWholeInvocation(runner(), StopInvocationIn{task, {}}, Origin{Nonce{"n"}, {}}), 1);
  ASSERT_TRUE(out) << out.error().detail;
  EXPECT_TRUE(out->more);
  Restart();
  const auto cancelled = [&] {
    std::int64_t count = 0;
    Look([&](store::ReadTx& tx) { count = tx.FindInvocation(task)->counts.of(model::TaskState::kCancelled); });
    return count;
  };
  EXPECT_EQ(cancelled(), 2'000 - (TaskOf(task, ids[7]).progress.state == model::TaskState::kStopping ? 1 : 0));
  // What is not stopped yet does not start either.
  for (const InstanceId& id : {ids.front(), ids[7], ids[2'050], ids.back()})
    EXPECT_TRUE(Fetch(id).run.empty()) << id.str();
  EXPECT_EQ(Read(FindUnfinished, FindUnfinishedIn{})->invocations, (std::vector<InvokeId>{task}));
  ASSERT_TRUE(Await(CompleteInvocation(runner(), task)));
  EXPECT_EQ(cancelled(), 4'099);
  EXPECT_EQ(StateOf(task, ids[7]), model::TaskState::kStopping) << "it had gone out";
  EXPECT_EQ(std::set<std::string>(waker_.woken.begin(), waker_.woken.end()), (std::set<std::string>{ids[7].str()}));
  EXPECT_TRUE(Read(FindUnfinished, FindUnfinishedIn{})->invocations.empty());
}

TEST_F(RunnerTest, AStopOfManyNamedMachinesGoesOnAfterARestartAndTheOthersStart) {
  const auto ids = ManyMachines(2'502);
  const auto task = Await(StartWholeInvocation(runner(), RunOn(ids), Origin()))->invocation;
  StopInvocationIn in{task, {ids.begin(), ids.end() - 1}};
  auto wrong = in;
  wrong.instances.push_back(InstanceId("mi-x"));
  EXPECT_EQ(ReasonOf(Await(StopWholeInvocation(runner(), wrong, Origin()))), "InvalidInstanceId.NotFound");
  ASSERT_TRUE(AwaitWithTheStoreLost(StopWholeInvocation(runner(), in, Origin()), 1));
  Restart();
  EXPECT_TRUE(Fetch(ids.back()).run.empty()) << "until the stop is worked off";
  waker_.woken.clear();
  ASSERT_TRUE(Await(CompleteInvocation(runner(), task)));
  EXPECT_EQ(waker_.woken, (std::vector<std::string>{ids.back().str()}));
  EXPECT_EQ(Fetch(ids.back()).run.size(), 1u);
  Look([&](store::ReadTx& tx) { EXPECT_EQ(tx.FindInvocation(task)->counts.of(model::TaskState::kCancelled), 2'501); });
}

TEST_F(RunnerTest, AStopOfAHalfWrittenInvocationIsKeptAndAgentsNeverSeeIt) {
  const auto ids = ManyMachines(4'100);
  const auto first = Await(runner().Change(StartInvocation, RunOn(ids)));
  const StopInvocationIn in{first->invocation, {}};
  ASSERT_TRUE(AwaitWithTheStoreLost(StopWholeInvocation(runner(), in, Origin()), 1));
  Restart();
  for (ContinueInvocationIn next{first->invocation}; Await(runner().Change(ContinueInvocation, next))->more;) {
    for (const InstanceId& id : {ids.front(), ids[2'050], ids.back()}) EXPECT_TRUE(Fetch(id).run.empty()) << id.str();
  }
  Look([&](store::ReadTx& tx) {
    const auto row = tx.FindInvocation(first->invocation);
    EXPECT_EQ(row->counts.of(model::TaskState::kCancelled), 4'100);
    EXPECT_TRUE(row->finished);
  });
}

TEST_F(RunnerTest, AStartThatFailsInTheMiddleIsASuccessAndARepeatWithItsTokenIsTheSame) {
  const auto ids = ManyMachines(4'100);
  auto in = RunOn(ids);
  in.client_token = {"token", std::string(32, 'h'), "me"};
  const auto lost = AwaitWithTheStoreLost(StartWholeInvocation(runner(), in, Origin{Nonce{"n"}, {}}), 2);
  ASSERT_TRUE(lost) << lost.error().detail;
  EXPECT_TRUE(lost->creating);
  Restart();
  Look([&](store::ReadTx& tx) { EXPECT_EQ(tx.FindInvocation(lost->invocation)->counts.total(), 4'000); });
  const auto again = Await(StartWholeInvocation(runner(), in, Origin{Nonce{"m"}, {}}));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->invocation, lost->invocation);
  EXPECT_EQ(again->command, lost->command);
  EXPECT_FALSE(again->creating);
  Look([&](store::ReadTx& tx) {
    EXPECT_EQ(tx.CountInvocations(), 1);
    EXPECT_EQ(tx.FindInvocation(lost->invocation)->counts.of(model::TaskState::kPending), 4'100);
  });
  EXPECT_EQ(std::set<std::string>(waker_.woken.begin(), waker_.woken.end()).size(), 4'100u);
  EXPECT_EQ(Fetch(ids.front()).run.size(), 1u);
}

}  // namespace
}  // namespace assist::server::control
