#include "sim/process/script.h"

#include <charconv>

namespace assist::sim::process {
namespace {

template <class Number>
bool Parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string Script::output() const {
  std::string out;
  for (const auto& command : commands) out += command.bytes;
  return out;
}

Result<Script> ParseScript(std::string_view text, std::string_view machine) {
  Script script;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto word = line.substr(0, line.find(' '));
    const auto rest = line.substr(std::min(line.size(), word.size() + 1));
    if (line.empty() || line.front() == '#') continue;
    if (word == "echo") {
      script.commands.push_back({Command::Kind::kWrite, std::string(rest) + "\n", {}});
    } else if (line == "hostname") {
      script.commands.push_back({Command::Kind::kWrite, std::string(machine) + "\n", {}});
    } else if (double seconds = 0; word == "sleep" && Parse(rest, seconds)) {
      const auto micros = std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6));
      script.commands.push_back({Command::Kind::kSleep, {}, micros});
    } else if (word == "exit" && Parse(rest, script.exit_code)) {
      return script;
    } else {
      return Fail(Errc::kInvalid, "no such command: " + std::string(line));
    }
  }
  return script;
}

}  // namespace assist::sim::process
