// `assist why`: what happened to a task on a machine, in a sentence, and what there is to do. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/invocations/instance_list.h"
#include "cli/table/output.h"
#include "cli/text/text.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"
#include "cli/verbs/output_options.h"
#include "cli/why/verdict.h"

namespace assist::cli {

struct WhyOptions {
  OutputOptions output;
  std::string id;                     ///< Empty: the latest run.
  std::vector<std::string> machines;  ///< Ids or names; none: all of the run.
};
/// The declaration of `assist why`.
[[nodiscard]] const VerbSpec& WhySpec();
[[nodiscard]] WhyOptions ReadWhy(const VerbWords& words);

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
