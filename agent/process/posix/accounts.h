// Accounts of the machine (common/posix/account_base.h). Blocks, perhaps on a directory service: on the pool only.
#pragma once

#include <string>

#include "agent/process/process_host.h"
#include "common/base/result.h"

namespace assist::agent::process {

/// See ProcessHost::Find(). An account with uid 0 or gid 0 under another name than the agent's own is refused,
/// as the stock agent does.
[[nodiscard]] Result<Account> FindAccountNow(const std::string& name);

}  // namespace assist::agent::process
