// What a version on trial watches for itself: a guard that is gone cannot put the pointer back any more. One executor;
// the references outlive it.
#pragma once

#include "agent/disk/disk.h"
#include "agent/update/ports.h"
#include "common/async/clock.h"

namespace assist::agent::update {

/// For the agent that runs from `slot` (empty: the installed program). Returns true when it is on trial and nobody
/// guards it any more, so that it must start anew (the launcher goes back then); false as soon as it is not on trial,
/// or not any more.
asio::awaitable<bool> WatchTrial(std::string slot, disk::Disk& disk, GuardLock& guard, Clock& clock);

}  // namespace assist::agent::update
