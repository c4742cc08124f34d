// The lists of containers that runtimes give. Pure; any thread. kInvalid: it is no such list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/containers/container.h"
#include "common/base/result.h"

namespace assist::agent::containers {

/// `GET /containers/json?all=true` of Docker.
[[nodiscard]] Result<std::vector<Container>> ParseDockerList(std::string_view json);
/// `crictl ps --all --output json`. A container has the names `container`, `pod/container` and
/// `namespace/pod/container`.
[[nodiscard]] Result<std::vector<Container>> ParseCriList(std::string_view json);

/// The member `message` of an error answer of Docker; the text itself when it has none.
[[nodiscard]] std::string DockerMessage(std::string_view body);

}  // namespace assist::agent::containers
