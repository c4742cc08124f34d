// Worlds played in several processes: SQLite's VFS list and random numbers belong to a process, so one process plays
// one world at a time. POSIX.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/run/scenario.h"

namespace assist::sim::program {

struct Totals {
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;
  run::Counts counts;

  void Add(const run::Outcome& outcome);
  void Add(const Totals& other);
};

/// Plays [0, runs) in `jobs` processes; `play` is called in one of them for each number, and what it returns is added
/// up. What `play` prints appears as it is printed. A process that dies counts as a failed run, and is told with the
/// number that it was at.
[[nodiscard]] Totals PlayAll(std::uint64_t runs, unsigned jobs, const std::function<run::Outcome(std::uint64_t)>& play);

}  // namespace assist::sim::program
