// What the operations on rollouts have in common. Pure.
#pragma once

#include "server/control/rollouts.h"
#include "server/openapi/operation.h"

namespace assist::server::openapi {

[[nodiscard]] ParameterSpec RolloutIdSpec();
/// Of those that change one: RolloutId, State.
[[nodiscard]] json::Object ShowChanged(const control::ChangedRollout& changed);
inline constexpr std::string_view kChangedRollout = R"(
RolloutId: string
State: string
)";

}  // namespace assist::server::openapi
