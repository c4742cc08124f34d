// What may still be asked and said about a task, beside its state. Pure; any thread.
#pragma once

#include <cstdint>

#include "server/model/task_progress.h"

namespace assist::server::model {

/// As TaskProgress::agent_run of a task that our agent has accepted: nothing was heard of it for so long that it is
/// asked; it goes out once more, with its number, until something is heard. Written to the store: never change.
inline constexpr std::int64_t kAsked = -1;

/// No report changes it any more. A task that ended because it had not gone out is not closed: an agent that speaks of
/// it was given it, so the store was restored from a copy that was made before, and what the agent says is true.
[[nodiscard]] inline bool IsClosed(const TaskProgress& progress) noexcept {
  return progress.outcome == Outcome::kFinal && progress.delivery != Delivery::kNotDelivered;
}

}  // namespace assist::server::model
