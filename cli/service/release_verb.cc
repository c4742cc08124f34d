// `assist agent-release`.
#include <algorithm>
#include <chrono>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/rollouts/rollout_list.h"
#include "cli/rollouts/spec.h"
#include "cli/service/confirm.h"
#include "cli/service/connection.h"
#include "cli/service/package_files.h"
#include "cli/service/pkg_verb.h"
#include "cli/service/release_programs.h"
#include "cli/service/verbs.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kPage = 50;
constexpr milliseconds kPause(2'000);          // between two looks at a rollout
constexpr milliseconds kVersionLimit(10'000);  // for a program to tell its version

class Releases {
 public:
  Releases(ReleaseOptions options, Inquiry& ask) : options_(std::move(options)), ask_(ask) {}

  asio::awaitable<ExitCode> List() {
    PkgOptions packages;
    packages.kind = "agent";
    packages.everything = options_.all;
    const ExitCode exit = co_await PkgList(std::move(packages), ask_);
    co_return exit;
  }

  asio::awaitable<ExitCode> Rollout() {
    encoding::FormFields fields = options_.parameters;
    if (options_.targets && !options_.targets->all) {
      if (options_.targets->instances.empty()) {
        for (auto& field : TagFields("ResourceTag", options_.targets->tags)) fields.push_back(std::move(field));
      } else {
        auto ids = co_await ask_.FindMachines(options_.targets->instances);
        if (!ids) co_return ask_.exit();
        for (auto& field : InstanceFields(*ids)) fields.push_back(std::move(field));
      }
    }
    auto answer = co_await ask_.Ask("StartAgentRollout", std::move(fields));
    if (!answer) co_return ask_.exit();
    json::Reader in(*answer);
    options_.rollout = std::string(in.String("RolloutId"));
    const std::string version(in.StringOr("Version", ""));
    const std::string waves(in.StringOr("Waves", ""));
    if (!in.status()) {
      static_cast<void>(ask_.NotUnderstood("StartAgentRollout", in.status().error()));
      co_return ask_.exit();
    }
    ask_.Say(ask_.text()(msg::kRelStarted, EscapeLine(options_.rollout), EscapeLine(version), EscapeLine(waves)));
    if (!options_.follow) {
      if (ask_.kind() == OutputKind::kJson) co_return ask_.PrintJson(json::Write(*answer));
      co_return ask_.PrintIds({options_.rollout});
    }
    const ExitCode exit = co_await Follow();
    co_return exit;
  }

  asio::awaitable<ExitCode> ShowStatus() {
    if (options_.all) {
      const ExitCode listed = co_await ListRollouts();
      co_return listed;
    }
    Result<RolloutRow> row = co_await Find();
    if (!row) co_return ask_.exit();
    options_.rollout = row->id;
    if (options_.follow) {
      const ExitCode exit = co_await Follow();
      co_return exit;
    }
    const ExitCode shown = co_await Show(std::move(*row));
    co_return shown;
  }

  asio::awaitable<ExitCode> Change(std::string action) {
    Result<RolloutRow> row = co_await Find();
    if (!row) co_return ask_.exit();
    const std::string id = EscapeLine(row->id);
    if (options_.verb == ReleaseOptions::Verb::kRollback &&
        !Confirm(ask_.text()(msg::kRelAskRollback, id), options_.yes, ask_)) {
      co_return ask_.exit();
    }
    if (options_.end && !Confirm(ask_.text()(msg::kRelAskEnd, id), options_.yes, ask_)) co_return ask_.exit();
    encoding::FormFields fields = {{"RolloutId", row->id}};
    if (options_.end) fields.emplace_back("End", "true");
    if (options_.retry) fields.emplace_back("RetryFailed", "true");
    if (!options_.instances.empty()) {
      auto ids = co_await ask_.FindMachines(options_.instances);
      if (!ids) co_return ask_.exit();
      for (auto& field : InstanceFields(*ids)) fields.push_back(std::move(field));
    }
    auto answer = co_await ask_.Ask(std::move(action), std::move(fields));
    if (!answer) co_return ask_.exit();
    if (ask_.kind() == OutputKind::kJson) co_return ask_.PrintJson(json::Write(*answer));
    json::Reader in(*answer);
    ask_.Say(ask_.text()(msg::kRelNow, id, RolloutStateWord(in.StringOr("State", ""), ask_.text())));
    co_return ExitCode::kSuccess;
  }

 private:
  asio::awaitable<ExitCode> ListRollouts() {
    std::vector<RolloutRow> rows;
    Listing listing{"DescribeAgentRollouts", {}, kPage};
    Inquiry::TakePage take = [&rows](const json::Object& page) -> Result<bool> {
      if (Status read = ReadRollouts(page, rows); !read) return Forward(read);
      return true;
    };
    Status listed = co_await ask_.EachPage(std::move(listing), std::move(take));
    if (!listed) co_return ask_.exit();
    if (ask_.kind() == OutputKind::kJson) co_return ask_.PrintJson(RolloutsJson(std::move(rows)));
    if (ask_.kind() == OutputKind::kIds) {
      std::vector<std::string> ids;
      for (RolloutRow& row : rows) ids.push_back(std::move(row.id));
      co_return ask_.PrintIds(ids);
    }
    if (rows.empty()) {
      ask_.Say(ask_.text()(msg::kRelNoRollouts));
      co_return ExitCode::kSuccess;
    }
    co_return ask_.PrintTable(RolloutTable(rows, ask_.look()));
  }

  /// The one that is meant: that of the id, or the latest, which is said.
  asio::awaitable<Result<RolloutRow>> Find() {
    encoding::FormFields fields = {{"MaxResults", "1"}};
    if (!options_.rollout.empty()) fields.emplace_back("RolloutId", options_.rollout);
    const bool silent = !options_.rollout.empty();
    Result<json::Object> page = co_await ask_.Ask("DescribeAgentRollouts", std::move(fields), silent);
    std::vector<RolloutRow> rows;
    if (!page && silent && page.error().detail.find("NotFound") == std::string::npos) ask_.TellFailure();
    if (!page && (!silent || page.error().detail.find("NotFound") == std::string::npos)) co_return Forward(page);
    if (page) {
      if (Status read = ReadRollouts(*page, rows); !read) {
        Status refused = ask_.NotUnderstood("DescribeAgentRollouts", read.error());
        co_return Forward(refused);
      }
    }
    if (!rows.empty()) {
      if (options_.rollout.empty()) ask_.Say(ask_.text()(msg::kRelLatest, EscapeLine(rows[0].id)));
      co_return std::move(rows[0]);
    }
    const std::string line = options_.rollout.empty() ? ask_.text()(msg::kRelNoRollouts)
                                                      : ask_.text()(msg::kRelNoSuch, EscapeLine(options_.rollout));
    Status refused = ask_.Refuse(ExitCode::kRefused, "InvalidAgentRolloutId.NotFound", line);
    co_return Forward(refused);
  }

  asio::awaitable<ExitCode> Show(RolloutRow row) {
    std::vector<RolloutMachine> machines;
    if (options_.machines || ask_.kind() == OutputKind::kIds) {
      Listing listing{"DescribeAgentRollouts", {{"RolloutId", row.id}}, kPage};
      if (!options_.state.empty()) listing.filter.emplace_back("MachineState", options_.state);
      Inquiry::TakePage take = [&machines](const json::Object& page) -> Result<bool> {
        if (Status read = ReadRolloutMachines(page, machines); !read) return Forward(read);
        return true;
      };
      Status listed = co_await ask_.EachPage(std::move(listing), std::move(take));
      if (!listed) co_return ask_.exit();
    }
    std::vector<std::string> ids;
    for (const RolloutMachine& machine : machines) ids.push_back(machine.id);
    if (ask_.kind() == OutputKind::kIds) co_return ask_.PrintIds(ids);
    const std::vector<NamedMachine> named = co_await ask_.NamesOf(std::move(ids));
    const NameBook names(named);
    if (ask_.kind() == OutputKind::kJson) {
      co_return ask_.PrintJson(RolloutJson(std::move(row), std::move(machines), options_.machines, names));
    }
    const ExitCode shown = ask_.Print(RolloutFacts(row, ask_.look()));
    if (shown != ExitCode::kSuccess || !options_.machines) co_return shown;
    const ExitCode blank = ask_.Print("\n");
    if (blank != ExitCode::kSuccess) co_return blank;
    co_return ask_.PrintTable(RolloutMachineTable(machines, names, ask_.look()));
  }

  /// Until it is over or pauses: at a terminal a line that is drawn over, else a line for each change.
  asio::awaitable<ExitCode> Follow() {
    const Console& console = ask_.program().console;
    const bool draws = console.err_is_terminal() && ask_.kind() == OutputKind::kTable;
    std::string last;
    for (;;) {
      Result<RolloutRow> row = co_await Find();
      if (!row) co_return ask_.exit();
      const std::string line = RolloutLine(*row, ask_.text());
      if (draws) {
        ask_.program().console.Status(line);
      } else if (line != last) {
        ask_.Say(line);
      }
      last = line;
      if (row->over() || row->paused()) {
        if (draws) ask_.program().console.Status("");
        const bool good = row->state == "Finished" && row->counts.failed == 0;
        const ExitCode shown = co_await Show(std::move(*row));
        if (shown != ExitCode::kSuccess) co_return shown;
        co_return good ? ExitCode::kSuccess : ExitCode::kSomeFailed;
      }
      co_await ask_.clock().SleepFor(kPause);
    }
  }

  ReleaseOptions options_;
  Inquiry& ask_;
};

/// The programs are gathered (or unpacked) and asked for their version; then it is a package like any other.
Result<ReadyPackage> PrepareRelease(const ReleaseOptions& options, const std::string& scratch, Program& program) {
  const Text& text = program.text;
  PkgOptions package;
  package.path = options.path;
  package.key = options.key;
  package.envelope = options.envelope;
  package.terms = options.terms;
  PackageTerms terms = options.terms;
  if (!options.envelope.empty()) {
    auto loaded = LoadEnvelope(options.envelope, text);
    if (!loaded) return Forward(loaded);
    terms.os = loaded->manifest.os;
    terms.arch = loaded->manifest.arch;
    terms.version = loaded->manifest.version;
  }
  const std::string programs = scratch + "/programs";
  const bool folder = IsFolder(options.path);
  const std::string os = terms.os.value_or("");
  const Status staged =
      folder ? StageRelease(options.path, programs, os, text) : UnpackRelease(options.path, programs, terms, text);
  if (!staged) return tl::unexpected<Error>(staged.error());
  if (RunsHere(os, terms.arch.value_or(""))) {
    const Status same = CheckReleaseVersion(programs, terms.version.value_or(""), kVersionLimit, text);
    if (!same) return tl::unexpected<Error>(same.error());
  } else if (options.output.kind == OutputKind::kTable) {
    program.Say(text(msg::kRelNotRun, EscapeLine(options.path)));
  }
  if (folder && options.envelope.empty()) package.path = programs;
  return PreparePackage(package, scratch, program);
}

ExitCode Publish(const ReleaseOptions& options, Connection& c, Inquiry& ask) {
  auto scratch = ScratchFolder::Make();
  if (!scratch) return c.program.Usage(scratch.error().detail);
  auto ready = PrepareRelease(options, scratch->path(), c.program);
  if (!ready) {
    static_cast<void>(ask.Refuse(ExitCode::kUsage, "Usage", ready.error().detail));
    return ask.exit();
  }
  return c.Loop(PublishReady(ask, std::move(*ready)));
}

ExitCode Release(const VerbWords& words, Program& program) {
  using Verb = ReleaseOptions::Verb;
  auto options = ReadRelease(words, program.text);
  if (!options) return program.Usage(options.error().detail);
  auto connection = Connection::Open(words.common, program);
  if (!connection) return ExitCode::kUsage;
  Connection& c = *connection;
  Inquiry ask(options->output, program, c.settings, c.client, c.clock, c.random);
  const Verb verb = options->verb;
  if (verb == Verb::kPublish) return Publish(*options, c, ask);
  Releases releases(std::move(*options), ask);
  switch (verb) {
    case Verb::kList:
      return c.Loop(releases.List());
    case Verb::kRollout:
      return c.Loop(releases.Rollout());
    case Verb::kPause:
      return c.Loop(releases.Change("PauseAgentRollout"));
    case Verb::kResume:
      return c.Loop(releases.Change("ResumeAgentRollout"));
    case Verb::kRollback:
      return c.Loop(releases.Change("RollbackAgentRollout"));
    default:
      return c.Loop(releases.ShowStatus());
  }
}

}  // namespace

Verb AgentReleaseVerb() { return {.spec = ReleaseSpec, .run = Release}; }

}  // namespace assist::cli
