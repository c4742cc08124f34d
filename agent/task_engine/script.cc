#include "agent/task_engine/script.h"

#include <algorithm>
#include <optional>

namespace assist::agent::task_engine {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kMaxTaskId = 128;
constexpr std::size_t kMaxEnding = 16;

bool IsNameCharacter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// What stands between the first `{{` at or behind `from` and the `}}` that follows it.
struct Braces {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view inside;
};
std::optional<Braces> FindBraces(std::string_view text, std::size_t from) {
  std::size_t begin = text.find("{{", from);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t close = text.find("}}", begin + 2);
  if (close == std::string_view::npos) return std::nullopt;
  // Of "{{{ACS::X}}" the innermost pair counts.
  begin = text.rfind("{{", close - 1);
  return Braces{begin, close + 2, Trim(text.substr(begin + 2, close - begin - 2))};
}

struct Launcher {
  std::optional<Braces> place;
  std::string ending;
};
Launcher ParseLauncher(std::string_view launcher) {
  constexpr std::string_view kName = "ACS::ScriptFileName";
  Launcher parsed;
  for (auto braces = FindBraces(launcher, 0); braces; braces = FindBraces(launcher, braces->end)) {
    if (!braces->inside.starts_with(kName)) continue;
    std::string_view rest = Trim(braces->inside.substr(kName.size()));
    if (!rest.empty() && rest.front() != '|') continue;
    parsed.place = braces;
    const std::size_t open = rest.find('"');
    const std::size_t close = rest.rfind('"');
    if (open == std::string_view::npos || close == open) break;
    std::string_view ending = rest.substr(open + 1, close - open - 1);
    if (!ending.starts_with('.')) break;
    if (ending.size() <= kMaxEnding && std::all_of(ending.begin() + 1, ending.end(), IsNameCharacter)) {
      parsed.ending = ending;
    }
    break;
  }
  return parsed;
}

}  // namespace

bool IsSafeTaskId(std::string_view id) noexcept {
  if (id.empty() || id.size() > kMaxTaskId || id.front() == '.') return false;
  return std::all_of(id.begin(), id.end(), [](char c) { return IsNameCharacter(c) || c == '-' || c == '.'; });
}

tl::expected<std::string, Refusal> ReplaceParameters(std::string_view text,
                                                     const std::map<std::string, std::string>& values) {
  constexpr std::string_view kPrefix = "ACS::";
  std::string result;
  std::size_t done = 0;
  for (auto braces = FindBraces(text, 0); braces; braces = FindBraces(text, braces->end)) {
    if (braces->inside.starts_with("oos:") || braces->inside.starts_with("oos-secret:")) {
      return tl::unexpected(Refusal{"ParameterStoreNotAccessible", "There is no parameter store on this machine"});
    }
    if (!braces->inside.starts_with(kPrefix)) continue;
    const std::string name(braces->inside.substr(kPrefix.size()));
    if (name.empty() || !std::all_of(name.begin(), name.end(), IsNameCharacter)) continue;
    const auto found = values.find(name);
    if (found == values.end()) {
      return tl::unexpected(
          Refusal{"InvalidEnvironmentParameter", "The environment parameter " + name + " is invalid"});
    }
    result += text.substr(done, braces->begin - done);
    result += found->second;
    done = braces->end;
  }
  result += text.substr(done);
  return result;
}

std::vector<std::string> Shebang(std::string_view script) {
  constexpr std::size_t kMaxLine = 255;
  if (!script.starts_with("#!")) return {};
  std::string_view line = script.substr(2, std::min(script.find('\n'), kMaxLine) - 2);
  const auto trim = [](std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return std::string_view();
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
  };
  line = trim(line);
  if (line.empty()) return {};
  const std::size_t blank = line.find_first_of(" \t");
  std::vector<std::string> words{std::string(line.substr(0, blank))};
  if (blank != std::string_view::npos) words.emplace_back(trim(line.substr(blank)));
  return words;
}

std::vector<std::vector<std::string>> ShellAttempts(std::string_view script, const std::string& path) {
  std::vector<std::string> words = Shebang(script);
  if (words.empty()) return {{"/bin/sh", path}};
  words.push_back(path);
  return {std::move(words), {"/bin/sh", "-c", "\"$0\"", path}};
}

std::string LauncherEnding(std::string_view launcher, std::string_view fallback) {
  const Launcher parsed = ParseLauncher(launcher);
  return parsed.ending.empty() ? std::string(fallback) : parsed.ending;
}

std::vector<std::vector<std::string>> LauncherAttempts(std::string_view launcher, const std::string& path) {
  const Launcher parsed = ParseLauncher(launcher);
  std::string line = "exec ";
  if (parsed.place) {
    line += launcher.substr(0, parsed.place->begin);
    line += "\"$0\"";
    line += launcher.substr(parsed.place->end);
  } else {
    line += launcher;
    line += " \"$0\"";
  }
  return {{"/bin/sh", "-c", std::move(line), path}};
}

}  // namespace assist::agent::task_engine
