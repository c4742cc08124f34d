// What a fuzzer calls with bytes from the other side of the wire: each parser of agents' input on the server and of the
// server's input in the agent. A target ends the program (ASSIST_CHECK, a sanitizer) when a promise of the parser's
// header is broken; refusing is always right. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assist::fuzz {

struct Target {
  std::string_view name;
  void (*run)(std::string_view input);
};

/// All, by name.
[[nodiscard]] std::span<const Target> Targets();
/// Null: no such target.
[[nodiscard]] const Target* FindTarget(std::string_view name);

/// Inputs to begin with: what the captured conversations hold for this target, and a few by hand.
[[nodiscard]] std::vector<std::string> SeedsOf(std::string_view target);

}  // namespace assist::fuzz
