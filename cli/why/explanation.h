// `assist why`: what happened to a task on a machine, in a sentence, and what there is to do. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/invocations/instance_list.h"
#include "cli/machines/machine_list.h"
#include "cli/table/output.h"
#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "cli/verbs/output_options.h"
#include "cli/why/timeline.h"
#include "common/base/time.h"

namespace assist::cli {

struct WhyOptions {
  OutputOptions output;
  std::string id;                     ///< Empty: the latest run.
  std::vector<std::string> machines;  ///< Ids or names; none: all of the run.
};
/// The declaration of `assist why`.
[[nodiscard]] const VerbSpec& WhySpec();
[[nodiscard]] WhyOptions ReadWhy(const VerbWords& words);

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
  std::optional<MachineRow> machine;  ///< Absent: it is not registered any more, or the server did not tell.
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
  kEnded,       ///< By itself, with an exit code.
  kOverBudget,  ///< It used more than it may.
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

struct Explanation {
  Verdict verdict = Verdict::kEnded;
  std::string sentence;  ///< Ends with a full stop.
  std::string advice;    ///< What there is to do; may be empty.
};
/// Of one machine, with what it took.
[[nodiscard]] Explanation Explain(const WhyCase& one, const Look& look);

/// Machines of which the same is to be said.
struct WhyGroup {
  Explanation explanation;
  MachineState state = MachineState::kWaiting;
  std::vector<std::string> names;
};
/// What did not succeed stands first, then what is not over; within these the large groups last.
[[nodiscard]] std::vector<WhyGroup> Group(const std::vector<WhyCase>& cases, const Look& look);
/// `98 machines (web-1, web-2, web-3 …): it ended by itself with exit code 0.`, and below it the advice.
[[nodiscard]] std::string GroupsText(const std::vector<WhyGroup>& groups, const Look& look);
/// `This run repeats t-…`; empty when it repeats none. Of one machine, or of all of them (`machine` empty).
[[nodiscard]] std::string RerunText(const std::string& rerun_of, std::string_view machine, const Look& look);
/// The sentence, the advice, the table and what is to be said of it.
[[nodiscard]] std::string CaseText(const WhyCase& one, const Look& look);

/// {"Why":{"InvokeId":…,"RerunOf":…,"Machines":[{"InstanceId":…,"Verdict":…,"Sentence":…,"Timeline":[…]}]}}
/// Both ids are those of the run; `rerun_of` may be empty, and is left out then.
[[nodiscard]] std::string WhyJson(const std::string& invoke_id, const std::string& rerun_of,
                                  const std::vector<WhyCase>& cases, const Look& look);

}  // namespace assist::cli
