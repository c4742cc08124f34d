#include "agent/update/choose.h"

#include "protocol/package/version.h"

namespace assist::agent::update {
namespace {

/// The installed program was changed since (a package of the system, setup.exe), to this version or a later one.
bool InstalledWins(const Pointer& pointer, const std::string& slot, const LaunchFacts& facts) {
  return facts.installed_version != pointer.installed &&
         package::CompareVersions(facts.installed_version, VersionOfSlot(slot)) >= 0;
}

/// What runs when `selected` shall not, or cannot.
std::string Before(const Pointer& pointer, const LaunchFacts& facts) {
  const std::string& slot = pointer.previous;
  return slot.empty() || InstalledWins(pointer, slot, facts) || !facts.is_there(slot) ? std::string() : slot;
}

Choice GoBack(const Pointer& pointer, const LaunchFacts& facts, std::string why) {
  Choice choice;
  choice.slot = Before(pointer, facts);
  choice.why = std::move(why);
  if (facts.guarded) return choice;
  Pointer back;
  back.selected = choice.slot;
  back.installed = pointer.installed;
  back.why = choice.why;
  choice.pointer = std::move(back);
  return choice;
}

}  // namespace

Choice Choose(const Pointer& pointer, const LaunchFacts& facts) {
  const std::string& slot = pointer.selected;
  if (slot.empty() && !pointer.trial) return {};
  if (!slot.empty() && InstalledWins(pointer, slot, facts)) {
    return GoBack(pointer, facts, "the installed program, " + facts.installed_version + ", is newer than " + slot);
  }
  if (!slot.empty() && !facts.is_there(slot)) return GoBack(pointer, facts, "the programs of " + slot + " are missing");
  if (!pointer.trial) {
    const std::int64_t starts = facts.starts.slot == slot ? facts.starts.count : 0;
    if (starts >= kMaxStarts) {
      return GoBack(
          pointer, facts,
          slot + " was started " + std::to_string(kMaxStarts) + " times and was never connected for 5 minutes");
    }
    Choice good;
    good.slot = slot;
    good.starts = Tries{slot, {}, starts + 1};
    return good;
  }

  const std::string name = slot.empty() ? std::string("the installed program") : slot;
  if (!facts.guarded) return GoBack(pointer, facts, "the guard of the trial of " + name + " is gone");
  if (facts.boot_id.empty() || facts.boot_id != pointer.boot_id) {
    return GoBack(pointer, facts, "the trial of " + name + " was in an earlier boot");
  }
  if (facts.now > pointer.deadline + kDeadlineGrace) return GoBack(pointer, facts, "the trial of " + name + " is over");
  const bool counted = facts.tries.slot == slot && facts.tries.boot_id == facts.boot_id;
  const std::int64_t before = counted || facts.tries.count > kMaxTries ? facts.tries.count : 0;
  if (before >= kMaxTries) {
    return GoBack(pointer, facts, name + " was started " + std::to_string(kMaxTries) + " times on trial");
  }
  Choice choice;
  choice.slot = slot;
  choice.tries = Tries{slot, facts.boot_id, before + 1};
  choice.why = name + " is on trial, start " + std::to_string(before + 1);
  return choice;
}

}  // namespace assist::agent::update
