// `assist cmd`.
#include <utility>

#include "cli/answer/escape.h"
#include "cli/commands/command_list.h"
#include "cli/commands/spec.h"
#include "cli/invocations/invocation_list.h"
#include "cli/service/confirm.h"
#include "cli/service/files.h"
#include "cli/service/inquiry.h"
#include "cli/service/run_verb.h"
#include "cli/service/verbs.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

constexpr std::size_t kRunsNamed = 3;

class Commands {
 public:
  Commands(CmdOptions options, Inquiry& ask) : options_(std::move(options)), ask_(ask) {}

  asio::awaitable<ExitCode> List() {
    std::vector<CommandRow> rows;
    if (options_.names.empty()) {
      encoding::FormFields no_filter;
      Status listed = co_await ListSome(std::move(no_filter), rows);
      if (!listed) co_return ask_.exit();
    }
    for (const std::string& word : options_.names) {
      encoding::FormFields filter = {{word.starts_with("c-") ? "CommandId" : "Name", word}};
      const std::size_t before = rows.size();
      Status listed = co_await ListSome(std::move(filter), rows);
      if (!listed) co_return ask_.exit();
      if (rows.size() > before || word.find('*') != std::string::npos) continue;
      Result<CommandRow> none = co_await Find(word);  // says which are near
      if (!none) co_return ask_.exit();
    }
    if (ask_.kind() == OutputKind::kJson) co_return ask_.PrintJson(CommandsJson(std::move(rows)));
    if (ask_.kind() == OutputKind::kIds) {
      std::vector<std::string> ids;
      for (CommandRow& row : rows) ids.push_back(std::move(row.id));
      co_return ask_.PrintIds(ids);
    }
    if (rows.empty()) {
      ask_.Say(ask_.text()(options_.names.empty() ? msg::kNoCommands : msg::kNoSuchCommands));
      co_return ExitCode::kSuccess;
    }
    co_return ask_.PrintTable(CommandTable(rows, ask_.look()));
  }

  asio::awaitable<ExitCode> Show() {
    Result<CommandRow> row = co_await Find(options_.names.at(0));
    if (!row) co_return ask_.exit();
    if (options_.script_only) {
      if (!ask_.look().terminal()) co_return ask_.Print(row->script);
      std::string shown;
      TerminalEscaper escaper;
      escaper.Append(shown, row->script);
      escaper.Finish(shown);
      if (!shown.ends_with('\n')) shown += '\n';
      co_return ask_.Print(shown);
    }
    if (ask_.kind() == OutputKind::kJson) co_return ask_.PrintJson(CommandJson(std::move(*row)));
    co_return ask_.Print(CommandFacts(*row, ask_.look()));
  }

  asio::awaitable<ExitCode> Remove() {
    std::vector<CommandRow> rows;
    for (const std::string& word : options_.names) {
      Result<CommandRow> row = co_await Find(word);
      if (!row) co_return ask_.exit();
      rows.push_back(std::move(*row));
    }
    json::Array removed;
    for (const CommandRow& row : rows) {
      const std::string name = EscapeLine(row.name.empty() ? row.id : row.name);
      const std::string id = EscapeLine(row.id);
      if (!Confirm(ask_.text()(msg::kAskRemoveCommand, name, id), options_.yes, ask_)) co_return ask_.exit();
      encoding::FormFields fields = {{"CommandId", row.id}};
      auto deleted = co_await ask_.Ask("DeleteCommand", std::move(fields));
      if (!deleted) {
        if (deleted.error().detail == "InvalidStatus.CmdIdInUse") co_await ExplainUse(row);
        co_return ask_.exit();
      }
      removed.emplace_back(row.id);
      ask_.Say(ask_.text()(msg::kCommandRemoved, name, id));
    }
    if (ask_.kind() != OutputKind::kJson) co_return ExitCode::kSuccess;
    json::Object document;
    document["Deleted"] = std::move(removed);
    co_return ask_.PrintJson(json::Write(document));
  }

  asio::awaitable<ExitCode> Create(std::string script) {
    encoding::FormFields fields = CreateParameters(options_, script);
    auto answer = co_await ask_.Ask("CreateCommand", std::move(fields));
    if (!answer) co_return ask_.exit();
    json::Reader in(*answer);
    const std::string id(in.String("CommandId"));
    if (!in.status()) {
      static_cast<void>(ask_.NotUnderstood("CreateCommand", in.status().error()));
      co_return ask_.exit();
    }
    const std::vector<std::string> ids = {id};
    if (ask_.kind() == OutputKind::kIds) co_return ask_.PrintIds(ids);
    json::Object document;
    document["CommandId"] = id;
    if (ask_.kind() == OutputKind::kJson) co_return ask_.PrintJson(json::Write(document));
    ask_.Say(ask_.text()(msg::kCommandCreated, EscapeLine(options_.names.at(0)), EscapeLine(id)));
    co_return ask_.PrintIds(ids);
  }

  /// The command that is to be run; its id lands in `id`.
  asio::awaitable<ExitCode> Choose(std::string& id) {
    Result<CommandRow> row = co_await Find(options_.names.at(0));
    if (!row) co_return ask_.exit();
    id = row->id;
    co_return ExitCode::kSuccess;
  }

 private:
  asio::awaitable<Status> ListSome(encoding::FormFields filter, std::vector<CommandRow>& rows) {
    filter.emplace_back("ContentEncoding", "Base64");
    Listing listing{"DescribeCommands", std::move(filter), 50};
    Inquiry::TakePage take = [&rows](const json::Object& page) -> Result<bool> {
      if (Status read = ReadCommands(page, rows); !read) return Forward(read);
      return true;
    };
    Status listed = co_await ask_.EachPage(std::move(listing), std::move(take));
    co_return listed;
  }

  /// By id or by name; a word that is none is refused with near ones.
  asio::awaitable<Result<CommandRow>> Find(std::string word) {
    std::vector<CommandRow> rows;
    for (const char* parameter : {"CommandId", "Name"}) {
      const bool by_id = parameter == std::string_view("CommandId");
      if (by_id != word.starts_with("c-") && by_id) continue;
      if (word.find('*') != std::string::npos) continue;
      encoding::FormFields filter = {{parameter, word}};
      Status listed = co_await ListSome(std::move(filter), rows);
      if (!listed) co_return Forward(listed);
      if (!rows.empty()) break;
    }
    Result<CommandRow> chosen = ChooseCommand(word, rows, ask_.text());
    if (chosen) co_return chosen;
    if (chosen.error().code == Errc::kNotFound) {
      rows.clear();
      encoding::FormFields no_filter;
      Status all = co_await ListSome(std::move(no_filter), rows);
      if (!all) co_return Forward(all);
      chosen = ChooseCommand(word, rows, ask_.text());
      if (chosen) co_return chosen;
    }
    const bool ambiguous = chosen.error().code == Errc::kConflict;
    const std::string line = chosen.error().detail;
    Status refused = ask_.Refuse(ExitCode::kRefused, ambiguous ? "AmbiguousName" : "InvalidCmdId.NotFound", line);
    co_return Forward(refused);
  }

  /// Which runs keep a command from being deleted.
  asio::awaitable<void> ExplainUse(const CommandRow& row) {
    std::string runs;
    std::size_t named = 0;
    Listing listing{"DescribeInvocations", {{"CommandId", row.id}, {"ContentEncoding", "Base64"}}, 50, true};
    Inquiry::TakePage take = [&](const json::Object& page) -> Result<bool> {
      std::vector<InvocationRow> some;
      if (Status read = ReadInvocations(page, some); !read) return Forward(read);
      for (const InvocationRow& run : some) {
        if (run.over()) continue;
        if (named++ < kRunsNamed) runs += (runs.empty() ? "" : ", ") + EscapeLine(run.id);
      }
      return named <= kRunsNamed;
    };
    static_cast<void>(co_await ask_.EachPage(std::move(listing), std::move(take)));
    if (named > kRunsNamed) runs += ", ...";
    if (named > 0) ask_.Say(ask_.text()(msg::kCommandInUse, EscapeLine(row.name.empty() ? row.id : row.name), runs));
  }

  const CmdOptions options_;
  Inquiry& ask_;
};

/// A stored command is run as `assist run` runs a script.
ExitCode RunStored(const CmdOptions& options, const std::string& command_id, Connection& c) {
  RunOptions run;
  run.stored = InvokeParameters(options, command_id);
  run.instances = options.targets.instances;
  run.tags = options.targets.tags;
  run.all = options.targets.all;
  run.detach = options.no_wait || options.output.kind == OutputKind::kIds;
  run.quiet = options.quiet;
  run.raw = options.raw;
  if (options.output.kind == OutputKind::kJson) run.output = RunOptions::Output::kJson;
  return WatchRun(std::move(run), std::string(), c);
}

ExitCode Cmd(const VerbWords& words, Program& program) {
  auto options = ReadCmd(words, program.text);
  if (!options) return program.Usage(options.error().detail);
  std::string script = options->script;
  if (!options->file.empty()) {
    auto read = ReadScript(options->file, program.text);
    if (!read) return program.Usage(read.error().detail);
    script = std::move(*read);
  }
  if (options->verb == CmdOptions::Verb::kCreate && script.empty()) {
    return program.Usage(program.text(msg::kScriptEmpty));
  }
  auto connection = Connection::Open(words.common, program);
  if (!connection) return ExitCode::kUsage;
  Connection& c = *connection;
  Inquiry ask(options->output, program, c.settings, c.client, c.clock, c.random);
  Commands commands(*options, ask);
  std::string id;
  switch (options->verb) {
    case CmdOptions::Verb::kList:
      return c.Loop(commands.List());
    case CmdOptions::Verb::kShow:
      return c.Loop(commands.Show());
    case CmdOptions::Verb::kRemove:
      return c.Loop(commands.Remove());
    case CmdOptions::Verb::kCreate:
      return c.Loop(commands.Create(std::move(script)));
    case CmdOptions::Verb::kRun:
      if (const ExitCode found = c.Loop(commands.Choose(id)); found != ExitCode::kSuccess) return found;
      return RunStored(*options, id, c);
  }
  return ExitCode::kUsage;
}

}  // namespace

Verb CmdVerb() { return {.spec = CmdSpec, .run = Cmd}; }

}  // namespace assist::cli
