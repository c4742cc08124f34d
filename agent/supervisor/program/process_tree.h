// Ending everything that descends from this process. The supervisor is a child subreaper, so that whatever a script
// started stays below it, however it detached itself.
#pragma once

#include <sys/types.h>

namespace assist::agent::supervisor {

/// From now on orphans below this process become its children. False: the system cannot.
bool BecomeSubreaper();

/// SIGKILL to every living descendant of this process; gives the number of those found, 0 when none is left.
int KillDescendants();

}  // namespace assist::agent::supervisor
