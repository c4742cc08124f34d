// Looks for a container in the runtimes of this machine. Blocks for at most kFindPatience; one thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/containers/container.h"

namespace assist::agent::containers {

inline constexpr std::chrono::seconds kFindPatience{50};

struct Places {
  std::string docker;            ///< Socket; empty: none.
  std::vector<std::string> cri;  ///< Sockets, looked at in this order, after Docker's.
  std::string crictl;
};
[[nodiscard]] Outcome<Target> Find(const Places& places, const std::string& id, const std::string& name);

}  // namespace assist::agent::containers
