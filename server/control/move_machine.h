// A registered machine gets another agent in its place and keeps its instance id, name, tags, tasks and schedules: for
// the way from a stock agent to ours, and for one of ours that lost its identity. An operator gives leave for one
// machine; the code is good once and for a short time. An activation code never leads to a machine that is there.
#pragma once

#include "server/control/context.h"
#include "server/control/register_machine.h"

namespace assist::server::control {

struct AllowMoveIn {
  InstanceId instance;
  std::chrono::minutes life{30};  ///< 1 minute to 24 hours; checked.
};
struct AllowMoveOut {
  InstanceId instance;
  Secret<std::string> code;  ///< Shown this once; only its hash is kept. A former code of the machine is void.
  SystemTime expires{};
};
/// InvalidInstance.NotFound, Move.Time.
Result<AllowMoveOut> AllowMove(store::Tx& tx, Context& context, const AllowMoveIn& in);

/// RegisterMachine() with a move code. In one transaction: what the former agent had taken is unknown now (an agent
/// that comes back is not believed), what it had not taken and its schedules are for the new one, with new delivery
/// numbers and the next occurrence numbers; the key is the new one. The same agent may ask again after a lost answer.
/// Reasons: Move.Refused (unknown, used, expired: one answer), Move.NotOurs (no Ed25519 key), Move.System.
Result<RegisterMachineOut> MoveMachine(store::Tx& tx, Context& context, const RegisterMachineIn& in);

}  // namespace assist::server::control
