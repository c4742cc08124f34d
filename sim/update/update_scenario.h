// Updates of the agent on one machine whose power, processes and disk fail; then healed and judged: whatever happened,
// a version runs that serves, none that was not proven is kept, and the next update works. A run is a function of its
// seed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace assist::sim::update {

struct UpdateCounts {
  std::uint64_t steps = 0;
  std::uint64_t updates = 0;
  std::uint64_t kept = 0;     ///< Came to their end, and the release stays.
  std::uint64_t refused = 0;  ///< Came to their end, and it does not.
  std::uint64_t power_cuts = 0;
  std::uint64_t guards_killed = 0;
  std::uint64_t agents_killed = 0;
  std::uint64_t disk_troubles = 0;

  void Add(const UpdateCounts& other);
};

struct UpdateOutcome {
  std::vector<std::string> breaches;
  std::uint64_t trace_hash = 0;
  UpdateCounts counts;
};

using Tell = std::function<void(const std::string&)>;

/// Several updates, and everything goes wrong. `tell` hears the story, a line each; may be empty.
[[nodiscard]] UpdateOutcome PlayUpdates(std::uint64_t seed, Tell tell = {});

/// What happens before one step of an update in which nothing else goes wrong.
enum class Cut : std::uint8_t { kPower, kGuard, kAgent, kPowerTwice };
inline constexpr int kCuts = 4;
/// One update to a release that is good, or broken in the way `seed` says. Without a cut: `step` is 0. counts.steps:
/// of the update alone.
[[nodiscard]] UpdateOutcome PlayCut(std::uint64_t seed, std::uint64_t step, Cut cut, Tell tell = {});

}  // namespace assist::sim::update
