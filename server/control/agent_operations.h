// InstallCloudAssistant, StartTerminalSession (openapi.md, 11.13, 11.23): what this server can say of them without
// agents that know sessions.
#pragma once

#include "server/control/context.h"

namespace assist::server::control {

struct MachinesIn {
  std::vector<InstanceId> instances;
};
struct MachinesOut {};
/// The agent is on every machine that is known here: nothing is done. InvalidInstance.NotFound.
Result<MachinesOut> InstallCloudAssistant(store::Tx& tx, Context& context, const MachinesIn& in);

struct StartTerminalSessionIn {
  std::vector<InstanceId> instances;
  bool forwards_port = false;
};
/// Always refused, after its machines were found: UserBehavior.SessionManagerDisabled when the settings say so,
/// PortForwarding.NotSupported, Operation.Forbidden. InvalidInstance.NotFound.
Result<MachinesOut> StartTerminalSession(store::Tx& tx, Context& context, const StartTerminalSessionIn& in);

}  // namespace assist::server::control
