#include "server/control/modify_invocation.h"

#include "server/control/fake_loop.h"
#include "server/control/fake_schedules.h"
#include "server/control/housekeeping.h"

namespace assist::server::control {
namespace {

using model::ReportKind;
using model::TaskState;
using std::chrono::seconds;

class ModifyInvocationTest : public SchedulesOn<LoopTest> {
 protected:
  ModifyInvocationTest() { a_ = AddMachine("mi-a"); }
  static ModifyInvocationIn To(const InvokeId& id, const std::string& frequency) {
    ModifyInvocationIn in;
    in.invocation = id;
    in.frequency = frequency;
    return in;
  }
  std::string Reason(const ModifyInvocationIn& in) { return ReasonOf(Change(ModifyInvocation, in)); }
  static ModifyInvocationIn Content(const InvokeId& id, const std::string& text) {
    ModifyInvocationIn in;
    in.invocation = id;
    in.content = Secret<std::string>(text);
    return in;
  }
  InstanceId a_;
};

TEST_F(ModifyInvocationTest, AChangeReachesTheAgentUnderANewNumberAndVersion) {
  const auto id = StartAndAccept(a_);
  Report(RunOfOccurrence(a_, id, 1, ReportKind::kRunning));
  waker_.woken.clear();
  ModifyInvocationIn in = To(id, "30 * * * * *");
  in.splay = seconds(7);
  in.overlap_policy = model::OverlapPolicy::kQueue;
  in.missed_policy = model::MissedPolicy::kRunOnce;
  const auto out = Change(ModifyInvocation, in);
  ASSERT_TRUE(out) << out.error().detail;
  EXPECT_EQ(out->version, 1);
  EXPECT_FALSE(out->spreading);
  EXPECT_EQ(out->command, InvocationOf(id).command_id);
  EXPECT_EQ(waker_.woken, std::vector<std::string>{"mi-a"});
  EXPECT_EQ(StateOf(id, a_), TaskState::kRunning);
  const auto list = Fetch(a_);
  ASSERT_EQ(list.run.size(), 1u);
  EXPECT_EQ(list.run[0].version, 1);
  EXPECT_EQ(list.run[0].delivery, 2);
  EXPECT_EQ(list.run[0].cron, "30 * * * * *");
  EXPECT_EQ(list.run[0].schedule->splay, seconds(7));
  EXPECT_EQ(list.run[0].schedule->overlap, model::OverlapPolicy::kQueue);
  EXPECT_EQ(list.run[0].schedule->missed, model::MissedPolicy::kRunOnce);
  EXPECT_EQ(list.run[0].schedule->next_occurrence, 2);
  Report(RunOfOccurrence(a_, id, 1, ReportKind::kFinish));  // of the former version
  EXPECT_EQ(Fetch(a_).run.size(), 1u);
  Report(AcceptOf(a_, id, 1));
  EXPECT_TRUE(Fetch(a_).run.empty());
  EXPECT_EQ(MarksOf(id, a_).accepted_version, 1);
  EXPECT_EQ(StateOf(id, a_), TaskState::kScheduled);
}

TEST_F(ModifyInvocationTest, NothingGivenOrNothingNewChangesNothing) {
  const auto id = StartAndAccept(a_);
  waker_.woken.clear();
  ModifyInvocationIn in;
  in.invocation = id;
  EXPECT_EQ(Change(ModifyInvocation, in)->version, 0);
  EXPECT_EQ(Change(ModifyInvocation, To(id, std::string(kEveryMinute)))->version, 0);
  EXPECT_EQ(Change(ModifyInvocation, Content(id, "echo 123"))->version, 0);
  EXPECT_TRUE(waker_.woken.empty());
  EXPECT_TRUE(Fetch(a_).run.empty());
}

TEST_F(ModifyInvocationTest, NewContentIsANewCommandKeptWhereTheFormerOneWas) {
  const auto inline_one = StartAndAccept(a_);
  const auto before = InvocationOf(inline_one).command_id;
  const auto out = Change(ModifyInvocation, Content(inline_one, "echo 456"));
  ASSERT_TRUE(out);
  EXPECT_NE(out->command, before);
  EXPECT_EQ(InvocationOf(inline_one).command_id, out->command);
  EXPECT_EQ(Fetch(a_).run.at(0).content.Reveal(), "echo 456");
  Look([&](store::ReadTx& tx) { EXPECT_FALSE(tx.FindCommand(out->command)); });

  CreateCommandIn create;
  create.name = "kept";
  create.content = Secret<std::string>("echo a");
  const auto command = Change(CreateCommand, create);
  ASSERT_TRUE(command);
  StartInvocationIn in = Every({a_});
  in.command = command->id;
  const auto stored = Change(StartInvocation, in)->invocation;
  const auto changed = Change(ModifyInvocation, Content(stored, "echo b"));
  ASSERT_TRUE(changed) << changed.error().detail;
  Look([&](store::ReadTx& tx) {
    const auto found = tx.FindCommand(changed->command);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->name, "kept");
    EXPECT_EQ(tx.LoadContent(found->content), "echo b");
    EXPECT_EQ(tx.LoadContent(tx.FindCommand(command->id)->content), "echo a");
    EXPECT_EQ(tx.CountCommands(), 2);
  });
  settings_.limits.commands = 2;
  EXPECT_EQ(Reason(Content(stored, "echo c")), "CommandLimitExceeded");
  EXPECT_EQ(Reason(Content(inline_one, "echo c")), "") << "it is not kept";
}

TEST_F(ModifyInvocationTest, ParametersAreFilledInAnew) {
  StartInvocationIn in = Every({a_});
  InlineCommand command;
  command.content = Secret<std::string>("echo {{who}}");
  command.enable_parameter = true;
  in.command = command;
  in.has_parameters = true;
  in.parameters = Secret<model::Parameters>(model::Parameters{{"who", "one"}});
  in.parameters_json = Secret<std::string>(R"({"who":"one"})");
  const auto id = Change(StartInvocation, in)->invocation;
  EXPECT_EQ(Fetch(a_).run.at(0).content.Reveal(), "echo one");
  ModifyInvocationIn change;
  change.invocation = id;
  change.parameters = Secret<model::Parameters>(model::Parameters{{"who", "two"}});
  change.parameters_json = Secret<std::string>(R"({"who":"two"})");
  const auto command_id = InvocationOf(id).command_id;
  EXPECT_EQ(Change(ModifyInvocation, change)->command, command_id) << "the content is the same";
  EXPECT_EQ(Fetch(a_).run.at(0).content.Reveal(), "echo two");
  EXPECT_EQ(InvocationOf(id).parameters.Reveal(), R"({"who":"two"})");
  ASSERT_TRUE(Change(ModifyInvocation, Content(id, "print {{who}}"))) << "with the values that it has";
  EXPECT_EQ(Fetch(a_).run.at(0).content.Reveal(), "print two");
  change.parameters = Secret<model::Parameters>(model::Parameters{{"other", "two"}});
  EXPECT_EQ(Reason(change), "InvalidParameters.KeyNotMatch");
  change.parameters = Secret<model::Parameters>(model::Parameters{{"who", "1"}, {"WHO", "2"}});
  EXPECT_EQ(Reason(change), "InvalidParameters.KeyDuplicate");
  EXPECT_EQ(Reason(Content(id, "{{bad name!}}")), "InvalidParameters.KeyMalformed");
  EXPECT_EQ(Reason(Content(id, std::string(3 << 20, 'x'))), "InvalidCommandContent.LengthLimitExceeded");
}

TEST_F(ModifyInvocationTest, MachinesAreAddedAndThoseThatAreThereLeftAlone) {
  const auto b = AddMachine("mi-b");
  const auto id = StartAndAccept(a_);
  waker_.woken.clear();
  ModifyInvocationIn in;
  in.invocation = id;
  in.instances = {a_, b, b};
  const auto out = Change(ModifyInvocation, in);
  ASSERT_TRUE(out) << out.error().detail;
  EXPECT_EQ(out->version, 0) << "the terms are the same";
  EXPECT_EQ(waker_.woken, std::vector<std::string>{"mi-b"});
  EXPECT_EQ(RunsOf(Fetch(b)), std::vector<std::string>{id.str()});
  EXPECT_EQ(StateOf(id, a_), TaskState::kScheduled);
  EXPECT_TRUE(Fetch(a_).run.empty());
  EXPECT_EQ(InvocationOf(id).targets, 2);
  ExpectCountsRight(id);
}

TEST_F(ModifyInvocationTest, EachRefusalHasItsCodeAndChangesNothing) {
  const auto windows = AddMachine("mi-w", Agent::kOurs, {}, model::OsType::kWindows);
  const auto id = StartAndAccept(a_);
  const auto once = Start({a_});
  StartInvocationIn reboot_in = RunOn({a_});
  reboot_in.repeat_mode = model::RepeatMode::kEveryReboot;
  const auto reboot = Change(StartInvocation, reboot_in)->invocation;
  EXPECT_EQ(Reason(To(InvokeId("t-x"), "rate(5m)")), "InvalidInvokeId.NotFound");
  EXPECT_EQ(Reason(To(once, "rate(5m)")), "InvalidOperation.RepeatModeUnsupported");
  EXPECT_EQ(Reason(To(reboot, "rate(5m)")), "InvalidOperation.RepeatModeUnsupported");
  EXPECT_EQ(Reason(To(id, "rate(5x)")), "InvalidParameter.Frequency");
  ModifyInvocationIn in;
  in.invocation = id;
  in.splay = seconds(-1);
  EXPECT_EQ(Reason(in), "InvalidParameter.Splay");
  in.splay.reset();
  in.instances = {InstanceId("mi-x")};
  EXPECT_EQ(Reason(in), "InvalidInstanceId.NotFound");
  in.instances = {windows};
  EXPECT_EQ(Reason(in), "InvalidInstanceId.OSTypeUnsupported");
  settings_.limits.targets = 1;
  in.instances = {a_, windows};
  EXPECT_EQ(Reason(in), "InvalidInstanceId.CountLimitExceeded");
  EXPECT_EQ(InvocationOf(id).version, 0);
  EXPECT_EQ(InvocationOf(id).schedule.cron, kEveryMinute);
  EXPECT_EQ(Reason(Content(reboot, "echo new")), "");
  Stop(id);
  Report(EndOf(a_, id, "killed"));
  EXPECT_EQ(Reason(To(id, "rate(5m)")), "InvalidOperation.InvokeAlreadyFinished");
}

TEST_F(ModifyInvocationTest, AStockAgentMustBeYoungEnoughForNewTerms) {
  const auto old = AddStock("mi-o", "2.2.3.541");
  const auto young = AddStock("mi-y", "2.2.3.542");
  const auto id = StartEvery({old});
  EXPECT_EQ(Reason(To(id, "rate(5m)")), "InvalidOperation.CloudAssistantVersionUnsupported");
  const auto other = StartEvery({young});
  Fetch(young);
  EXPECT_EQ(Reason(To(other, "rate(5m)")), "");
  const auto list = Fetch(young);
  ASSERT_EQ(list.run.size(), 1u);
  EXPECT_EQ(list.run[0].version, 1);
  EXPECT_EQ(list.run[0].cron, "rate(5m)");
}

TEST_F(ModifyInvocationTest, ARepeatWithTheSameTokenDoesNothingAgain) {
  const auto id = StartAndAccept(a_);
  ModifyInvocationIn in = Content(id, "echo 456");
  in.client_token = {"token", std::string(32, 'h'), "owner"};
  const auto first = Change(ModifyInvocation, in);
  const auto second = Change(ModifyInvocation, in);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->command, second->command);
  EXPECT_EQ(second->version, 1);
  in.client_token.params_hash = std::string(32, 'i');
  EXPECT_EQ(Reason(in), "IdempotentParameterMismatch");
}

TEST_F(ModifyInvocationTest, AnAgentThatLostWhatAChangeWaitsForLeavesNoRunOpen) {
  const auto id = StartAndAccept(a_);
  Report(RunOfOccurrence(a_, id, 1, ReportKind::kRunning));
  ASSERT_TRUE(Change(ModifyInvocation, To(id, "30 * * * * *")));
  const auto list = Fetch(a_, 0, true, 1'000);  // it had number 1, and lost its journal
  ASSERT_EQ(list.run.size(), 1u);
  EXPECT_EQ(list.run[0].version, 1);
  EXPECT_EQ(list.run[0].schedule->next_occurrence, 2);
  EXPECT_EQ(HistoryText(id, a_), "1:Error");
  EXPECT_EQ(MarksOf(id, a_).open_runs, 0);
}

TEST_F(ModifyInvocationTest, AChangeAndAStopTogetherEndInAStop) {
  const auto id = StartAndAccept(a_);
  ASSERT_TRUE(Change(ModifyInvocation, To(id, "30 * * * * *")));
  Stop(id);
  const auto list = Fetch(a_);
  EXPECT_TRUE(list.run.empty());
  ASSERT_EQ(list.stop.size(), 1u);
  Report(EndOf(a_, id, "killed"));
  EXPECT_EQ(StateOf(id, a_), TaskState::kCancelled);
}

TEST_F(ModifyInvocationTest, AWideChangeGoesInSlicesAndSurvivesARestart) {
  constexpr int kMachines = 4'500;
  std::vector<InstanceId> some;
  std::vector<InstanceId> added;
  Edit([&](store::Tx& tx) {
    for (int i = 0; i < kMachines; ++i) {
      model::Machine machine;
      machine.id = InstanceId("mi-" + std::to_string(i));
      machine.assist_protocol = 1;
      machine.registered = clock_.Now();
      (i < 2'100 ? some : added).push_back(machine.id);
      tx.InsertMachine(machine);
    }
  });
  StartInvocationIn start = Every(some);
  const auto id = Await(StartWholeInvocation(runner(), start, Origin()))->invocation;
  for (const InstanceId& machine : {some.front(), some.back()}) {
    Fetch(machine);
    Report(AcceptOf(machine, id));
  }
  ModifyInvocationIn in = To(id, "30 * * * * *");
  in.instances = added;
  const auto out = AwaitWithTheStoreLost(ModifyWholeInvocation(runner(), in, Origin()), 2);
  ASSERT_TRUE(out) << "its first commit promised the rest";
  EXPECT_TRUE(out->spreading);
  Restart();
  EXPECT_TRUE(InvocationOf(id).spreading);
  EXPECT_EQ(Read(FindUnfinished, FindUnfinishedIn{})->invocations, std::vector{id});
  ModifyInvocationIn more;
  more.invocation = id;
  more.instances = {a_};
  EXPECT_FALSE(Change(ModifyInvocation, more)) << "one after the other";
  ASSERT_TRUE(Await(CompleteInvocation(runner(), id)));
  EXPECT_FALSE(InvocationOf(id).spreading);
  EXPECT_EQ(InvocationOf(id).counts.total(), kMachines);
  EXPECT_LE(waker_.largest, 2'000u);
  for (const InstanceId& machine : {some.front(), some.back(), added.front(), added.back()}) {
    const auto list = Fetch(machine);
    ASSERT_EQ(list.run.size(), 1u) << machine.str();
    EXPECT_EQ(list.run[0].version, 1);
    EXPECT_EQ(list.run[0].cron, "30 * * * * *");
  }
  ASSERT_TRUE(Change(ModifyInvocation, more));
}

}  // namespace
}  // namespace assist::server::control
