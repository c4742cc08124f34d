#include <utility>

#include "cli/ecs/arguments.h"
#include "cli/service/connection.h"
#include "cli/service/ecs_command.h"
#include "cli/service/ecs_help.h"
#include "cli/service/verbs.h"

namespace assist::cli {
namespace {

ExitCode Ecs(std::span<const std::string> words, Program& program) {
  auto call = ParseEcs(words, program.text);
  if (!call) return program.Usage(call.error().detail);
  if (call->help) return program.Print(EcsHelp(call->action, program.text, program.out));
  auto connection = Connection::Open(call->common, program);
  if (!connection) return ExitCode::kUsage;
  return connection->Loop(
      RunEcs(std::move(*call), connection->settings, connection->client, connection->random, program));
}

}  // namespace

Verb EcsVerb() { return {.spec = EcsSpec, .run_raw = Ecs}; }

}  // namespace assist::cli
