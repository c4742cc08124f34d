// What a version on trial watches for itself: a guard that is gone cannot put the pointer back any more. One executor;
// the references outlive it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "agent/disk/disk.h"
#include "agent/update/ports.h"
#include "common/async/clock.h"

namespace assist::agent::update {

/// For the agent that was launched on trial from `slot` (empty: the installed program). Returns true when nobody guards
/// it any more, or the pointer went on without it, so that it must start anew (the launcher knows what runs then);
/// false as soon as it is proven.
asio::awaitable<bool> WatchTrial(std::string slot, disk::Disk& disk, GuardLock& guard, Clock& clock);

/// So long in one piece it is to be connected, that its starts are not counted against it any more.
inline constexpr std::chrono::minutes kProvenAgain{5};
/// For an agent that runs from a slot: forgets the launcher's count of its starts once it has been connected for so
/// long, and returns. `connected`: since when, in the same words as long as nothing changes; none: it is not.
asio::awaitable<void> ForgetStartsWhenProven(std::function<std::optional<SystemTime>()> connected, disk::Disk& disk,
                                             Clock& clock);

}  // namespace assist::agent::update
