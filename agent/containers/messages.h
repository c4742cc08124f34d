// What the agent and the program of agent/containers/program say to each other. Pure; any thread. Both are of one
// version, so what cannot be read is refused.
#pragma once

#include <string>
#include <string_view>

#include "agent/containers/container.h"
#include "common/base/result.h"

namespace assist::agent::containers {

/// What is to be run, and where. Stands in a file of the task's folder (mode 0700, the folder too), since it holds the
/// script.
struct Order {
  Target target;
  std::string crictl;             ///< As ContainerHost::crictl().
  std::string user;               ///< Inside, with Docker only; empty: as the image says.
  std::string working_directory;  ///< The same.
  std::string script;             ///< For /bin/sh inside.
  friend bool operator==(const Order&, const Order&) = default;
};
[[nodiscard]] std::string EncodeOrder(const Order& order);
[[nodiscard]] Result<Order> DecodeOrder(std::string_view bytes);

/// What `find` answers on its standard output.
[[nodiscard]] std::string EncodeAnswer(const Outcome<Target>& answer);
[[nodiscard]] Result<Outcome<Target>> DecodeAnswer(std::string_view bytes);

}  // namespace assist::agent::containers
