#include "protocol/wire/task.h"

#include <array>

namespace assist::wire {
namespace {
constexpr std::array<std::string_view, 6> kRepeats = {"Once", "Period", "Rate", "At", "NextRebootOnly", "EveryReboot"};
}  // namespace

std::string_view Name(Repeat repeat) noexcept {
  const auto index = static_cast<std::size_t>(repeat);
  return index < kRepeats.size() ? kRepeats[index] : "Unknown";
}

Repeat ParseRepeat(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kRepeats.size(); ++i) {
    if (kRepeats[i] == name) return static_cast<Repeat>(i);
  }
  return Repeat::kUnknown;
}

std::string_view Name(Termination termination) noexcept {
  return termination == Termination::kProcess ? "Process" : "ProcessTree";
}

std::string_view Name(MissedPolicy policy) noexcept { return policy == MissedPolicy::kRunOnce ? "RunOnce" : "Skip"; }

std::optional<MissedPolicy> ParseMissedPolicy(std::string_view name) noexcept {
  for (const MissedPolicy policy : {MissedPolicy::kSkip, MissedPolicy::kRunOnce}) {
    if (Name(policy) == name) return policy;
  }
  return std::nullopt;
}

std::string_view Name(OverlapPolicy policy) noexcept { return policy == OverlapPolicy::kQueue ? "Queue" : "Skip"; }

std::optional<OverlapPolicy> ParseOverlapPolicy(std::string_view name) noexcept {
  for (const OverlapPolicy policy : {OverlapPolicy::kSkip, OverlapPolicy::kQueue}) {
    if (Name(policy) == name) return policy;
  }
  return std::nullopt;
}

}  // namespace assist::wire
