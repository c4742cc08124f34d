// The lock of a spool on Windows: whether a supervisor lives is asked of it. Both sides of it stand here. Any thread.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/windows/system.h"

namespace assist::agent::supervisor {

/// Exclusive, for as long as `spool` is open in this process; false: somebody has it. LockFileEx bars others from
/// reading and writing what it locks, so it is one byte far behind all data that gets locked.
[[nodiscard]] bool TakeSpoolLock(HANDLE spool);

/// Whether somebody holds the lock of the spool at `path`; one that is not there is not locked. Blocks shortly.
[[nodiscard]] Result<bool> SpoolIsLocked(const std::string& path);

}  // namespace assist::agent::supervisor
