// Everything that descends from this process: ended, and measured. The supervisor is a child subreaper, so that
// whatever a script started stays below it, however it detached itself.
#pragma once

#include <sys/types.h>

#include "agent/supervisor/budgets.h"

namespace assist::agent::supervisor {

/// From now on orphans below this process become its children. False: the system cannot.
bool BecomeSubreaper();

/// SIGKILL to every living descendant of this process; gives the number of those found, 0 when none is left.
int KillDescendants();

/// What the living descendants use; their CPU time with that of the children they waited for. Memory is looked at with
/// a budget for it alone: private and shared memory and swap, without mapped files; an upper bound while that is within
/// the budget, else with what processes share counted once.
[[nodiscard]] Usage MeasureDescendants(const Budgets& budgets);

}  // namespace assist::agent::supervisor
