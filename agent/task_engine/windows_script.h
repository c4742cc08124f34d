// How a script is written and started on Windows: bytes of the file, code page of its console, command line. Paths are
// UTF-8, with `/` or `\`. Pure; any thread.
//
// A batch file is read by cmd in the code page of its console, not in UTF-8. So (agent-protocol.md, 10.5, says GBK or
// nothing):
//   the text fits the machine's own code page    written in that; the console keeps it; programs print as users know it
//   it does not (Chinese on an English machine)  written in UTF-8; the console is switched to 65001 before cmd starts
// ASCII is the same in both, so that nearly every script runs in the machine's own. PowerShell reads UTF-8 when a mark
// stands in front; the console's code page, in which it prints, is chosen in the same way.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assist::agent::task_engine {

/// UTF-8 text in the machine's own code page for consoles; nothing when that cannot say all of it.
using ToConsole = std::function<std::optional<std::string>(std::string_view)>;

struct WindowsScript {
  std::string bytes;            ///< Of the file.
  std::uint32_t code_page = 0;  ///< For supervisor::Spec::console_code_page.
};

/// `.bat`: `@echo off` in front (agent-protocol.md, 10.2), line ends CR LF, no UTF-8 mark.
[[nodiscard]] WindowsScript BatScript(std::string_view script, const ToConsole& to_console);
/// `.ps1`: line ends CR LF, UTF-8 with its mark in front.
[[nodiscard]] WindowsScript PowerShellScript(std::string_view script, const ToConsole& to_console);

/// Every LF without CR, and every CR without LF, becomes CR LF.
[[nodiscard]] std::string NormalizeCrLf(std::string_view text);

/// cmd.exe of `system_root` (%SystemRoot%): /D runs no AutoRun of the registry, /S takes the quotation marks away by
/// one rule, /C ends with the script; its exit code is the script's ERRORLEVEL. A percent sign in `path` would be read
/// as a variable, whatever stands around it: a state root with one is refused by the agent at its start.
[[nodiscard]] std::vector<std::vector<std::string>> BatAttempts(std::string_view path, std::string_view system_root);
/// `program`: the path of powershell.exe or pwsh.exe. The exit code is that of `exit`, 1 after a terminating error.
[[nodiscard]] std::vector<std::vector<std::string>> PowerShellAttempts(std::string_view program, std::string_view path);

/// Where PowerShell may lie, the best first: Windows' own, then those of the folders of `path_variable` (with `;`).
/// With `prefer_pwsh` pwsh.exe first.
[[nodiscard]] std::vector<std::string> PowerShellPlaces(std::string_view system_root, std::string_view path_variable,
                                                        bool prefer_pwsh);

/// A drive with a folder (`C:\x`, `C:/`), or a share (`\\server\share`). Not `\x` and `C:x`, which depend on where one
/// stands.
[[nodiscard]] bool IsAbsoluteWindowsPath(std::string_view path);

}  // namespace assist::agent::task_engine
