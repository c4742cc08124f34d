// `assist-server access-key …` and `assist-server machine …`: through DIR/admin.sock when a server runs there, else on
// the store itself, under the folder's lock.
#pragma once

#include <string>

#include "common/base/result.h"

namespace assist::server::service {

/// What `--policy` says: the name of a preset as it is, else the text of that file. Blocks.
[[nodiscard]] Result<std::string> ReadPolicy(const std::string& word);

/// Carries out a request of admin_requests.h, prints the answer's parts to stdout (failures to stderr), and gives the
/// exit code: 0 done, 1 refused or not possible. Blocks.
int RunAdminCommand(const std::string& data, const std::string& request, bool json);

}  // namespace assist::server::service
