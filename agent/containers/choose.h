// Which container a task means. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/containers/container.h"

namespace assist::agent::containers {

/// What a task says, taken apart.
struct Wanted {
  std::optional<Runtime> only;  ///< As the id's prefix says: `docker://`; `containerd://` and `cri-o://` are CRI.
  std::string id;               ///< Lower case, without the prefix; whole or its beginning; empty: any.
  std::string name;             ///< Empty: any.
};
[[nodiscard]] Outcome<Wanted> ParseWanted(std::string_view id, std::string_view name);

/// The one of a runtime's containers that is meant: its whole id; none when it is not among them. Refused:
/// InvalidContainerId (the beginning fits several), ContainerNameAndIdNotMatch, ContainerNameDuplicated,
/// ContainerStateAbnormal (it does not run). Of several with one name those that do not run are passed over.
[[nodiscard]] Outcome<std::optional<std::string>> Choose(const Wanted& wanted,
                                                         const std::vector<Container>& containers);

}  // namespace assist::agent::containers
