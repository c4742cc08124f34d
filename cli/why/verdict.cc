#include "cli/why/verdict.h"

#include <utility>

#include "protocol/json/reader.h"

namespace assist::cli {

WhyCase MakeCase(InstanceRow row, std::string invoke_id, std::string name) {
  WhyCase one;
  one.invoke_id = std::move(invoke_id);
  one.name = std::move(name);
  one.timeline = TaskTimeline(row.raw);
  json::Reader in(row.raw);
  one.error_code = std::string(in.StringOr("ErrorCode", ""));
  one.error_info = std::string(in.StringOr("ErrorInfo", ""));
  one.error_detail = std::string(in.StringOr("ErrorDetail", ""));
  one.outcome = std::string(in.StringOr("Outcome", ""));
  one.waits_for = std::string(in.StringOr("WaitsFor", ""));
  one.row = std::move(row);
  return one;
}

Verdict VerdictOf(const WhyCase& one) {
  const std::string_view status = one.row.status;
  const bool had = one.row.delivery == "Accepted";
  if (one.row.state == MachineState::kUnknown || one.outcome == "Unknown") return Verdict::kUnknown;
  if (one.schedule && !IsFinal(one.row.state) && status != "Stopping") {
    if (one.row.delivery != "NotDelivered") return Verdict::kScheduled;
  }
  if (status == "Pending" || status == "Scheduled") {
    if (had) return Verdict::kWaitsThere;
    if (one.waits_for == "MaxConcurrency") return Verdict::kWaitsForTurn;
    if (one.row.delivery == "Delivered") return Verdict::kDelivered;
    if (one.machine && one.machine->duplicate) return Verdict::kDuplicate;
    if (one.machine && !one.machine->online) return Verdict::kOffline;
    if (one.machine && one.machine->deaf) return Verdict::kDeaf;
    return Verdict::kNotDelivered;
  }
  if (status == "Running") return Verdict::kRunning;
  if (status == "Stopping") return Verdict::kStopping;
  if (status == "Success" || status == "Failed") {
    if (one.error_code == "BudgetExceeded") return Verdict::kOverBudget;
    if (one.refusal && one.row.exit_code == package::ExitCode(one.refusal->refusal)) return Verdict::kOrderRefused;
    return one.row.exit_code || one.error_code.empty() ? Verdict::kEnded : Verdict::kCouldNotStart;
  }
  if (status == "Timeout") return Verdict::kTimedOut;
  if (status == "Terminated") return Verdict::kStopped;
  if (status == "Cancelled") {
    if (one.error_code == "MaxErrorsExceeded") return Verdict::kTooManyErrors;
    return had ? Verdict::kCancelledThere : Verdict::kCancelled;
  }
  if (status == "Invalid") return Verdict::kRefused;
  if (status == "Aborted") {
    if (one.error_code == "ClientNeedUpgrade") return Verdict::kAgentTooOld;
    if (one.error_code == "InstanceReleased") return Verdict::kDeregistered;
    if (one.outcome == "Final") return Verdict::kTimesPassed;
    if (one.error_code == "ClientNotResponse") return Verdict::kSilentBeforeStart;
    return one.row.delivery == "NotDelivered" ? Verdict::kNotTaken : Verdict::kNoWord;
  }
  return one.outcome == "Presumed" ? Verdict::kSilent : Verdict::kCouldNotStart;
}

std::string_view Name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::kScheduled:
      return "Scheduled";
    case Verdict::kWaitsForTurn:
      return "WaitsForTurn";
    case Verdict::kDuplicate:
      return "DuplicateAgents";
    case Verdict::kOffline:
      return "Offline";
    case Verdict::kDeaf:
      return "Deaf";
    case Verdict::kNotDelivered:
      return "NotDelivered";
    case Verdict::kDelivered:
      return "Delivered";
    case Verdict::kWaitsThere:
      return "WaitsOnMachine";
    case Verdict::kRunning:
      return "Running";
    case Verdict::kStopping:
      return "Stopping";
    case Verdict::kEnded:
      return "Ended";
    case Verdict::kOrderRefused:
      return "OrderRefused";
    case Verdict::kOverBudget:
      return "OverBudget";
    case Verdict::kTimedOut:
      return "TimedOut";
    case Verdict::kStopped:
      return "Stopped";
    case Verdict::kCancelled:
      return "Cancelled";
    case Verdict::kCancelledThere:
      return "CancelledOnMachine";
    case Verdict::kTooManyErrors:
      return "TooManyErrors";
    case Verdict::kRefused:
      return "Refused";
    case Verdict::kCouldNotStart:
      return "CouldNotRun";
    case Verdict::kAgentTooOld:
      return "AgentTooOld";
    case Verdict::kDeregistered:
      return "Deregistered";
    case Verdict::kTimesPassed:
      return "TimesPassed";
    case Verdict::kNotTaken:
      return "PresumedNotTaken";
    case Verdict::kNoWord:
      return "PresumedLostOnTheWay";
    case Verdict::kSilentBeforeStart:
      return "PresumedLostBeforeStart";
    case Verdict::kSilent:
      return "PresumedLost";
    case Verdict::kUnknown:
      return "Unknown";
  }
  return "";
}

}  // namespace assist::cli
