#include "agent/supervisor/budgets.h"

namespace assist::agent::supervisor {
namespace {

/// `number` / `unit`, rounded up to one decimal, so that what is over a limit never reads as the limit itself.
std::string Tenths(std::uint64_t number, std::uint64_t unit) {
  const std::uint64_t whole = number / unit;
  const std::uint64_t tenths = (number % unit * 10 + unit - 1) / unit;
  if (tenths == 0) return std::to_string(whole);
  return tenths == 10 ? std::to_string(whole + 1) : std::to_string(whole) + "." + std::to_string(tenths);
}

}  // namespace

std::optional<Exceeded> FindExceeded(const Budgets& budgets, const Usage& usage) noexcept {
  const auto used = static_cast<std::uint64_t>(usage.cpu.count() / 1000);
  if (budgets.cpu_seconds > 0 && used > budgets.cpu_seconds * 1000) {
    return Exceeded{Budget::kCpuTime, budgets.cpu_seconds * 1000, used};
  }
  if (budgets.memory_bytes > 0 && usage.memory_bytes > budgets.memory_bytes) {
    return Exceeded{Budget::kMemory, budgets.memory_bytes, usage.memory_bytes};
  }
  if (budgets.processes > 0 && usage.processes > budgets.processes) {
    return Exceeded{Budget::kProcesses, budgets.processes, usage.processes};
  }
  return std::nullopt;
}

std::string Describe(const Exceeded& exceeded) {
  const auto told = [&exceeded](const char* name, std::uint64_t unit, const char* shown, const char* verb) {
    return std::string(name) + " is " + Tenths(exceeded.limit, unit) + shown + ", " + verb + " " +
           Tenths(exceeded.measured, unit) + shown;
  };
  switch (exceeded.budget) {
    case Budget::kCpuTime:
      return told("MaxCpuTime", 1000, " s", "used were");
    case Budget::kMemory:
      return told("MaxMemory", 1 << 20, " MiB", "used were");
    case Budget::kProcesses:
      return told("MaxProcesses", 1, "", "there were");
    case Budget::kOutput:
      return told("MaxOutput", 1024, " KiB", "written were at least");
  }
  return {};
}

}  // namespace assist::agent::supervisor
