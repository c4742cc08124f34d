#include "cli/service/configure_command.h"
#include "cli/service/posix_console.h"
#include "cli/service/verbs.h"

namespace assist::cli {
namespace {

const VerbSpec& ConfigureSpec() {
  static const VerbSpec kSpec = {
      .name = "configure",
      .summary = msg::kConfigureSummary,
      .usage = {"[OPTIONS]"},
      .examples =
          {
              {"assist configure", msg::kConfigureExampleAsk},
              {"assist configure --credentials /var/lib/assist-server/admin.json", msg::kConfigureExampleFile},
              {"printf '%s\\n' \"$KEY_ID\" \"$KEY_SECRET\" cn-hangzhou json https://assist.example.com:8443 | assist "
               "configure",
               msg::kConfigureExamplePipe},
          },
      .options = {{msg::kGroupOptions,
                   {
                       {"", "--output", "FORMAT", msg::kConfigureOptOutput, Offer::kChoices, "json pretty raw"},
                   }}},
      .notes = {msg::kConfigureNote},
  };
  return kSpec;
}

ExitCode Configure(const VerbWords& words, Program& program) {
  CommonOptions options = words.common;
  if (const auto format = words.Value("--output")) options.layer.output_format = *format;
  PosixPrompter prompter(program.console);
  return RunConfigure(options, prompter, program);
}

}  // namespace

Verb ConfigureVerb() { return {.spec = ConfigureSpec, .run = Configure}; }

}  // namespace assist::cli
