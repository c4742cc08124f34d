// Keys of rows: integers inside the server, never shown outside; 0 means none. Pure.
#pragma once

#include "common/base/ids.h"

namespace assist::server::model {

using CommandKey = RowId<struct CommandRow>;
using InvocationKey = RowId<struct InvocationRow>;
using TaskKey = RowId<struct TaskRow>;  ///< Ordered: newest invocation highest; in one invocation in the order of
                                        ///< targets, first highest.
using MachineKey = RowId<struct MachineRow>;
using ActivationKey = RowId<struct ActivationRow>;
using ContentKey = RowId<struct ContentRow>;

}  // namespace assist::server::model
