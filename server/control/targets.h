// The machines of a call that starts something, and their tasks. Internal to control.
#pragma once

#include <span>
#include <vector>

#include "server/control/context.h"
#include "server/model/entities.h"
#include "server/store/tx.h"

namespace assist::server::control {

/// Machines of a call, resolved: same order.
struct Targets {
  std::vector<InstanceId> ids;  ///< May be empty: then the keys tell.
  std::vector<model::MachineKey> keys;
};

/// Machines named by id, each once.
struct NamedTargets {
  std::vector<InstanceId> ids;
  std::vector<store::ReadTx::Target> found;  ///< Of each.
};
/// InstanceIds.ExceedLimit, InvalidInstance.NotFound.
[[nodiscard]] Result<NamedTargets> ResolveNamed(store::ReadTx& tx, std::span<const InstanceId> instances,
                                                std::int64_t limit);
/// InstanceIds.ExceedLimit.
[[nodiscard]] tl::unexpected<Error> TooManyTargets(std::int64_t limit);

/// Writes the last slice of tasks and keeps the other targets for ContinueInvocation; what is whole wakes its machines.
/// A list of more than a slice is sorted first: slices of neighbours touch few pages of the store, the caller's order
/// would touch all of them in every slice.
void WriteTargets(store::Tx& tx, Context& context, const model::Invocation& invocation, Targets targets);

}  // namespace assist::server::control
