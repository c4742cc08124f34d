#include "agent/update/trial_watch.h"

#include "agent/update/store.h"

namespace assist::agent::update {
namespace {

constexpr std::chrono::seconds kLookEvery{1};

}  // namespace

asio::awaitable<bool> WatchTrial(std::string slot, disk::Disk& disk, GuardLock& guard, Clock& clock) {
  for (;;) {
    const bool guarded = guard.taken();  // before the pointer: the guard writes that before it goes
    auto pointer = co_await ReadPointer(disk);
    if (pointer && (!*pointer || (*pointer)->selected != slot)) co_return true;
    if (pointer && !(*pointer)->trial) co_return false;
    if (pointer && !guarded) co_return true;
    co_await clock.SleepFor(kLookEvery);
  }
}

}  // namespace assist::agent::update
