#include "cli/service/ecs_help.h"

#include "cli/ecs/action_help.h"
#include "cli/ecs/actions.h"
#include "cli/verb/help.h"

namespace assist::cli {

const VerbSpec& EcsSpec() {
  static const VerbSpec kSpec = {
      .name = "ecs",
      .summary = msg::kEcsSummary,
      .usage = {"ACTION [--PARAMETER VALUE...]", "help [ACTION]"},
      .examples =
          {
              {"assist ecs CreateCommand --Name test --Type RunShellScript --CommandContent ZWNobyAxMjM=",
               msg::kEcsExampleCreate},
              {"assist ecs InvokeCommand --CommandId c-1 --InstanceIds mi-1 mi-2 --Timed false",
               msg::kEcsExampleInvoke},
              {"assist ecs DescribeInvocations --InvokeId t-1", msg::kEcsExampleInvocations},
              {"assist ecs DescribeInvocationResults --InvokeId t-1 --InstanceId mi-1", msg::kEcsExampleResults},
              {"assist ecs help RunCommand", msg::kEcsExampleHelp},
          },
      .options = {{msg::kGroupOutput,
                   {
                       {"", "--output", "FORMAT", msg::kEcsOptOutput, Offer::kChoices, "json pretty raw"},
                   }}},
      .words = Offer::kAction,
      .most_words = 1,
      .notes = {msg::kEcsNoteGrammar},
  };
  return kSpec;
}

std::string EcsHelp(std::string_view action, const Text& text, const Style& style) {
  if (const Action* known = FindAction(action)) return DescribeAction(*known->api, text.language(), style);
  std::string out = VerbHelp(EcsSpec(), "ecs", text, style);
  out += "\n" + style(Tone::kStrong, text(msg::kEcsActions)) + "\n";
  return out + ListActions(text.language());
}

}  // namespace assist::cli
