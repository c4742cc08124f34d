// Asks before something is deleted.
#pragma once

#include <string>

#include "cli/service/inquiry.h"

namespace assist::cli {

/// True: go on. Asks at a terminal; without one only `yes` goes on, and that is said. Blocks.
[[nodiscard]] bool Confirm(const std::string& question, bool yes, Inquiry& ask);

}  // namespace assist::cli
