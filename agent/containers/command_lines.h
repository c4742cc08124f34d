// What is executed inside a container: argument vectors for the container's own /bin/sh. Pure; any thread.
//
// A shell around the script says in the output where the script begins and how it ended (command_stream.h takes that
// out again): so the end is seen at once whoever holds the output open, with any runtime. All that the script starts
// carries a variable ASSIST_TASK=<mark>:<pid of the script's shell> in its environment; by it a second command finds
// and kills what is left of the first, since runtimes cannot end a command that they have started.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assist::agent::containers {

/// Texts that nobody can guess; different for each command.
struct Marks {
  std::string task;   ///< In the environment, so the script may print it.
  std::string begin;  ///< In the output.
  std::string end;    ///< In the output, the exit code behind it.
};
/// `secret`: hexadecimal digits, at least 32 fresh ones.
[[nodiscard]] Marks MakeMarks(std::string_view secret);

/// Runs `script` as `/bin/sh -c <script>`. A script that is too long for one argument is put together inside.
[[nodiscard]] std::vector<std::string> RunLine(const Marks& marks, std::string_view script);
/// Kills (SIGKILL) what RunLine() started, until nothing is left, or the script's own process only. Exit code 0: done.
[[nodiscard]] std::vector<std::string> KillLine(const Marks& marks, bool tree);

}  // namespace assist::agent::containers
