// A task as the server tells of it, and where it stands by that. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/invocations/instance_list.h"
#include "cli/machines/machine_list.h"
#include "cli/why/timeline.h"
#include "protocol/package/refusal.h"

namespace assist::cli {

/// One task: a run on a machine, and what is known of the machine now.
struct WhyCase {
  std::string invoke_id;
  std::string rerun_of;  ///< The run that this one runs again; empty: none.
  std::string name;      ///< What the machine is called.
  InstanceRow row;
  TaskTimeline timeline;
  std::string error_code;
  std::string error_info;
  std::string error_detail;
  std::string outcome;
  std::string waits_for;
  std::string max_concurrency;  ///< Of the run.
  bool schedule = false;
  std::optional<package::FoundRefusal> refusal;  ///< What its output ends with; ignored unless the exit code fits.
  std::optional<MachineRow> machine;             ///< Absent: it is not registered any more, or the server did not tell.
};
/// `row` as ReadInstances() gives it.
[[nodiscard]] WhyCase MakeCase(InstanceRow row, std::string invoke_id, std::string name);

/// Where it stands. Programs get the names.
enum class Verdict {
  kScheduled,     ///< A schedule that goes on.
  kWaitsForTurn,  ///< MaxConcurrency.
  kDuplicate,     ///< Two live agents with one identity: neither gets anything.
  kOffline,       ///< Not delivered: the machine is away.
  kDeaf,          ///< Not delivered: it cannot be woken now.
  kNotDelivered,  ///< Not delivered: it is there and about to ask.
  kDelivered,     ///< Handed out, no word yet.
  kWaitsThere,    ///< The agent has it, its turn there has not come.
  kRunning,
  kStopping,
  kEnded,         ///< By itself, with an exit code.
  kOrderRefused,  ///< An order (about packages, releases) that the machine refused, with a word.
  kOverBudget,    ///< It used more than it may.
  kTimedOut,
  kStopped,         ///< While it ran.
  kCancelled,       ///< Before the agent had it.
  kCancelledThere,  ///< The agent had it and had not started it.
  kTooManyErrors,   ///< MaxErrors.
  kRefused,         ///< A parameter is wrong.
  kCouldNotStart,   ///< Or could not go on: the agent said why.
  kAgentTooOld,
  kDeregistered,       ///< Before it was delivered.
  kTimesPassed,        ///< A schedule whose times are over, and none of them was run.
  kNotTaken,           ///< Presumed: the delivery deadline passed, it was never handed out.
  kNoWord,             ///< Presumed: the delivery deadline passed after it was handed out.
  kSilentBeforeStart,  ///< Presumed: accepted, then nothing more.
  kSilent,             ///< Presumed: it ran, then nothing more.
  kUnknown,
};
[[nodiscard]] Verdict VerdictOf(const WhyCase& one);
[[nodiscard]] std::string_view Name(Verdict verdict) noexcept;

}  // namespace assist::cli
