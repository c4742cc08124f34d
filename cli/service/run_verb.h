// Watching a run to its end, as `assist run` does, for verbs that start or find one in another way.
#pragma once

#include <string>
#include <vector>

#include "cli/run/names.h"
#include "cli/run/options.h"
#include "cli/service/connection.h"

namespace assist::cli {

/// Starts what the options say and shows it to its end; Ctrl-C leaves it going.
[[nodiscard]] ExitCode WatchRun(RunOptions options, std::string script, Connection& connection);

/// A run that is there already: its machines, and those of them that are shown (empty: all).
struct RunToWatch {
  std::string invoke_id;
  std::vector<NamedMachine> machines;
  std::vector<std::string> only;
};
[[nodiscard]] ExitCode WatchRun(RunOptions options, RunToWatch run, Connection& connection);

}  // namespace assist::cli
