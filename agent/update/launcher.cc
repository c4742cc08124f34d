#include "agent/update/launcher.h"

#include <set>

#include "agent/update/store.h"

namespace assist::agent::update {
namespace {

/// Of both slots that the pointer names: those whose program is there.
asio::awaitable<std::set<std::string>> SlotsThere(const Pointer& pointer, const std::string& program,
                                                  disk::Disk& disk) {
  std::set<std::string> there;
  const std::set<std::string> named{pointer.selected, pointer.previous};
  for (const std::string& slot : named) {
    if (slot.empty()) continue;
    const auto size = co_await disk.Size(SlotFolder(slot) + "/" + program);
    if (size && *size > 0) there.insert(slot);
  }
  co_return there;
}

}  // namespace

asio::awaitable<Launch> DecideLaunch(LaunchOptions options, disk::Disk& disk, GuardLock& guard) {
  Launch launch;
  auto hold = guard.TryTake();
  auto pointer = co_await ReadPointer(disk);
  if (!pointer) {
    launch.notes.push_back("update/pointer.json cannot be used, the installed program runs: " + pointer.error().detail);
    co_return launch;
  }
  if (!*pointer) co_return launch;
  const std::set<std::string> there = co_await SlotsThere(**pointer, options.program, disk);
  LaunchFacts facts;
  facts.installed_version = options.installed_version;
  facts.boot_id = options.boot_id;
  facts.guarded = !hold && hold.error().code == Errc::kConflict;
  facts.now = options.now;
  facts.tries = co_await ReadTries(disk);
  facts.starts = co_await ReadStarts(disk);
  facts.is_there = [&there](const std::string& slot) { return there.contains(slot); };
  Choice choice = Choose(**pointer, facts);
  launch.slot = choice.slot;
  launch.trial = choice.tries.has_value();
  if (!choice.why.empty()) launch.notes.push_back(choice.why);
  if (choice.pointer && hold) {
    Status written = co_await WritePointer(disk, *choice.pointer);
    if (!written) launch.notes.push_back("update/pointer.json was not written: " + written.error().detail);
  }
  if (choice.starts) {
    Status written = co_await WriteStarts(disk, *choice.starts);
    if (!written) launch.notes.push_back("the start was not counted: " + written.error().detail);
  }
  if (choice.tries) {
    Status written = co_await WriteTries(disk, *choice.tries);
    if (!written) {
      launch.notes.push_back("the start cannot be counted, so the version before it runs: " + written.error().detail);
      launch.slot = there.contains((*pointer)->previous) ? (*pointer)->previous : std::string();
      launch.trial = false;
    }
  }
  co_return launch;
}

asio::awaitable<void> LeaveSlot(std::string slot, disk::Disk& disk, GuardLock& guard) {
  auto hold = guard.TryTake();
  auto pointer = co_await ReadPointer(disk);
  if (!hold || !pointer || !*pointer || (*pointer)->selected != slot) co_return;
  Pointer back;
  back.selected = (*pointer)->previous == slot ? std::string() : (*pointer)->previous;
  back.installed = (*pointer)->installed;
  back.why = slot + " could not be started";
  // Who cannot write it runs what it says all the same.
  static_cast<void>(co_await WritePointer(disk, back));
}

}  // namespace assist::agent::update
