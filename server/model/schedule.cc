#include "server/model/schedule.h"

namespace assist::server::model {

std::string_view Name(MissedPolicy policy) noexcept {
  switch (policy) {
    case MissedPolicy::kSkip:
      return "Skip";
    case MissedPolicy::kRunOnce:
      return "RunOnce";
  }
  return "";
}

std::string_view Name(OverlapPolicy policy) noexcept {
  switch (policy) {
    case OverlapPolicy::kSkip:
      return "Skip";
    case OverlapPolicy::kQueue:
      return "Queue";
  }
  return "";
}

std::string_view Name(MissedReason reason) noexcept {
  switch (reason) {
    case MissedReason::kOverlap:
      return "Overlap";
    case MissedReason::kAgentDown:
      return "AgentDown";
    case MissedReason::kAsleep:
      return "Asleep";
    case MissedReason::kLate:
      return "Late";
    case MissedReason::kReplaced:
      return "Replaced";
    case MissedReason::kJournalDamaged:
      return "JournalDamaged";
  }
  return "";
}

std::string_view Name(OccurrenceKind kind) noexcept {
  switch (kind) {
    case OccurrenceKind::kRun:
      return "Run";
    case OccurrenceKind::kMissed:
      return "Missed";
  }
  return "";
}

std::optional<MissedPolicy> ParseMissedPolicy(std::string_view word) noexcept {
  for (const MissedPolicy policy : {MissedPolicy::kSkip, MissedPolicy::kRunOnce}) {
    if (word == Name(policy)) return policy;
  }
  return std::nullopt;
}

std::optional<OverlapPolicy> ParseOverlapPolicy(std::string_view word) noexcept {
  for (const OverlapPolicy policy : {OverlapPolicy::kSkip, OverlapPolicy::kQueue}) {
    if (word == Name(policy)) return policy;
  }
  return std::nullopt;
}

ErrorCode ErrorCodeOfMissed(MissedReason reason) noexcept {
  switch (reason) {
    case MissedReason::kOverlap:
    case MissedReason::kReplaced:  // it waited behind a run, too
      return ErrorCode::kTaskConcurrencyLimit;
    case MissedReason::kAgentDown:
      return ErrorCode::kClientNotRunning;
    case MissedReason::kAsleep:
      return ErrorCode::kInstanceNotRunning;
    case MissedReason::kLate:
      return ErrorCode::kClientNotResponse;
    case MissedReason::kJournalDamaged:
      return ErrorCode::kExecutionInterrupted;
  }
  return ErrorCode::kNone;
}

std::optional<std::chrono::milliseconds> Occurrence::lateness() const noexcept {
  if (!is_run() || !progress.start) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(*progress.start - due - splay);
}

}  // namespace assist::server::model
