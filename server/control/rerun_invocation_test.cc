#include "server/control/rerun_invocation.h"

#include <gmock/gmock.h>

#include "server/control/delete_command.h"
#include "server/control/fake_server.h"
#include "server/control/machines.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

using model::ReportKind;
using model::TaskState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RerunTest : public ControlTest {
 protected:
  void End(const InstanceId& machine, const InvokeId& task, std::int64_t exit_code) {
    Fetch(machine);
    RecordReportIn in = ReportOf(machine, task, ReportKind::kFinish);
    in.report.exit_code = exit_code;
    Report(in);
  }
  static RerunInvocationIn Of(const InvokeId& id) {
    RerunInvocationIn in;
    in.invocation = id;
    return in;
  }
  Result<RerunInvocationOut> Rerun(const RerunInvocationIn& in) { return Change(RerunInvocation, in); }
  model::Invocation Row(const InvokeId& id) {
    std::optional<model::Invocation> row;
    Look([&](store::ReadTx& tx) { row = tx.FindInvocation(id); });
    EXPECT_TRUE(row);
    return row.value_or(model::Invocation{});
  }
  std::string ScriptFor(const InstanceId& machine, const InvokeId& id) {
    for (const RunEntry& run : Fetch(machine).run) {
      if (run.invocation == id) return run.content.Reveal();
    }
    return "(none)";
  }
};

TEST_F(RerunTest, OnlyWhereItDidNotSucceed) {
  const auto good = AddMachine("mi-good");
  const auto bad = AddMachine("mi-bad");
  const auto away = AddMachine("mi-away");
  const InvokeId former = Start({good, bad, away});
  End(good, former, 0);
  End(bad, former, 3);
  EXPECT_EQ(ReasonOf(Rerun(Of(InvokeId("t-none")))), "InvalidInvokeId.NotFound");
  waker_.woken.clear();

  const auto out = Rerun(Of(former));
  ASSERT_TRUE(out) << out.error().detail;
  EXPECT_EQ(out->count, 1);
  EXPECT_EQ(out->targets.succeeded, 1);
  EXPECT_EQ(out->targets.open, 1);
  EXPECT_THAT(waker_.woken, ElementsAre("mi-bad"));
  EXPECT_EQ(Row(out->invocation).rerun_of, former);
  EXPECT_EQ(Row(out->invocation).targets, 1);
  EXPECT_NE(out->invocation, former);
  EXPECT_EQ(ScriptFor(bad, out->invocation), "echo 123");
  EXPECT_EQ(ScriptFor(good, out->invocation), "(none)");
  End(bad, out->invocation, 0);
  EXPECT_EQ(StateOf(out->invocation, bad), TaskState::kSuccess);
  EXPECT_EQ(StateOf(former, bad), TaskState::kFailed) << "the former one tells what it told";
}

TEST_F(RerunTest, WhatEachOutcomeMeans) {
  model::TaskProgress task;
  EXPECT_EQ(RerunCaseOf(task), RerunCase::kOpen);
  for (const TaskState state : model::kAllTaskStates) {
    for (const auto outcome : {model::Outcome::kFinal, model::Outcome::kPresumed, model::Outcome::kUnknown,
                               model::Outcome::kUnknownReported}) {
      task.state = state;
      task.outcome = outcome;
      RerunCase expected = outcome == model::Outcome::kFinal ? RerunCase::kRuns : RerunCase::kUncertain;
      if (!model::IsFinal(state)) expected = RerunCase::kOpen;
      if (state == TaskState::kSuccess) expected = RerunCase::kSucceeded;
      EXPECT_EQ(RerunCaseOf(task), expected) << Name(state) << " " << Name(outcome);
    }
  }
}

TEST_F(RerunTest, WhatMayHaveRunIsRunAgainOnlyWhenThatIsSaid) {
  const auto machine = AddMachine("mi-1");
  const InvokeId former = Start({machine});
  Fetch(machine, 0);
  Accept(machine, former);
  RecordReportIn lost = ReportOf(machine, former, ReportKind::kError);
  lost.report.err_code = std::string(model::kErrCodeUnknown);
  Report(lost);
  ASSERT_EQ(TaskOf(former, machine).progress.outcome, model::Outcome::kUnknownReported);
  const auto refused = Rerun(Of(former));
  EXPECT_EQ(ReasonOf(refused), "InvalidInvocation.NothingToRerun");
  EXPECT_THAT(refused.error().detail, HasSubstr("1 may have run (IncludeUnknown=true"));
  RerunInvocationIn in = Of(former);
  in.uncertain = true;
  const auto out = Rerun(in);
  ASSERT_TRUE(out) << out.error().detail;
  EXPECT_EQ(out->count, 1);
  EXPECT_EQ(ScriptFor(machine, out->invocation), "echo 123");
}

TEST_F(RerunTest, ItIsAsThenWhateverBecameOfTheCommand) {
  const auto machine = AddMachine("mi-1");
  StartInvocationIn in = RunOn({machine}, "echo {{name}} {{name}}");
  auto& command = std::get<InlineCommand>(in.command);
  command.enable_parameter = true;
  command.keep = true;
  in.has_parameters = true;
  in.parameters = Secret<model::Parameters>(model::Parameters{{"name", "x"}});
  in.parameters_json = Secret<std::string>(R"({"name":"x"})");
  in.username = "app";
  in.timeout = std::chrono::seconds(77);
  in.delivery_timeout = std::chrono::seconds(500);
  in.max_concurrency = "50%";
  in.tags = {{"why", "deploy"}};
  const auto started = Change(StartInvocation, in);
  ASSERT_TRUE(started) << started.error().detail;
  End(machine, started->invocation, 1);
  DeleteCommandIn gone;
  gone.id = started->command;
  ASSERT_TRUE(Change(DeleteCommand, gone));
  clock_.Advance(std::chrono::hours(1));

  RerunInvocationIn again = Of(started->invocation);
  const auto out = Rerun(again);
  ASSERT_TRUE(out) << out.error().detail;
  EXPECT_EQ(ScriptFor(machine, out->invocation), "echo x x");
  const model::Invocation row = Row(out->invocation);
  EXPECT_EQ(row.username, "app");
  EXPECT_EQ(row.timeout, std::chrono::seconds(77));
  EXPECT_EQ(row.parameters.Reveal(), R"({"name":"x"})");
  EXPECT_EQ(row.tags, in.tags);
  EXPECT_EQ(row.created, clock_.Now());
  EXPECT_EQ(row.delivery_deadline, clock_.Now() + std::chrono::seconds(500));
  ASSERT_TRUE(row.wave);
  EXPECT_EQ(row.wave->terms.concurrency, "50%");
  EXPECT_EQ(row.wave->terms.turns, 1);

  // The script outlives the former one.
  Edit([&](store::Tx& tx) { EXPECT_TRUE(tx.DeleteInvocation(Row(started->invocation).key, 100)); });
  EXPECT_EQ(ScriptFor(machine, out->invocation), "echo x x");
  End(machine, out->invocation, 1);
  again.invocation = out->invocation;
  again.max_concurrency = "3";
  again.delivery_timeout = std::chrono::seconds(-1);
  const auto third = Rerun(again);
  ASSERT_TRUE(third) << third.error().detail;
  EXPECT_EQ(Row(third->invocation).wave->terms.turns, 3);
  EXPECT_FALSE(Row(third->invocation).delivery_deadline);
  EXPECT_EQ(ScriptFor(machine, third->invocation), "echo x x");
}

TEST_F(RerunTest, SomeMachinesOnlyAndNoneThatLeft) {
  const auto one = AddMachine("mi-1");
  const auto two = AddMachine("mi-2");
  const auto three = AddMachine("mi-3");
  const auto other = AddMachine("mi-4");
  const InvokeId former = Start({one, two, three});
  for (const auto& machine : {one, two, three}) End(machine, former, 1);
  RerunInvocationIn in = Of(former);
  in.instances = {two, other};
  EXPECT_EQ(ReasonOf(Rerun(in)), "InvalidInstanceId.NotFound");
  in.instances = {two, two};
  const auto some = Rerun(in);
  ASSERT_TRUE(some) << some.error().detail;
  EXPECT_EQ(some->count, 1);
  DeregisterManagedInstanceIn leave;
  leave.instance = one;
  ASSERT_TRUE(Change(DeregisterManagedInstance, leave));
  const auto rest = Rerun(Of(former));
  ASSERT_TRUE(rest) << rest.error().detail;
  EXPECT_EQ(rest->count, 2);
  EXPECT_EQ(rest->targets.gone, 1);
}

TEST_F(RerunTest, ARepeatOfTheCallIsTheSameRerun) {
  const auto machine = AddMachine("mi-1");
  const InvokeId former = Start({machine});
  End(machine, former, 1);
  RerunInvocationIn in = Of(former);
  in.client_token = {"token", std::string(32, 'h'), "key"};
  const auto first = Rerun(in);
  const auto second = Rerun(in);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->invocation, second->invocation);
  EXPECT_EQ(second->count, 1);
  Look([](store::ReadTx& tx) { EXPECT_EQ(tx.CountInvocations(), 2); });
}

TEST_F(RerunTest, SchedulesAndWhatSucceededAreRefused) {
  const auto machine = AddMachine("mi-1");
  StartInvocationIn timed = RunOn({machine});
  timed.frequency = "rate(1h)";
  const auto schedule = Change(StartInvocation, timed);
  ASSERT_TRUE(schedule) << schedule.error().detail;
  EXPECT_EQ(ReasonOf(Rerun(Of(schedule->invocation))), "InvalidInvocation.NotSupported");
  const InvokeId good = Start({machine});
  const auto early = Rerun(Of(good));
  EXPECT_EQ(ReasonOf(early), "InvalidInvocation.NothingToRerun");
  EXPECT_THAT(early.error().detail, HasSubstr("0 succeeded, 1 not ended"));
  End(machine, good, 0);
  EXPECT_THAT(Rerun(Of(good)).error().detail, HasSubstr("1 succeeded, 0 not ended"));
}

}  // namespace
}  // namespace assist::server::control
