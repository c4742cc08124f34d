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
  }
  return "running";
}

std::string_view Name(ReportKind kind) noexcept {
  return kind == ReportKind::kAccepted ? std::string_view("accepted") : PathName(kind);
}

}  // namespace assist::wire
