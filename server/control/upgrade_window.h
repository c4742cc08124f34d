// Whether agents may be upgraded now: AgentUpgradeConfig of a region, by the clocks of its zone.
#pragma once

#include <string>

#include "server/control/context.h"
#include "server/model/rollout.h"

namespace assist::server::control {

[[nodiscard]] model::UpgradeWindow UpgradeWindowNow(store::ReadTx& tx, const ReadContext& context,
                                                    const std::string& region);

}  // namespace assist::server::control
