#include "agent/task_engine/windows_script.h"

#include <algorithm>

#include "agent/supervisor/console_text.h"
#include "agent/supervisor/windows_command_line.h"

namespace assist::agent::task_engine {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";

std::string_view WithoutMark(std::string_view script) {
  if (script.starts_with(kMark)) script.remove_prefix(kMark.size());
  return script;
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool IsSlash(char c) { return c == '/' || c == '\\'; }

/// With `\`: cmd takes what stands behind a `/` for a switch.
std::string Backslashes(std::string_view path) {
  std::string out(path);
  std::replace(out.begin(), out.end(), '/', '\\');
  return out;
}

std::string In(std::string_view folder, std::string_view name) {
  std::string out = Backslashes(folder);
  if (out.empty() || out.back() != '\\') out += '\\';
  return out.append(name);
}

}  // namespace

WindowsScript BatScript(std::string_view script, const ToConsole& to_console) {
  std::string text = "@echo off\r\n" + NormalizeCrLf(WithoutMark(script));
  if (IsAscii(text)) return {std::move(text), 0};
  if (std::optional<std::string> bytes = to_console(text)) return {std::move(*bytes), 0};
  return {std::move(text), supervisor::kUtf8CodePage};
}

WindowsScript PowerShellScript(std::string_view script, const ToConsole& to_console) {
  const std::string text = NormalizeCrLf(WithoutMark(script));
  const bool own = IsAscii(text) || to_console(text).has_value();
  return {std::string(kMark) + text, own ? 0 : supervisor::kUtf8CodePage};
}

std::string NormalizeCrLf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' && text[i] != '\n') {
      out += text[i];
      continue;
    }
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    out += "\r\n";
  }
  return out;
}

std::vector<std::vector<std::string>> BatAttempts(std::string_view path, std::string_view system_root) {
  return {{In(system_root, "System32\\cmd.exe"), "/D", "/S", "/C", supervisor::CmdCommand(Backslashes(path))}};
}

std::vector<std::vector<std::string>> PowerShellAttempts(std::string_view program, std::string_view path) {
  return {{Backslashes(program), "-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File",
           Backslashes(path)}};
}

std::vector<std::string> PowerShellPlaces(std::string_view system_root, std::string_view path_variable,
                                          bool prefer_pwsh) {
  const auto in_path = [path_variable](std::vector<std::string>& places, std::string_view name) {
    for (std::size_t from = 0; from <= path_variable.size();) {
      const std::size_t end = std::min(path_variable.find(';', from), path_variable.size());
      std::string_view folder = path_variable.substr(from, end - from);
      from = end + 1;
      if (folder.size() > 1 && folder.front() == '"' && folder.back() == '"')
        folder = folder.substr(1, folder.size() - 2);
      if (IsAbsoluteWindowsPath(folder)) places.push_back(In(folder, name));
    }
  };
  std::vector<std::string> places;
  if (prefer_pwsh) in_path(places, "pwsh.exe");
  places.push_back(In(system_root, "System32\\WindowsPowerShell\\v1.0\\powershell.exe"));
  in_path(places, "powershell.exe");
  if (!prefer_pwsh) in_path(places, "pwsh.exe");
  return places;
}

bool IsAbsoluteWindowsPath(std::string_view path) {
  if (path.size() >= 3 && path[1] == ':' && IsSlash(path[2])) {
    return (path[0] >= 'a' && path[0] <= 'z') || (path[0] >= 'A' && path[0] <= 'Z');
  }
  return path.size() >= 3 && IsSlash(path[0]) && IsSlash(path[1]) && !IsSlash(path[2]);
}

}  // namespace assist::agent::task_engine
