// What a deregistered machine leaves behind: its open tasks are closed, its activation counts it.
#pragma once

#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

/// Deregisters `machine` and closes its open tasks: what never went out is Aborted, InstanceReleased; the rest unknown.
void ReleaseMachine(store::Tx& tx, Context& context, const model::Machine& machine);

}  // namespace assist::server::control
