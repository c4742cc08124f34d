// What is known of containers on a machine. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace assist::agent::containers {

/// How a container is reached. Never renumber: it stands in orders on the disk.
enum class Runtime : std::uint8_t {
  kDocker = 1,  ///< Docker's API over its socket; Podman speaks it too.
  kCri = 2,     ///< A runtime of Kubernetes, by the program crictl.
};

/// One that a runtime lists.
struct Container {
  std::string id;                  ///< Whole, lower case.
  std::vector<std::string> names;  ///< Any of them names it.
  bool running = false;
  std::string state;  ///< In the runtime's words.
};

/// Where a command is to run.
struct Target {
  Runtime runtime = Runtime::kDocker;
  std::string socket;
  std::string id;  ///< Whole.
  friend bool operator==(const Target&, const Target&) = default;
};

/// Why there is no target (agent-protocol.md, 12.1 and 12.3).
struct Trouble {
  bool invalid = true;  ///< An `invalid` report with `code` as its param; else an `error` report with it as errCode.
  std::string code;
  std::string why;  ///< For people; without the code in front.
  friend bool operator==(const Trouble&, const Trouble&) = default;
};

template <class T>
using Outcome = tl::expected<T, Trouble>;

[[nodiscard]] inline tl::unexpected<Trouble> Refuse(std::string_view code, std::string why) {
  return tl::unexpected<Trouble>(Trouble{true, std::string(code), std::move(why)});
}

}  // namespace assist::agent::containers
