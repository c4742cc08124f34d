#include <utility>

#include "cli/audit/options.h"
#include "cli/service/audit_command.h"
#include "cli/service/connection.h"
#include "cli/service/verbs.h"

namespace assist::cli {
namespace {

ExitCode Audit(const VerbWords& words, Program& program) {
  auto options = ReadAudit(words, program.text);
  if (!options) return program.Usage(options.error().detail);
  auto connection = Connection::Open(options->common, program);
  if (!connection) return ExitCode::kUsage;
  Connection& c = *connection;
  return c.Loop(RunAudit(std::move(*options), c.settings, c.client, c.random, program));
}

}  // namespace

Verb AuditVerb() { return {.spec = AuditSpec, .run = Audit}; }

}  // namespace assist::cli
