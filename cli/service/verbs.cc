#include "cli/service/verbs.h"

#include <algorithm>

#include "cli/verb/help.h"

namespace assist::cli {

const std::vector<Verb>& Verbs() {
  static const std::vector<Verb> kVerbs = {
      RunVerb(),   LsVerb(),       InvVerb(),       WhyVerb(),          CmdVerb(),
      SendVerb(),  ScheduleVerb(), PkgVerb(),       AgentReleaseVerb(), ActivationVerb(),
      AuditVerb(), EcsVerb(),      ConfigureVerb(), CompletionVerb(),   ManVerb(),
  };
  return kVerbs;
}

std::vector<VerbSpec> VerbSpecs() {
  std::vector<VerbSpec> specs;
  for (const Verb& verb : Verbs()) specs.push_back(verb.spec());
  return specs;
}

const Verb* FindVerb(std::string_view name) {
  const auto& verbs = Verbs();
  const auto found = std::find_if(verbs.begin(), verbs.end(), [name](const Verb& v) { return v.spec().name == name; });
  return found == verbs.end() ? nullptr : &*found;
}

ExitCode Perform(const Verb& verb, std::span<const std::string> words, Program& program) {
  if (verb.run_raw != nullptr) return verb.run_raw(words, program);
  auto parsed = ParseVerb(verb.spec(), words, program.text);
  if (!parsed) return program.Usage(parsed.error().detail);
  if (parsed->help) return program.Print(VerbHelp(*parsed->verb, parsed->path, program.text, program.out));
  return verb.run(*parsed, program);
}

}  // namespace assist::cli
