#include "agent/update/trial_watch.h"

#include "agent/update/store.h"

namespace assist::agent::update {
namespace {

constexpr std::chrono::seconds kLookEvery{1};
constexpr std::chrono::seconds kLookAgain{30};

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

asio::awaitable<void> ForgetStartsWhenProven(std::function<std::optional<SystemTime>()> connected, disk::Disk& disk,
                                             Clock& clock) {
  for (;;) {
    const std::optional<SystemTime> before = connected();
    co_await clock.SleepFor(before ? std::chrono::seconds(kProvenAgain) : kLookAgain);
    if (!before || connected() != before) continue;
    const Status forgotten = co_await ForgetStarts(disk);
    if (forgotten) co_return;
  }
}

}  // namespace assist::agent::update
