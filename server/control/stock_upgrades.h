// What stock agents report of updates of themselves (agent-protocol.md, 17.4 and 18.2).
#pragma once

#include "server/control/context.h"
#include "server/model/stock_upgrade.h"

namespace assist::server::control {

struct RecordUpgradeFailureIn {
  InstanceId machine;  ///< Whose signature was verified.
  model::UpgradeReport report;
};
struct RecordUpgradeFailureOut {};
/// Keeps it (model/stock_upgrade.h); a failure of an attempt that this server asked for gets a row in the audit log
/// too, once an attempt. Of an unknown machine nothing is kept.
Result<RecordUpgradeFailureOut> RecordUpgradeFailure(store::Tx& tx, Context& context, const RecordUpgradeFailureIn& in);

}  // namespace assist::server::control
