// One run of `assist-agent pkg`: takes the lock, opens the installer (which ends what was left), does the verb, tells
// the server. Blocks to its end; SIGTERM and SIGINT stop it.
#pragma once

#include "agent/service/pkg_command.h"
#include "agent/service/settings.h"

namespace assist::agent::service {

/// The exit code of the program.
int OperateOnPackages(const PkgFlags& flags, const AgentSettings& settings);

}  // namespace assist::agent::service
