#include "server/control/after_restore.h"

#include "server/control/fake_server.h"
#include "server/model/unknown_reasons.h"

namespace assist::server::control {
namespace {

class AfterRestoreTest : public ControlTest {
 protected:
  std::int64_t Restore() {
    std::int64_t unknown = 0;
    AfterRestoreIn in;
    for (int rounds = 0; rounds < 100; ++rounds) {
      const auto out = Change(AfterRestore, in);
      EXPECT_TRUE(out);
      unknown += out->unknown;
      if (!out->next) return unknown;
      in.after = out->next;
    }
    ADD_FAILURE() << "no end";
    return unknown;
  }
};

TEST_F(AfterRestoreTest, WhatAStockAgentMayHaveHadMeanwhileIsUnknownAndNeverOffered) {
  const auto stock = AddMachine("mi-stock", Agent::kStock);
  const auto ours = AddMachine("mi-ours");
  const InvokeId ended = Start({stock});
  Fetch(stock);
  Report(ReportOf(stock, ended, model::ReportKind::kFinish));
  const InvokeId waits = Start({stock, ours});

  EXPECT_EQ(Restore(), 1);
  EXPECT_EQ(TaskOf(waits, stock).progress.outcome, model::Outcome::kUnknown);
  EXPECT_EQ(TaskOf(waits, stock).progress.error_detail, model::unknown::kStoreRestored);
  EXPECT_EQ(StateOf(ended, stock), model::TaskState::kSuccess);
  EXPECT_TRUE(Fetch(stock).run.empty());
  // Ours tells what it has had: nothing, so it gets what is there.
  EXPECT_EQ(StateOf(waits, ours), model::TaskState::kPending);
  EXPECT_EQ(RunsOf(Fetch(ours, 0)).size(), 1u);
  EXPECT_EQ(Restore(), 0);
}

TEST_F(AfterRestoreTest, WhatMayRunTwiceIsOfferedAgain) {
  const auto stock = AddMachine("mi-stock", Agent::kStock);
  auto in = RunOn({stock});
  in.repeatable = true;
  const auto started = Change(StartInvocation, in);
  ASSERT_TRUE(started);
  Restore();
  EXPECT_EQ(StateOf(started->invocation, stock), model::TaskState::kPending);
  EXPECT_EQ(RunsOf(Fetch(stock)).size(), 1u);
}

TEST_F(AfterRestoreTest, EveryMachineIsLookedAt) {
  std::vector<InstanceId> all;
  for (int i = 0; i < 230; ++i) all.push_back(AddMachine("mi-" + std::to_string(i), Agent::kStock));
  const InvokeId task = Start(all);
  EXPECT_EQ(Restore(), 230);
  for (const InstanceId& machine : {all.front(), all[100], all.back()}) {
    EXPECT_EQ(TaskOf(task, machine).progress.outcome, model::Outcome::kUnknown) << machine.str();
  }
}

}  // namespace
}  // namespace assist::server::control
