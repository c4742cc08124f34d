#include "server/control/stock_upgrades.h"

#include <optional>

#include "server/control/audit.h"
#include "server/store/plugin_tables.h"
#include "server/store/tx.h"

namespace assist::server::control {

Result<RecordUpgradeFailureOut> RecordUpgradeFailure(store::Tx& tx, Context& context,
                                                     const RecordUpgradeFailureIn& in) {
  const std::optional<model::Machine> machine = tx.FindMachine(in.machine);
  if (!machine || machine->deregistered) return RecordUpgradeFailureOut{};
  const model::StockUpgrade former = tx.plugin_tables().UpgradeOf(machine->key).value_or(model::StockUpgrade());
  const model::StockUpgrade now = model::Failed(former, in.report, context.now);
  tx.plugin_tables().PutUpgrade(machine->key, now);
  if (now.failures == former.failures) return RecordUpgradeFailureOut{};
  AuditSlip slip;
  slip.record.source = "server";
  slip.record.action = "stock_agent.upgrade_failed";
  slip.record.resources = in.machine.str() + " " + now.failure.version + " " + now.failure.phase +
                          (now.failure.detail.empty() ? "" : ":" + now.failure.detail) + " attempt " +
                          std::to_string(now.failures);
  const Error failure{Errc::kConflict, now.failure.message, "AgentUpdateFailure"};
  WriteAudit(tx, context, slip, &failure, {});
  return RecordUpgradeFailureOut{};
}

}  // namespace assist::server::control
