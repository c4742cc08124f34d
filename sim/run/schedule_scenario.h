// Schedules on one machine whose agent, power, disk, link and clock fail; then healed, stopped and judged. A run is a
// function of its seed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sim/checker/history.h"
#include "sim/run/switches.h"

namespace assist::sim::run {

struct ScheduleCounts {
  std::uint64_t steps = 0;
  std::uint64_t runs = 0;
  std::uint64_t missed = 0;
  std::uint64_t unknown = 0;  ///< Of those: given up after damage.
  std::uint64_t crashes = 0;
  std::uint64_t clock_steps = 0;
  std::uint64_t disk_troubles = 0;
  std::uint64_t rotten_bits = 0;
};

struct ScheduleOutcome {
  checker::Breaches breaches;
  std::uint64_t trace_hash = 0;
  ScheduleCounts counts;
};

/// `tell` hears the story, a line each; may be empty.
[[nodiscard]] ScheduleOutcome PlaySchedules(std::uint64_t seed, const Switches& switches = {},
                                            std::function<void(const std::string&)> tell = {});

}  // namespace assist::sim::run
