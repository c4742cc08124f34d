// The scripts that simulated machines run: a piece of the shell's language, a command a line.
//   echo TEXT       writes TEXT and a line feed
//   sleep SECONDS   a decimal number
//   exit CODE       the last command; without it: exit 0
//   hostname        writes the machine's name and a line feed
//   # TEXT          nothing
// Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace assist::sim::process {

struct Command {
  enum class Kind : std::uint8_t { kWrite, kSleep };
  Kind kind = Kind::kWrite;
  std::string bytes;                  ///< Of kWrite.
  std::chrono::microseconds time{0};  ///< Of kSleep.
};

struct Script {
  std::vector<Command> commands;
  int exit_code = 0;
  /// All that it writes when nobody ends it.
  [[nodiscard]] std::string output() const;
};

/// kInvalid: another word.
[[nodiscard]] Result<Script> ParseScript(std::string_view text, std::string_view machine);

}  // namespace assist::sim::process
