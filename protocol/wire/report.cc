#include "protocol/wire/report.h"

namespace assist::wire {

std::string_view PathName(ReportKind kind) noexcept {
  switch (kind) {
    case ReportKind::kAccepted:
    case ReportKind::kRunning:
      return "running";
    case ReportKind::kFinish:
      return "finish";
    case ReportKind::kTimeout:
      return "timeout";
    case ReportKind::kError:
      return "error";
    case ReportKind::kStopped:
      return "stopped";
    case ReportKind::kInvalid:
      return "invalid";
    case ReportKind::kVerified:
      return "verified";
    case ReportKind::kMissed:
      return "missed";
  }
  return "running";
}

std::string_view Name(ReportKind kind) noexcept {
  return kind == ReportKind::kAccepted ? std::string_view("accepted") : PathName(kind);
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

std::optional<MissedReason> ParseMissedReason(std::string_view name) noexcept {
  for (const MissedReason reason : {MissedReason::kOverlap, MissedReason::kAgentDown, MissedReason::kAsleep,
                                    MissedReason::kLate, MissedReason::kReplaced, MissedReason::kJournalDamaged}) {
    if (Name(reason) == name) return reason;
  }
  return std::nullopt;
}

}  // namespace assist::wire
