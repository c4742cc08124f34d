// The switch between versions of the agent on one machine: ROOT/update/pointer.json, and the names of slots. Reaches
// the disk: versions of the agent that are two releases apart read each other's, so members are added and never change
// their meaning. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/time.h"

namespace assist::agent::update {

/// Larger is no pointer.
inline constexpr std::size_t kMaxPointerBytes = 64 << 10;

struct Pointer {
  std::string selected;   ///< Slot; empty: the installed program.
  std::string previous;   ///< To which a failed trial, or an operator, goes back; empty: the installed program.
  bool trial = false;     ///< `selected` has not proven itself yet: it runs only while a guard lives, in this boot.
  std::string boot_id;    ///< Of the trial.
  SystemTime deadline{};  ///< Of the trial, by the machine's clock; the guard measures for itself.
  std::string installed;  ///< Version of the installed program when `selected` was chosen.
  std::string why;        ///< It went back by itself, for this reason, for people; empty: it did not.

  bool operator==(const Pointer&) const = default;
};

[[nodiscard]] std::string EncodePointer(const Pointer& pointer);
/// Unknown members are passed over. kInvalid: no pointer of a format that is known here.
[[nodiscard]] Result<Pointer> DecodePointer(std::string_view text);

/// `<version>-<sequence>`.
[[nodiscard]] std::string SlotName(std::string_view version, std::int64_t sequence);
/// A name that SlotName() makes, and so a folder's name on every system.
[[nodiscard]] bool IsSlotName(std::string_view slot);
/// "" of no slot.
[[nodiscard]] std::string VersionOfSlot(std::string_view slot);

/// How often a slot was started: on trial (ROOT/update/tries.json), or good and not connected for long enough since
/// (ROOT/update/starts.json, without a boot). Written by the launcher alone. (The pointer has one
/// writer, who holds the guard's lock; while a trial goes on that is the guard.)
struct Tries {
  std::string slot;
  std::string boot_id;
  std::int64_t count = 0;
};
[[nodiscard]] std::string EncodeTries(const Tries& tries);
/// What cannot be read counts as more tries than are allowed.
[[nodiscard]] Tries DecodeTries(std::string_view text);

}  // namespace assist::agent::update
