// From a task's text to what is executed: parameters filled in, interpreter chosen. Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace assist::agent::task_engine {

/// Why a task cannot run because of what it says: `param` and `value` of an `invalid` report (agent-protocol.md, 12.3).
struct Refusal {
  std::string param;
  std::string value;
};

/// Letters, digits, "-", "_" and "." (not in front), at most 128: fit to be a folder's name.
[[nodiscard]] bool IsSafeTaskId(std::string_view id) noexcept;

/// Replaces `{{ACS::Name}}` (blanks inside the braces allowed) by its value; other braces stay
/// (agent-protocol.md, 10.3). Refused: a name without value, and `{{oos:…}}`, `{{oos-secret:…}}`, since there is no
/// parameter store.
[[nodiscard]] tl::expected<std::string, Refusal> ReplaceParameters(std::string_view text,
                                                                   const std::map<std::string, std::string>& values);

/// The interpreter line of a script, as the kernel reads it: program and at most one argument. Empty without one.
[[nodiscard]] std::vector<std::string> Shebang(std::string_view script);

/// How to start a shell script that lies at `path`: argument vectors, to be tried in order. A script with an
/// interpreter line runs under that (named, so that a file system without exec rights does not matter); one without,
/// under /bin/sh. When the interpreter is not there, the shell says so, as it does for anyone: exit code 127 or 126.
[[nodiscard]] std::vector<std::vector<std::string>> ShellAttempts(std::string_view script, const std::string& path);

/// The ending that a launcher asks for by `{{ACS::ScriptFileName|Ext(".py")}}`; `fallback` when it names none or a bad
/// one.
[[nodiscard]] std::string LauncherEnding(std::string_view launcher, std::string_view fallback);
/// How to start the script at `path` with a launcher: a line for the shell, in which `{{ACS::ScriptFileName…}}` is the
/// path; the path comes last when the line does not name it.
[[nodiscard]] std::vector<std::vector<std::string>> LauncherAttempts(std::string_view launcher,
                                                                     const std::string& path);

}  // namespace assist::agent::task_engine
