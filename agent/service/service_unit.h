// The agent as a service of its machine.
#pragma once

#include <string>

#include "common/service_framework/service_unit.h"

namespace assist::agent::service {

/// Complete but for the path of the program. `root`: the agent's folder, as on the command line.
[[nodiscard]] ServiceUnit AgentUnit(const std::string& root);

}  // namespace assist::agent::service
