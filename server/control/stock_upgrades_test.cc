#include "server/control/stock_upgrades.h"

#include "server/control/audit.h"
#include "server/control/fake_server.h"
#include "server/store/plugin_tables.h"

namespace assist::server::control {
namespace {

class StockUpgradesTest : public ControlTest {
 protected:
  StockUpgradesTest() { stock_ = AddMachine("mi-stock", Agent::kStock); }
  void Report(const std::string& phase, const std::string& detail = {}) {
    EXPECT_TRUE(Change(RecordUpgradeFailure, RecordUpgradeFailureIn{stock_, {phase, detail, "exit status 7", ""}}));
  }
  model::StockUpgrade Known() {
    model::StockUpgrade out;
    Look([&](store::ReadTx& tx) {
      out = tx.plugins().UpgradeOf(tx.FindMachine(stock_)->key).value_or(model::StockUpgrade());
    });
    return out;
  }
  std::vector<api::AuditRecord> Audit() {
    DescribeAuditIn in;
    in.code = "AgentUpdateFailure";
    const auto out = Read(DescribeAudit, in);
    EXPECT_TRUE(out);
    return out ? out->rows : std::vector<api::AuditRecord>();
  }
  InstanceId stock_;
};

TEST_F(StockUpgradesTest, AFailedAttemptIsKeptAndStandsInTheAuditLogOnce) {
  Edit([&](store::Tx& tx) {
    const auto key = tx.FindMachine(stock_)->key;
    tx.plugin_tables().PutUpgrade(key, model::Tell({}, "2.2.3.606", 1, clock_.Now()));
  });
  Report("ExecuteUpdateScriptFailed", "UnexpectedExitStatus");
  Report("ExecuteUpdateScriptRunnerFailed", "UnexpectedExitStatus");
  EXPECT_EQ(Known().failures, 1);
  EXPECT_EQ(Known().failure.phase, "ExecuteUpdateScriptFailed");
  EXPECT_EQ(Known().failed, clock_.Now());
  const auto rows = Audit();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].action, "stock_agent.upgrade_failed");
  EXPECT_EQ(rows[0].resources, "mi-stock 2.2.3.606 ExecuteUpdateScriptFailed:UnexpectedExitStatus attempt 1");
}

TEST_F(StockUpgradesTest, WhatTheServerDidNotAskForFillsNoAuditLog) {
  for (int i = 0; i < 10; ++i) Report("CheckMD5Failed");
  EXPECT_EQ(Known().failure.phase, "CheckMD5Failed");
  EXPECT_EQ(Known().failures, 0);
  EXPECT_TRUE(Audit().empty());
  EXPECT_TRUE(
      Change(RecordUpgradeFailure, RecordUpgradeFailureIn{InstanceId("mi-none"), {"CheckMD5Failed", "", "", ""}}));
}

}  // namespace
}  // namespace assist::server::control
