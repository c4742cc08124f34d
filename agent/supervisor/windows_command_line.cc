#include "agent/supervisor/windows_command_line.h"

#include <map>

namespace assist::agent::supervisor {
namespace {

std::string Upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

bool IsCmd(std::string_view program) {
  const std::size_t cut = program.find_last_of("/\\");
  const std::string name = Upper(cut == std::string_view::npos ? program : program.substr(cut + 1));
  return name == "CMD.EXE" || name == "CMD";
}

}  // namespace

std::string QuoteWindowsArgument(std::string_view word) {
  if (!word.empty() && word.find_first_of(" \t\n\v\"") == std::string_view::npos) return std::string(word);
  std::string out = "\"";
  std::size_t slashes = 0;  // they mean themselves, but in front of a quotation mark
  for (const char c : word) {
    if (c == '\\') {
      ++slashes;
      continue;
    }
    out.append(c == '"' ? slashes * 2 + 1 : slashes, '\\');
    slashes = 0;
    out += c;
  }
  out.append(slashes * 2, '\\');
  return out += '"';
}

std::string WindowsCommandLine(const std::vector<std::string>& attempt) {
  // The program's word is read by a rule of its own: up to the next quotation mark, backslashes mean themselves.
  std::string line = "\"" + attempt.front() + "\"";
  const bool cmd = IsCmd(attempt.front());
  for (std::size_t i = 1; i < attempt.size(); ++i) {
    line += ' ';
    line += cmd ? attempt[i] : QuoteWindowsArgument(attempt[i]);
  }
  return line;
}

std::string CmdCommand(std::string_view path) { return "\"\"" + std::string(path) + "\"\""; }

std::string WindowsEnvironmentBlock(const std::vector<std::string>& variables) {
  std::map<std::string, std::string> sorted;
  for (const std::string& variable : variables) {
    const std::size_t equals = variable.find('=');
    if (equals == 0 || equals == std::string::npos || variable.find('\0') != std::string::npos) continue;
    sorted[Upper(std::string_view(variable).substr(0, equals))] = variable;
  }
  std::string block;
  for (const auto& [name, variable] : sorted) {
    block += variable;
    block += '\0';
  }
  if (block.empty()) block += '\0';
  return block += '\0';
}

}  // namespace assist::agent::supervisor
