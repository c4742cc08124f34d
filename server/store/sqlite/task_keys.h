// A task's key is its invocation's key times 2^24 plus a number: rows of one invocation lie together, newest first, and
// need no index of their own.
#pragma once

#include <cstdint>

#include "server/model/entities.h"

namespace assist::server::store::sqlite {

inline constexpr int kTaskBits = 24;

/// Keys of an invocation's tasks are from this up to, not including, that of the next invocation.
[[nodiscard]] constexpr std::int64_t FirstTask(model::InvocationKey invocation) noexcept {
  return invocation.value << kTaskBits;
}
[[nodiscard]] constexpr model::InvocationKey InvocationOf(std::int64_t task) noexcept { return {task >> kTaskBits}; }

/// Keys fall from the first target to the last.
[[nodiscard]] inline std::int64_t TaskOfTarget(const model::Invocation& invocation, std::int64_t target) noexcept {
  return FirstTask(invocation.key) + invocation.targets - 1 - target;
}

}  // namespace assist::server::store::sqlite
