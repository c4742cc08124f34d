// `assist audit`: rows of the server's audit log (ls), and the check of its chain (verify), which believes nothing but
// the rows themselves and a head that was kept here. On the executor of its coroutine.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "cli/answer/exit_code.h"
#include "cli/audit/options.h"
#include "cli/service/connection.h"

namespace assist::cli {

/// kSomeFailed: the chain is broken. Reads and writes the file of --head-file; blocks for that.
boost::asio::awaitable<ExitCode> RunAudit(AuditOptions options, const Settings& settings, ApiClient& client,
                                          Random& random, const Program& program);

}  // namespace assist::cli
