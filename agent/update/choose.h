// Which version of the agent a start runs. Pure; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/update/pointer.h"

namespace assist::agent::update {

/// A slot on trial is started so often; then the version before it runs.
inline constexpr std::int64_t kMaxTries = 3;
/// A good slot is started so often without having been connected for kProvenAgain since; then the version before it
/// runs.
inline constexpr std::int64_t kMaxStarts = 5;
/// A guard that lives has put the pointer back by then; one that hangs has not.
inline constexpr std::chrono::seconds kDeadlineGrace{60};

struct LaunchFacts {
  std::string installed_version;  ///< Of the program that decides.
  std::string boot_id;            ///< Empty: nobody knows, so no trial is in this boot.
  bool guarded = false;           ///< Somebody holds the guard's lock.
  SystemTime now{};
  Tries tries;
  Tries starts;  ///< Of a good slot.
  /// Whether the programs of this slot are there.
  std::function<bool(const std::string& slot)> is_there;
};

struct Choice {
  std::string slot;  ///< Empty: the installed program.
  /// What the pointer is to say from now on. It runs also when that cannot be written: the next start chooses the same.
  std::optional<Pointer> pointer;
  /// To be on the platter before the slot runs; when it cannot be, `pointer`'s previous runs instead.
  std::optional<Tries> tries;
  /// To be written before the slot, which is good, runs; it runs also when it cannot be.
  std::optional<Tries> starts;
  std::string why;  ///< It is not what the pointer says, or not for certain: for the log. Empty: it is.
};

/// Only whoever holds the guard's lock may write Choice::pointer; it is empty where somebody else holds it.
[[nodiscard]] Choice Choose(const Pointer& pointer, const LaunchFacts& facts);

}  // namespace assist::agent::update
