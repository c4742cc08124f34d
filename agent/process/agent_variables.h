// Two variables that every script finds in its environment: by them it calls the agent that started it
// ("$ASSIST_AGENT_PROGRAM" pkg list --root "$ASSIST_AGENT_ROOT"). Scripts and the server's orders use them: never
// rename. Nothing else whose name begins with ASSIST_ reaches a script (ScriptEnvironment()).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace assist::agent::process {

inline constexpr std::string_view kAgentProgram = "ASSIST_AGENT_PROGRAM";  ///< Absolute path of the one that runs.
inline constexpr std::string_view kAgentRoot = "ASSIST_AGENT_ROOT";        ///< Its state root, absolute.

/// `path` as programs of Windows like it best: cmd takes "/" for the begin of a flag where no quotes are.
[[nodiscard]] inline std::string WindowsPath(std::string path) {
  std::replace(path.begin(), path.end(), '/', '\\');
  return path;
}

/// An empty path is not set.
inline void AddAgentVariables(const std::string& program, const std::string& root,
                              std::vector<std::string>& environment) {
  if (!program.empty()) environment.push_back(std::string(kAgentProgram) + "=" + program);
  if (!root.empty()) environment.push_back(std::string(kAgentRoot) + "=" + root);
}

}  // namespace assist::agent::process
