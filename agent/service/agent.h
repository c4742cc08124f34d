// The agent as a whole: builds everything bottom up, serves, stops in reverse. Scripts that run go on without it.
#pragma once

#include "agent/service/settings.h"
#include "common/base/result.h"

namespace assist::agent::service {

/// Serves until SIGTERM or SIGINT; Ok after a clean stop. An error tells why it could not start. Blocks.
[[nodiscard]] Status RunAgent(const AgentSettings& settings);

}  // namespace assist::agent::service
