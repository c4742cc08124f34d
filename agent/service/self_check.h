// `assist-agent self-check`: could this version serve this root? Reads what an agent reads at its start, and changes
// nothing: an agent may run with the root. Blocks.
#pragma once

#include <string>

#include "common/base/result.h"

namespace assist::agent::service {

struct SelfCheckReport {
  std::string version;
  std::string instance;
  std::size_t records = 0;  ///< Of the journal.
};
/// The error names what this version cannot use.
[[nodiscard]] Result<SelfCheckReport> CheckSelf(const std::string& root);

/// The command: prints the report or the error, as JSON {"Ok", "Version", "Problem", …} when `as_json`. Exit code 0 or
/// 1.
int RunSelfCheck(const std::string& root, bool as_json);

}  // namespace assist::agent::service
