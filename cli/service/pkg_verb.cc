#include "cli/service/pkg_verb.h"

#include <utility>

#include "cli/service/connection.h"
#include "cli/service/package_files.h"
#include "cli/service/run_verb.h"
#include "cli/service/verbs.h"

namespace assist::cli {
namespace {

ExitCode Publish(PkgOptions options, const CommonOptions& common, Program& program) {
  auto scratch = ScratchFolder::Make();
  if (!scratch) return program.Usage(scratch.error().detail);
  auto connection = Connection::Open(common, program);
  if (!connection) return ExitCode::kUsage;
  Connection& c = *connection;
  Inquiry ask(options.output, program, c.settings, c.client, c.clock, c.random);
  auto ready = PreparePackage(options, scratch->path(), program);
  if (!ready) {
    static_cast<void>(ask.Refuse(ExitCode::kUsage, "Usage", ready.error().detail));
    return ask.exit();
  }
  return c.Loop(PublishReady(ask, std::move(*ready)));
}

ExitCode Pkg(const VerbWords& words, Program& program) {
  using Verb = PkgOptions::Verb;
  auto options = ReadPkg(words, program.text);
  if (!options) return program.Usage(options.error().detail);
  switch (options->verb) {
    case Verb::kCreateKey:
    case Verb::kShowKey:
      return PkgKey(*options, program);
    case Verb::kBuild:
      return PkgBuild(*options, program);
    case Verb::kSign:
      return PkgSign(*options, program);
    case Verb::kPublish:
      return Publish(std::move(*options), words.common, program);
    default:
      break;
  }
  auto connection = Connection::Open(words.common, program);
  if (!connection) return ExitCode::kUsage;
  Connection& c = *connection;
  Inquiry ask(options->output, program, c.settings, c.client, c.clock, c.random);
  if (options->verb == Verb::kOrder) return WatchRun(std::move(options->run), std::string(), c);
  if (options->verb == Verb::kList) return c.Loop(PkgList(std::move(*options), ask));
  if (options->verb == Verb::kShow) return c.Loop(PkgShow(std::move(*options), ask));
  if (options->verb == Verb::kStatus) return c.Loop(PkgStatus(std::move(*options), ask));
  return c.Loop(PkgChange(std::move(*options), ask));
}

}  // namespace

Verb PkgVerb() { return {.spec = PkgSpec, .run = Pkg}; }

}  // namespace assist::cli
