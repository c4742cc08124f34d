#include "cli/service/run_verb.h"

#include <csignal>
#include <optional>
#include <string>
#include <utility>

#include "cli/run/options.h"
#include "cli/service/connection.h"
#include "cli/service/files.h"
#include "cli/service/run_command.h"
#include "cli/service/verbs.h"
#include "common/async/scope.h"
#include "common/runtime/signal_wait.h"

namespace assist::cli {
namespace {

/// Ctrl-C once tells that the run goes on, at a terminal; else, and the second time, it cancels the session.
asio::awaitable<void> WatchSignals(Connection& c, RunSession& session, std::optional<int>& caught) {
  StopSignals signals(c.io.get_executor());
  for (;;) {
    const int signal = co_await signals.Next();
    if (signal == 0) co_return;
    if (signal == SIGINT && session.Reassure()) continue;
    caught = signal;
    session.Leave();
    c.Cancel();
    co_return;
  }
}

/// Nothing of `scope` is left suspended when the loop ends.
asio::awaitable<ExitCode> RunAndClose(RunSession& session, Scope& scope) {
  const ExitCode exit = co_await session.Run();
  co_await scope.Close();
  co_return exit;
}

ExitCode WatchSession(RunSession& session, Connection& c) {
  c.io.restart();  // another piece of work may have ended on it
  std::optional<int> caught;
  const Program& program = c.program;
  Scope scope(c.io.get_executor(), [&program](std::string_view name, std::string_view what) {
    program.Say(program.text(msg::kInternalError, std::string(name) + ": " + std::string(what)));
  });
  scope.Spawn("signals", WatchSignals(c, session, caught));
  const ExitCode exit = c.Loop(RunAndClose(session, scope));
  return caught ? static_cast<ExitCode>(128 + *caught) : exit;
}

ExitCode Run(const VerbWords& words, Program& program) {
  auto options = ReadRun(words, program.text);
  if (!options) return program.Usage(options.error().detail);
  auto connection = Connection::Open(options->common, program);
  if (!connection) return ExitCode::kUsage;
  std::string script = options->script;
  if (!options->file.empty()) {
    auto read = ReadScript(options->file, program.text);
    if (!read) return program.Usage(read.error().detail);
    if (read->empty()) return program.Usage(program.text(msg::kScriptEmpty));
    script = std::move(*read);
  }
  return WatchRun(std::move(*options), std::move(script), *connection);
}

}  // namespace

ExitCode WatchRun(RunOptions options, std::string script, Connection& c) {
  RunSession session(std::move(options), std::move(script), c.settings, c.client, c.clock, c.random, c.program,
                     RunSession::Timing{});
  return WatchSession(session, c);
}

ExitCode WatchRun(RunOptions options, RunToWatch run, Connection& c) {
  RunSession session(std::move(options), {}, c.settings, c.client, c.clock, c.random, c.program, RunSession::Timing{});
  session.Watch(std::move(run.invoke_id), std::move(run.machines), std::move(run.only));
  return WatchSession(session, c);
}

Verb RunVerb() { return {.spec = RunSpec, .run = Run}; }

}  // namespace assist::cli
