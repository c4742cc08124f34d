// `assist configure`: the dialogue, then the file.
#pragma once

#include "cli/answer/exit_code.h"
#include "cli/ecs/common_options.h"
#include "cli/service/program.h"
#include "cli/settings/configure.h"

namespace assist::cli {

/// With --credentials everything comes from that file and nothing is asked. Blocks on the terminal and on files.
[[nodiscard]] ExitCode RunConfigure(const CommonOptions& options, Prompter& prompter, const Program& program);

}  // namespace assist::cli
