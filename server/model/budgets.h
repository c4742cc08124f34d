// What each run of an invocation may use at most on its machine (docs/budgets.md). Kept by our agent alone: others are
// not handed what has budgets. Pure.
#pragma once

#include <cstdint>

namespace assist::server::model {

/// 0: no such budget.
struct Budgets {
  std::int64_t cpu_seconds = 0;  ///< MaxCpuTime
  std::int64_t memory_mib = 0;   ///< MaxMemory
  std::int64_t processes = 0;    ///< MaxProcesses
  std::int64_t output_kib = 0;   ///< MaxOutput

  [[nodiscard]] bool any() const noexcept { return *this != Budgets{}; }
  friend bool operator==(const Budgets&, const Budgets&) = default;
};

/// The most that can be asked for.
inline constexpr Budgets kMostBudgets{366LL * 86'400, 16LL << 20, 4LL << 20, 1LL << 30};

/// For people: why an agent was not handed a task.
inline constexpr const char* kKeepsNoBudgets =
    "its agent keeps no budgets (MaxCpuTime, MaxMemory, MaxProcesses, MaxOutput), so it was not given the task";

}  // namespace assist::server::model
