// One run: a server, an agent and an operator in a world of faults, then healed, then judged. A run is a function of
// its plan; MakePlan(seed) draws one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/checker/history.h"
#include "sim/link/link.h"
#include "sim/run/operator.h"
#include "sim/run/switches.h"

namespace assist::sim::run {

/// What can end in the middle of things. Never renumber: plans are written down by number.
enum class Crash : std::uint8_t {
  kServerProcess = 0,
  kServerPower = 1,
  kAgentProcess = 2,
  kAgentPower = 3,
  kSupervisor = 4,
};
inline constexpr int kCrashKinds = 5;
[[nodiscard]] std::string_view Name(Crash crash) noexcept;

struct CrashAt {
  std::uint64_t step = 0;  ///< Before this step of the world, counted from the moment when the first task is due.
  Crash what = Crash::kServerProcess;
};

struct Plan {
  std::uint64_t seed = 1;
  bool in_order = true;  ///< See world::Options.
  std::vector<Operator::Task> tasks;
  link::Options link;
  std::vector<CrashAt> crashes;  ///< In order of step.
  /// One in so many writes and syncs of the store ends the server's process in its middle (half of them the machine's
  /// power); 0: none. At most max_effect_crashes.
  std::uint64_t effect_crash_once_in = 0;
  int max_effect_crashes = 2;
  std::uint64_t store_trouble_once_in = 0;  ///< Disk full or I/O error; 0: never.
  std::uint64_t agent_trouble_once_in = 0;
  std::chrono::seconds server_skew{0};      ///< Of its wall clock, beside the agent's.
  std::chrono::microseconds faults_end{0};  ///< When faults cease, after the first task is due.
  Switches switches;
};

/// Everything that may happen, by the seed.
[[nodiscard]] Plan MakePlan(std::uint64_t seed);
/// The same world without any fault.
[[nodiscard]] Plan MakeQuietPlan(std::uint64_t seed);

struct Counts {
  std::uint64_t steps = 0;  ///< As in CrashAt.
  std::uint64_t tasks = 0;
  std::uint64_t starts = 0;
  std::uint64_t unknown = 0;  ///< Tasks that ended so.
  std::uint64_t crashes[kCrashKinds] = {};
  std::uint64_t effect_crashes = 0;
  std::uint64_t disk_troubles = 0;
};

struct Outcome {
  checker::Breaches breaches;
  std::uint64_t trace_hash = 0;
  Counts counts;
};

/// `tell` hears the story, a line each; may be empty.
[[nodiscard]] Outcome Play(const Plan& plan, std::function<void(const std::string&)> tell = {});

}  // namespace assist::sim::run
