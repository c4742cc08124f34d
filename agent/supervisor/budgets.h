// What a task may use at most (docs/budgets.md), and whether it has used more. Pure; any thread. The supervisor
// measures and ends the whole tree when a budget is exceeded; without budgets it measures nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace assist::agent::supervisor {

/// 0, here and below: no such budget.
struct Budgets {
  std::uint64_t cpu_seconds = 0;   ///< Of all processes of the tree together, those that have ended too.
  std::uint64_t memory_bytes = 0;  ///< Of the processes that live.
  std::uint64_t processes = 0;     ///< That live at a time; threads do not count.
  std::uint64_t output_bytes = 0;  ///< Written to the pipe.

  /// One of those is there for which the tree must be measured.
  [[nodiscard]] bool measured() const noexcept { return cpu_seconds > 0 || memory_bytes > 0 || processes > 0; }
  [[nodiscard]] bool any() const noexcept { return measured() || output_bytes > 0; }
  friend bool operator==(const Budgets&, const Budgets&) = default;
};

/// What the tree was found to use.
struct Usage {
  std::chrono::microseconds cpu{0};
  std::uint64_t memory_bytes = 0;
  std::uint64_t processes = 0;
};

/// Stands in the exit record: never renumber.
enum class Budget : std::uint8_t { kCpuTime = 1, kMemory = 2, kProcesses = 3, kOutput = 4 };

struct Exceeded {
  Budget budget = Budget::kCpuTime;
  std::uint64_t limit = 0;     ///< ms of CPU time, bytes, or processes.
  std::uint64_t measured = 0;  ///< The same.
  friend bool operator==(const Exceeded&, const Exceeded&) = default;
};

/// The first of CPU time, memory and processes that is exceeded.
[[nodiscard]] std::optional<Exceeded> FindExceeded(const Budgets& budgets, const Usage& usage) noexcept;
/// For people: "MaxMemory is 512 MiB, used were 530.2 MiB". The names are those of the API.
[[nodiscard]] std::string Describe(const Exceeded& exceeded);

}  // namespace assist::agent::supervisor
