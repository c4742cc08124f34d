// `assist-server audit verify`: checks the audit log in the store's own file, whether a server runs or not.
#pragma once

#include <string>

namespace assist::server::service {

/// Prints what was found. `head`: a kept head (protocol/api/audit.h); `head_file`: a file that holds one, or will. Exit
/// codes: 0 the chain is whole; 1 it is broken, or the log cannot be read; 2 a head that is none. Blocks.
int RunAuditVerify(const std::string& data, const std::string& head, const std::string& head_file);

}  // namespace assist::server::service
