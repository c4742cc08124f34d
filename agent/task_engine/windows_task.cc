#include "agent/task_engine/windows_task.h"

#include <algorithm>
#include <string_view>

#include "agent/task_engine/windows_script.h"

namespace assist::agent::task_engine {
namespace {

bool SameName(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// The value of a variable; names of Windows have no case.
std::string ValueOf(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string& variable : environment) {
    const std::size_t sign = variable.find('=');
    if (sign != std::string::npos && SameName(std::string_view(variable).substr(0, sign), name)) {
      return variable.substr(sign + 1);
    }
  }
  return {};
}

std::string SystemRoot(const std::vector<std::string>& environment) {
  std::string root = ValueOf(environment, "SystemRoot");
  return root.empty() ? "C:\\Windows" : root;
}

/// `sh.exe` of the folders in PATH (stock: a shell script needs one there).
std::vector<std::string> Shells(const std::vector<std::string>& environment) {
  const std::string path = ValueOf(environment, "PATH");
  std::vector<std::string> shells;
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t end = std::min(path.find(';', from), path.size());
    const std::string folder = path.substr(from, end - from);
    from = end + 1;
    if (IsAbsoluteWindowsPath(folder)) shells.push_back(folder + "\\sh.exe");
  }
  return shells;
}

bool EndsWith(const std::string& program, std::string_view name) {
  const std::size_t slash = program.find_last_of("/\\");
  return SameName(std::string_view(program).substr(slash == std::string::npos ? 0 : slash + 1), name);
}

}  // namespace

tl::expected<std::vector<std::string>, Outcome> WindowsPrograms(const wire::TaskEntry& entry,
                                                                const std::vector<std::string>& environment,
                                                                bool prefer_pwsh) {
  if (entry.assist && !entry.assist->launcher.empty()) {
    return tl::unexpected(Invalid("LauncherInvalid", "LauncherInvalid: On Windows commands run without a Launcher."));
  }
  const std::string root = SystemRoot(environment);
  if (entry.type == "RunBatScript") return std::vector<std::string>{root + "\\System32\\cmd.exe"};
  if (entry.type == "RunPowerShellScript") return PowerShellPlaces(root, ValueOf(environment, "PATH"), prefer_pwsh);
  return Shells(environment);
}

Outcome WindowsProgramMissing(const wire::TaskEntry& entry) {
  if (entry.type == "RunPowerShellScript") {
    return CouldNotStart("-10", "PowershellNotFound", "exec: \"powershell\": executable file not found in %PATH%");
  }
  if (entry.type == "RunBatScript") return CouldNotStart("-11", "SystemDefaultShellNotFound", "cmd.exe is not there");
  return CouldNotStart("-11", "SystemDefaultShellNotFound", "exec: \"sh\": executable file not found in %PATH%");
}

void WriteForWindows(const wire::TaskEntry& entry, const process::ProcessHost& processes, Checked& checked) {
  const ToConsole to_console = [&](std::string_view text) { return processes.ToConsole(text); };
  if (entry.type == "RunShellScript") {
    checked.script_name = entry.task_id + ".sh";
    return;
  }
  const bool bat = entry.type == "RunBatScript";
  WindowsScript written = bat ? BatScript(checked.script, to_console) : PowerShellScript(checked.script, to_console);
  checked.script = std::move(written.bytes);
  checked.code_page = written.code_page;
  checked.script_name = entry.task_id + (bat ? ".bat" : ".ps1");
}

std::vector<std::vector<std::string>> WindowsAttempts(const Checked& checked, const std::string& path) {
  if (EndsWith(checked.interpreter, "cmd.exe")) {
    constexpr std::string_view kBelow = "\\System32\\cmd.exe";
    return BatAttempts(path, checked.interpreter.substr(0, checked.interpreter.size() - kBelow.size()));
  }
  if (EndsWith(checked.interpreter, "sh.exe")) return {{checked.interpreter, path}};
  return PowerShellAttempts(checked.interpreter, path);
}

void SetWindowsAccount(const process::Account& account, std::vector<std::string>& environment) {
  const auto set = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    std::erase_if(environment, [&](const std::string& variable) {
      return SameName(std::string_view(variable).substr(0, variable.find('=')), name);
    });
    environment.push_back(std::string(name) + "=" + value);
  };
  set("USERPROFILE", account.home);
  set("USERNAME", account.name);
}

}  // namespace assist::agent::task_engine
