// `assist-server backup` and `assist-server restore`. Exit codes: 0 done, 1 refused or not possible. Both block.
#pragma once

#include <string>

namespace assist::server::service {

/// Writes the server of the folder `data`, running or not, into `file`, and prints what is in it.
int RunBackup(const std::string& data, const std::string& file, bool json);

/// Makes a folder out of a backup. `check`: reads the backup only, and prints what is in it.
int RunRestore(const std::string& file, const std::string& data, bool check, bool json);

}  // namespace assist::server::service
