// All verbs of `assist`, in the order of its help.
#pragma once

#include <string_view>
#include <vector>

#include "cli/service/verb.h"

namespace assist::cli {

[[nodiscard]] const std::vector<Verb>& Verbs();
[[nodiscard]] std::vector<VerbSpec> VerbSpecs();
/// nullptr: there is none.
[[nodiscard]] const Verb* FindVerb(std::string_view name);

// Each in a file of its name: run_verb.cc …
[[nodiscard]] Verb AuditVerb();
[[nodiscard]] Verb ActivationVerb();
[[nodiscard]] Verb AgentReleaseVerb();  // release_verb.cc
[[nodiscard]] Verb CmdVerb();
[[nodiscard]] Verb CompletionVerb();
[[nodiscard]] Verb ConfigureVerb();
[[nodiscard]] Verb EcsVerb();
[[nodiscard]] Verb InvVerb();
[[nodiscard]] Verb LsVerb();
[[nodiscard]] Verb ManVerb();
[[nodiscard]] Verb PkgVerb();
[[nodiscard]] Verb RunVerb();
[[nodiscard]] Verb ScheduleVerb();
[[nodiscard]] Verb SendVerb();
[[nodiscard]] Verb WhyVerb();

}  // namespace assist::cli
