// Budgets of runs: they go to agents that keep them, and to nobody else.
#include "server/control/fake_server.h"

namespace assist::server::control {
namespace {

using model::TaskState;

class BudgetsTest : public ControlTest {
 protected:
  InvokeId StartWith(const std::vector<InstanceId>& machines, const model::Budgets& budgets,
                     const std::string& frequency = "") {
    StartInvocationIn in = RunOn(machines);
    in.budgets = budgets;
    in.frequency = frequency;
    const auto out = Change(StartInvocation, in);
    EXPECT_TRUE(out) << out.error().detail;
    return out ? out->invocation : InvokeId();
  }
  FetchTasksOut FetchAs(const InstanceId& machine, bool keeps) {
    FetchTasksIn in;
    in.machine = machine;
    in.keeps_budgets = keeps;
    auto out = Change(FetchTasks, in);
    EXPECT_TRUE(out);
    return out ? std::move(*out) : FetchTasksOut{};
  }
  void ExpectNotGiven(const InvokeId& task, const InstanceId& machine) {
    const model::TaskProgress end = TaskOf(task, machine).progress;
    EXPECT_EQ(end.state, TaskState::kAborted);
    EXPECT_EQ(end.outcome, model::Outcome::kFinal);
    EXPECT_EQ(end.error_code, model::ErrorCode::kClientNeedUpgrade);
    EXPECT_EQ(end.error_detail, model::kKeepsNoBudgets);
  }

  const InstanceId ours_ = AddMachine("mi-ours");
  const InstanceId older_ = AddMachine("mi-older");
  const InstanceId stock_ = AddMachine("mi-stock", Agent::kStock);
  const model::Budgets budgets_{30, 512, 50, 1024};
};

TEST_F(BudgetsTest, OnlyAnAgentThatKeepsThemIsGivenTheTask) {
  const InvokeId task = StartWith({ours_, older_, stock_}, budgets_);
  const FetchTasksOut list = FetchAs(ours_, true);
  ASSERT_EQ(list.run.size(), 1u);
  EXPECT_EQ(list.run[0].budgets, budgets_);
  for (const InstanceId& other : {older_, stock_}) {
    EXPECT_TRUE(FetchAs(other, false).run.empty());
    ExpectNotGiven(task, other);
  }
  EXPECT_TRUE(FetchAs(older_, true).run.empty()) << "that was the last word, also after an upgrade";
}

TEST_F(BudgetsTest, EachBudgetAloneCounts) {
  for (const model::Budgets& one : {model::Budgets{1, 0, 0, 0}, model::Budgets{0, 1, 0, 0}, model::Budgets{0, 0, 1, 0},
                                    model::Budgets{0, 0, 0, 1}}) {
    const InvokeId task = StartWith({stock_}, one);
    EXPECT_TRUE(FetchAs(stock_, true).run.empty()) << "whatever it says of itself";
    ExpectNotGiven(task, stock_);
  }
}

TEST_F(BudgetsTest, WithoutBudgetsEveryAgentGetsItsTasks) {
  const InvokeId task = StartWith({ours_, older_, stock_}, {});
  for (const InstanceId& machine : {ours_, older_, stock_}) {
    EXPECT_EQ(RunsOf(FetchAs(machine, false)), std::vector<std::string>{task.str()});
  }
}

TEST_F(BudgetsTest, ATaskThatWasDeliveredIsNotOfferedAgainToAnAgentThatWasSetBackToAnOlderVersion) {
  const InvokeId task = StartWith({ours_}, budgets_);
  EXPECT_EQ(FetchAs(ours_, true).run.size(), 1u);
  EXPECT_TRUE(FetchAs(ours_, false).run.empty()) << "it may not have got it, and would run it without budgets";
  EXPECT_EQ(StateOf(task, ours_), TaskState::kPending) << "nor may it be said that it did not";
  EXPECT_EQ(FetchAs(ours_, true).run.size(), 1u);
}

TEST_F(BudgetsTest, ASchedulesRunsHaveThemAndOtherAgentsDoNotGetIt) {
  const InvokeId task = StartWith({ours_, older_, stock_}, budgets_, "0 0 * * * *");
  const FetchTasksOut list = FetchAs(ours_, true);
  ASSERT_EQ(list.run.size(), 1u);
  EXPECT_EQ(list.run[0].budgets, budgets_);
  EXPECT_TRUE(list.run[0].schedule);
  for (const InstanceId& other : {older_, stock_}) {
    EXPECT_TRUE(FetchAs(other, false).run.empty());
    ExpectNotGiven(task, other);
  }
  RecordReportIn run = ReportOf(ours_, task, model::ReportKind::kFinish);
  run.report.exit_code = 137;
  run.report.err_code = "BudgetExceeded";
  run.report.err_desc = "MaxMemory is 512 MiB, used were 600 MiB";
  run.report.occurrence = model::OccurrenceRef{1, clock_.Now()};
  Report(run);
  const model::Task standing = TaskOf(task, ours_);
  EXPECT_EQ(standing.progress.error_code, model::ErrorCode::kBudgetExceeded) << "of its latest run";
  EXPECT_EQ(standing.progress.exit_code, 137);
  Look([&](store::ReadTx& tx) {
    const auto run_row = tx.FindOccurrence(standing.key, 1);
    ASSERT_TRUE(run_row);
    EXPECT_EQ(run_row->progress.state, TaskState::kFailed);
    EXPECT_EQ(run_row->progress.outcome, model::Outcome::kFinal);
    EXPECT_EQ(run_row->progress.error_code, model::ErrorCode::kBudgetExceeded);
    EXPECT_EQ(run_row->progress.error_detail, "MaxMemory is 512 MiB, used were 600 MiB");
  });
}

TEST_F(BudgetsTest, AnEndOverBudgetIsFinalAndKeepsExitCodeAndOutput) {
  const InvokeId task = StartWith({ours_}, budgets_);
  FetchAs(ours_, true);
  RecordReportIn end = ReportOf(ours_, task, model::ReportKind::kFinish, "partly", 0);
  end.report.exit_code = 0;  // it ended by itself, and had used more
  end.report.err_code = "BudgetExceeded";
  end.report.err_desc = "MaxCpuTime is 30 s, used were 30.4 s";
  Report(end);
  const model::TaskProgress progress = TaskOf(task, ours_).progress;
  EXPECT_EQ(progress.state, TaskState::kFailed);
  EXPECT_EQ(progress.outcome, model::Outcome::kFinal);
  EXPECT_EQ(progress.error_code, model::ErrorCode::kBudgetExceeded);
  EXPECT_EQ(progress.error_detail, "MaxCpuTime is 30 s, used were 30.4 s");
  EXPECT_EQ(progress.exit_code, 0);
  EXPECT_EQ(OutputOf(task, ours_), "partly");
}

}  // namespace
}  // namespace assist::server::control
