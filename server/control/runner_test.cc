#include "server/control/runner.h"

#include "server/control/access_keys.h"
#include "server/control/describe_commands.h"
#include "server/control/fake_loop.h"
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
  const auto out = Await(runner_.Change(StartInvocation, RunOn({a})));
  ASSERT_TRUE(out);
  EXPECT_EQ(waker_.woken, (std::vector<std::string>{"mi-a"}));
  Look([&](store::ReadTx& tx) { EXPECT_TRUE(tx.FindInvocation(out->invocation)); });
}

TEST_F(RunnerTest, ReadersSeeTheirOwnWrites) {
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(Await(runner_.Change(CreateCommand, Script())));
    EXPECT_EQ(Await(runner_.Read(DescribeCommands, DescribeCommandsIn{}))->total, i);
  }
}

TEST_F(RunnerTest, ARefusalIsAnAnswerAndLeavesNothingBehind) {
  const auto a = AddMachine("mi-a");
  const auto out = Await(runner_.Change(StartInvocation, RunOn({a, InstanceId("mi-x")})));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().reason, "InvalidInstance.NotFound");
  EXPECT_TRUE(waker_.woken.empty());
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.CountInvocations(), 0); });
}

TEST_F(RunnerTest, ANonceIsUsedUpWithTheChangeAlsoWhenItIsRefused) {
  const Nonce nonce{std::string("key\0nonce", 9)};
  EXPECT_TRUE(Await(runner_.Change(CreateCommand, Script(), nonce)));
  EXPECT_EQ(Await(runner_.Change(CreateCommand, Script(), nonce)).error().reason, "SignatureNonceUsed");
  EXPECT_EQ(Commands(), 1);
  const Nonce other{"other"};
  EXPECT_EQ(Await(runner_.Change(DeleteAccessKey, AccessKeyIn{"none"}, other)).error().reason,
            "InvalidAccessKeyId.NotFound");
  EXPECT_EQ(Await(runner_.Change(CreateCommand, Script(), other)).error().reason, "SignatureNonceUsed");
  clock_.Advance(settings_.limits.nonce_life);
  EXPECT_TRUE(Await(runner_.Change(CreateCommand, Script(), nonce)));
}

TEST_F(RunnerTest, AStoreThatCannotTakeItIsUnavailableAndNothingHappened) {
  ASSERT_TRUE(store_->Close());
  const auto out = Await(runner_.Change(CreateCommand, Script()));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, Errc::kUnavailable);
  EXPECT_EQ(Await(runner_.Read(DescribeCommands, DescribeCommandsIn{})).error().code, Errc::kUnavailable);
}

TEST_F(RunnerTest, AChangeGoesOnWhenItsCallerIsGone) {
  const auto a = AddMachine("mi-a");
  {
    asio::io_context gone;
    asio::co_spawn(gone, runner_.Change(StartInvocation, RunOn({a})),
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
  const auto out = Await(StartWholeInvocation(runner_, in, std::nullopt));
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
  EXPECT_EQ(Await(StartWholeInvocation(runner_, by_tag, std::nullopt))->targets, 4'100);
  auto wrong = RunOn(ids);
  wrong.instances.push_back(InstanceId("mi-x"));
  EXPECT_EQ(ReasonOf(Await(StartWholeInvocation(runner_, wrong, std::nullopt))), "InvalidInstance.NotFound");
}

TEST_F(RunnerTest, WhatACrashLeftHalfWrittenIsCompletedAndWoken) {
  const auto ids = ManyMachines(2'500);
  const auto first = Await(runner_.Change(StartInvocation, RunOn(ids)));
  ASSERT_TRUE(first->creating);
  ASSERT_TRUE(Await(CompleteInvocation(runner_, first->invocation)));
  EXPECT_EQ(waker_.woken.size(), 2'500u);
  Look([&](store::ReadTx& tx) { EXPECT_EQ(tx.FindInvocation(first->invocation)->counts.total(), 2'500); });
}

TEST_F(RunnerTest, AStopOfAHalfWrittenInvocationStopsAllOfIt) {
  const auto ids = ManyMachines(4'100);
  const auto first = Await(runner_.Change(StartInvocation, RunOn(ids)));
  ASSERT_TRUE(first->creating);
  const Nonce nonce{"n"};
  ASSERT_TRUE(Await(StopWholeInvocation(runner_, StopInvocationIn{first->invocation, {}, 0}, nonce)));
  Look([&](store::ReadTx& tx) {
    EXPECT_EQ(tx.FindInvocation(first->invocation)->counts.of(model::TaskState::kCancelled), 4'100);
  });
  EXPECT_EQ(Await(StopWholeInvocation(runner_, StopInvocationIn{first->invocation, {}, 0}, nonce)).error().reason,
            "SignatureNonceUsed");
  EXPECT_EQ(Await(StopWholeInvocation(runner_, StopInvocationIn{InvokeId("t-x"), {}, 0}, Nonce{"m"})).error().reason,
            "InvalidInvokeId.NotFound");
}

}  // namespace
}  // namespace assist::server::control
