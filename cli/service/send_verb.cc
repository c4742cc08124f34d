// `assist send`.
#include <algorithm>
#include <chrono>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/sending/file_results.h"
#include "cli/sending/spec.h"
#include "cli/service/files.h"
#include "cli/service/inquiry.h"
#include "cli/service/verbs.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMachinesInACall = 5'000;  // of SendFile; a server with smaller limits is asked for less
constexpr std::size_t kFewMachines = 50;

class Sending {
 public:
  Sending(SendOptions options, std::string content, Inquiry& ask)
      : options_(std::move(options)), content_(std::move(content)), ask_(ask) {}

  asio::awaitable<ExitCode> Run() {
    auto ids = co_await ask_.FindTargets(options_.targets);
    if (!ids) co_return ask_.exit();
    Status sent = co_await Send(*ids);
    if (!sent) co_return ask_.exit();
    if (options_.no_wait) co_return End(ExitCode::kSuccess);
    Status arrived = co_await Wait(ids->size());
    ask_.program().console.Status("");
    if (!arrived) co_return ask_.exit();
    const auto good = static_cast<std::size_t>(
        std::count_if(rows_.begin(), rows_.end(), [](const FileRow& row) { return row.good; }));
    const bool all = good == rows_.size();
    if (ask_.kind() == OutputKind::kTable) {
      const std::string path =
          EscapeLine(options_.folder + (options_.folder.ends_with('/') ? "" : "/") + options_.name);
      ask_.Say(ask_.text()(msg::kSendDone, good, rows_.size(), path));
      if (!all) {
        const std::vector<NamedMachine> named = co_await ask_.NamesOf(std::move(*ids));
        const ExitCode shown = ask_.PrintTable(FileTable(rows_, NameBook(named), ask_.look()));
        if (shown != ExitCode::kSuccess) co_return shown;
      }
    }
    co_return End(all ? ExitCode::kSuccess : ExitCode::kSomeFailed);
  }

 private:
  asio::awaitable<Status> Send(const std::vector<std::string>& ids) {
    std::size_t portion = kMachinesInACall;
    for (std::size_t begin = 0; begin < ids.size();) {
      const std::size_t end = std::min(begin + portion, ids.size());
      const std::vector<std::string> some(ids.begin() + static_cast<std::ptrdiff_t>(begin),
                                          ids.begin() + static_cast<std::ptrdiff_t>(end));
      encoding::FormFields fields = SendParameters(options_, content_);
      for (auto& field : InstanceFields(some)) fields.push_back(std::move(field));
      const bool many = some.size() > kFewMachines;
      auto answer = co_await ask_.Ask("SendFile", std::move(fields), many);
      if (!answer && many) {
        portion = kFewMachines;  // perhaps too many for this server; else the next answer says what it is
        continue;
      }
      if (!answer) co_return Forward(answer);
      json::Reader in(*answer);
      invoke_ids_.emplace_back(in.String("InvokeId"));
      if (!in.status()) co_return ask_.NotUnderstood("SendFile", in.status().error());
      begin = end;
    }
    co_return Status();
  }

  asio::awaitable<Status> Wait(std::size_t machines) {
    for (milliseconds pause(50);; pause = std::min(pause * 3 / 2, milliseconds(500))) {
      rows_.clear();
      for (const std::string& id : invoke_ids_) {
        encoding::FormFields fields = {{"InvokeId", id}};
        auto page = co_await ask_.Ask("DescribeSendFileResults", std::move(fields));
        if (!page) co_return Forward(page);
        auto rows = ReadFileRows(*page);
        if (!rows) co_return ask_.NotUnderstood("DescribeSendFileResults", rows.error());
        for (FileRow& row : *rows) rows_.push_back(std::move(row));
      }
      const auto done = std::count_if(rows_.begin(), rows_.end(), [](const FileRow& row) { return row.done; });
      if (static_cast<std::size_t>(done) == rows_.size()) co_return Status();
      ask_.program().console.Status(ask_.text()(msg::kSendProgress, done, machines));
      co_await ask_.clock().SleepFor(pause);
    }
  }

  ExitCode End(ExitCode exit) {
    if (ask_.kind() == OutputKind::kJson) {
      const ExitCode shown = ask_.PrintJson(FilesJson(invoke_ids_, std::move(rows_)));
      return shown == ExitCode::kSuccess ? exit : shown;
    }
    if (options_.no_wait) {
      for (const std::string& id : invoke_ids_) ask_.Say(ask_.text()(msg::kSendStarted, EscapeLine(id)));
    }
    return exit;
  }

  const SendOptions options_;
  const std::string content_;
  Inquiry& ask_;
  std::vector<std::string> invoke_ids_;
  std::vector<FileRow> rows_;
};

ExitCode SendFile(const VerbWords& words, Program& program) {
  auto options = ReadSend(words, program.text);
  if (!options) return program.Usage(options.error().detail);
  auto content = ReadScript(options->file, program.text);
  if (!content) return program.Usage(content.error().detail);
  auto connection = Connection::Open(words.common, program);
  if (!connection) return ExitCode::kUsage;
  Connection& c = *connection;
  Inquiry ask(options->output, program, c.settings, c.client, c.clock, c.random);
  Sending sending(std::move(*options), std::move(*content), ask);
  return c.Loop(sending.Run());
}

}  // namespace

Verb SendVerb() { return {.spec = SendSpec, .run = SendFile}; }

}  // namespace assist::cli
