// `assist inv rerun`.
#include <utility>

#include "cli/answer/escape.h"
#include "cli/service/inv_verb.h"
#include "protocol/json/reader.h"

namespace assist::cli {
namespace {

/// What came of the call.
struct Rerun {
  std::string invoke_id;
  std::int64_t machines = 0;
  std::int64_t unknown = 0;  ///< Left out.
  std::int64_t gone = 0;     ///< Left out.
};

Result<Rerun> ReadRerun(const json::Object& answer) {
  json::Reader in(answer);
  Rerun out;
  out.invoke_id = std::string(in.String("InvokeId"));
  out.machines = in.Int("InstanceCount", 0);
  if (auto left = in.Child("LeftOut")) {
    out.unknown = left->Int("Unknown", 0);
    out.gone = left->Int("Deregistered", 0);
  }
  if (!in.status()) return in.Error();
  return out;
}

}  // namespace

asio::awaitable<ExitCode> InvRerun(InvOptions options, Inquiry& ask, RunToWatch& run) {
  auto former = co_await FindRun(ask, options.id);
  if (!former) co_return ask.exit();
  encoding::FormFields fields = {{"InvokeId", former->id}};
  if (!options.machines.empty()) {
    auto ids = co_await ask.FindMachines(options.machines);
    if (!ids) co_return ask.exit();
    for (auto& field : InstanceFields(*ids)) fields.push_back(std::move(field));
  }
  if (options.unknown) fields.emplace_back("IncludeUnknown", "true");
  if (!options.max_concurrency.empty()) fields.emplace_back("MaxConcurrency", options.max_concurrency);
  if (!options.max_errors.empty()) fields.emplace_back("MaxErrors", options.max_errors);
  auto answer = co_await ask.Ask("RerunInvocation", std::move(fields));
  if (!answer) co_return ask.exit();
  const Result<Rerun> made = ReadRerun(*answer);
  if (!made) {
    Status refused = ask.NotUnderstood("RerunInvocation", made.error());
    co_return ask.exit();
  }
  if (ask.kind() == OutputKind::kJson) co_return ask.PrintJson(json::Write(*answer));
  const Text& text = ask.text();
  ask.Say(text(msg::kRerunStarted, made->machines, EscapeLine(made->invoke_id), EscapeLine(former->id)));
  if (made->unknown > 0) ask.Say(text(msg::kRerunUnknown, made->unknown));
  if (made->gone > 0) ask.Say(text(msg::kRerunGone, made->gone));
  if (options.detach) co_return ask.Print(made->invoke_id + "\n");
  run.invoke_id = made->invoke_id;
  auto rows = co_await ListInstances(ask, made->invoke_id, {});
  if (!rows) co_return ask.exit();
  std::vector<std::string> all;
  for (const InstanceRow& row : *rows) all.push_back(row.id);
  run.machines = co_await ask.NamesOf(std::move(all));
  co_return ExitCode::kSuccess;
}

}  // namespace assist::cli
