// The agent as a whole: builds everything bottom up, serves, stops in reverse. Scripts that run go on without it.
#pragma once

#include <string_view>

#include "agent/service/launch.h"
#include "agent/service/settings.h"
#include "common/base/result.h"

namespace assist::agent::service {

/// The reason of an error: this machine has no identity, so that starting again would not help.
inline constexpr std::string_view kNotRegistered = "NotRegistered";
/// The same: the server stopped it, and may (kicks.stop).
inline constexpr std::string_view kStoppedByServer = "StoppedByServer";

/// The same: another version is to serve, or this one anew (ServeSelected).
inline constexpr std::string_view kToStartAnew = "ToStartAnew";

/// Serves until SIGTERM or SIGINT; Ok after a clean stop. An error tells why it could not start. Blocks.
[[nodiscard]] Status RunAgent(const AgentSettings& settings, const Origin& origin);

}  // namespace assist::agent::service
