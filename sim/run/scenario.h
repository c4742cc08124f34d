// One run: a server, some agents and an operator in a world of faults, then healed, then judged. A run is a function of
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

/// What can go wrong in the middle of things. Never renumber: plans are written down by number.
enum class Fault : std::uint8_t {
  kServerProcess = 0,
  kServerPower = 1,
  kAgentProcess = 2,
  kAgentPower = 3,
  kSupervisor = 4,
  kPartition = 5,  ///< Of an agent, for a while.
  kHalfOpen = 6,   ///< The channel of an agent is silent from then on, until both have found out.
  kServerClock = 7,
  kAgentClock = 8,
  kServerFull = 9,  ///< The disk, for a while.
  kAgentFull = 10,
  kServerSlow = 11,
  kAgentSlow = 12,
  kServerRestore = 13,  ///< From a copy made `back` steps before.
  kAgentRestore = 14,
  kClone = 15,    ///< A second machine comes up with the files of an agent, as they were `back` steps before.
  kRelease = 16,  ///< The operator deregisters a machine.
};
inline constexpr int kFaultKinds = 17;
[[nodiscard]] std::string_view Name(Fault fault) noexcept;

struct FaultAt {
  std::uint64_t step = 0;  ///< Before this step of the world, counted from the moment when the first task is due.
  Fault what = Fault::kServerProcess;
  std::size_t machine = 0;              ///< Of faults of an agent.
  std::chrono::microseconds length{0};  ///< Of what lasts.
  std::chrono::seconds by{0};           ///< Of clocks.
  std::uint64_t back = 0;               ///< Steps, of copies.
};

struct Plan {
  std::uint64_t seed = 1;
  bool in_order = true;  ///< See world::Options.
  std::vector<Operator::Call> calls;
  link::Options operator_link;
  std::vector<link::Options> links;        ///< One for each machine: they say how many there are.
  std::vector<std::chrono::seconds> skew;  ///< Of each machine's wall clock.
  std::chrono::seconds server_skew{0};
  bool tight = false;           ///< Agents have room for few tasks, and remember few.
  std::vector<FaultAt> faults;  ///< In order of step.
  /// One in so many writes and syncs of the store ends the server's process in its middle (half of them the machine's
  /// power); 0: none. At most max_effect_crashes.
  std::uint64_t effect_crash_once_in = 0;
  int max_effect_crashes = 2;
  std::uint64_t store_trouble_once_in = 0;  ///< Disk full or I/O error; 0: never.
  std::uint64_t agent_trouble_once_in = 0;
  std::chrono::microseconds faults_end{0};  ///< When faults cease, after the first task is due.
  Switches switches;
};

/// Everything that may happen, by the seed.
[[nodiscard]] Plan MakePlan(std::uint64_t seed);
/// One machine, one task, no fault.
[[nodiscard]] Plan MakeQuietPlan(std::uint64_t seed);

struct Counts {
  std::uint64_t steps = 0;  ///< As in FaultAt.
  std::uint64_t machines = 0;
  std::uint64_t tasks = 0;
  std::uint64_t starts = 0;
  std::uint64_t unknown = 0;  ///< Tasks that ended so.
  std::uint64_t faults[kFaultKinds] = {};
  std::uint64_t effect_crashes = 0;
  std::uint64_t disk_troubles = 0;
  std::uint64_t older_stores_noted = 0;  ///< The server said that its store was restored from an older copy.
  std::uint64_t duplicates_shown = 0;    ///< Worlds in which it showed two agents with one identity.

  void Add(const Counts& other);
};

struct Outcome {
  checker::Breaches breaches;
  std::uint64_t trace_hash = 0;
  Counts counts;
};

/// `tell` hears the story, a line each; may be empty.
[[nodiscard]] Outcome Play(const Plan& plan, std::function<void(const std::string&)> tell = {});

}  // namespace assist::sim::run
