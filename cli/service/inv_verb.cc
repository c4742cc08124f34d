#include "cli/service/inv_verb.h"

#include <utility>

#include "cli/answer/escape.h"
#include "cli/service/verbs.h"
#include "cli/verb/parse.h"

namespace assist::cli {
namespace {

constexpr std::int64_t kRecent = 200;  // runs that a wrong id is compared with
constexpr std::size_t kNearOnes = 3;

/// Ids of the latest runs.
asio::awaitable<std::vector<std::string>> RecentRuns(Inquiry& ask) {
  std::vector<std::string> ids;
  Listing listing{"DescribeInvocations", {}, 50, true};
  Inquiry::TakePage take = [&ids](const json::Object& page) -> Result<bool> {
    std::vector<InvocationRow> rows;
    if (Status read = ReadInvocations(page, rows); !read) return Forward(read);
    for (InvocationRow& row : rows) ids.push_back(std::move(row.id));
    return static_cast<std::int64_t>(ids.size()) < kRecent;
  };
  static_cast<void>(co_await ask.EachPage(std::move(listing), std::move(take)));
  co_return ids;
}

ExitCode Follow(const InvOptions& options, Inquiry& ask, Connection& c) {
  RunToWatch run;
  const ExitCode found = c.Loop(InvFindToWatch(options, ask, run));
  if (found != ExitCode::kSuccess) return found;
  RunOptions watch;
  watch.raw = options.raw;
  return WatchRun(std::move(watch), std::move(run), c);
}

ExitCode Rerun(const InvOptions& options, Inquiry& ask, Connection& c) {
  RunToWatch run;
  const ExitCode made = c.Loop(InvRerun(options, ask, run));
  if (made != ExitCode::kSuccess || run.invoke_id.empty()) return made;
  return WatchRun(RunOptions(), std::move(run), c);
}

ExitCode Inv(const VerbWords& words, Program& program) {
  const SystemClock clock;
  auto options = ReadInv(words, clock.Now(), program.text);
  if (!options) return program.Usage(options.error().detail);
  auto connection = Connection::Open(words.common, program);
  if (!connection) return ExitCode::kUsage;
  Connection& c = *connection;
  Inquiry ask(options->output, program, c.settings, c.client, c.clock, c.random);
  switch (options->verb) {
    case InvOptions::Verb::kList:
      return c.Loop(InvList(std::move(*options), ask));
    case InvOptions::Verb::kShow:
      return c.Loop(InvShow(std::move(*options), ask));
    case InvOptions::Verb::kLogs:
      if (options->follow) return Follow(*options, ask, c);
      return c.Loop(InvLogs(std::move(*options), ask));
    case InvOptions::Verb::kRerun:
      return Rerun(*options, ask, c);
    case InvOptions::Verb::kStop:
      return c.Loop(InvStop(std::move(*options), ask));
  }
  return ExitCode::kUsage;
}

}  // namespace

asio::awaitable<Result<InvocationRow>> FindRun(Inquiry& ask, std::string id) {
  encoding::FormFields fields = {{"ContentEncoding", "Base64"}, {"PageSize", "1"}};
  if (!id.empty()) fields.emplace_back("InvokeId", id);
  Result<json::Object> page = co_await ask.Ask("DescribeInvocations", std::move(fields));
  if (!page) co_return Forward(page);
  std::vector<InvocationRow> rows;
  if (Status read = ReadInvocations(*page, rows); !read) {
    Status refused = ask.NotUnderstood("DescribeInvocations", read.error());
    co_return Forward(refused);
  }
  if (!rows.empty()) {
    if (id.empty()) ask.Say(ask.text()(msg::kLatestRun, EscapeLine(rows[0].id)));
    co_return std::move(rows[0]);
  }
  std::string line = ask.text()(msg::kNoRunsYet);
  if (id.starts_with("f-")) {
    line = ask.text()(msg::kIsAFileRun, EscapeLine(id));
  } else if (!id.empty()) {
    const std::vector<std::string> recent = co_await RecentRuns(ask);
    const std::vector<std::string_view> known(recent.begin(), recent.end());
    std::string near;
    for (const std::string_view one : NearestWords(id, known, kNearOnes))
      near += (near.empty() ? "" : ", ") + EscapeLine(one);
    line = near.empty() ? ask.text()(msg::kNoSuchRun, EscapeLine(id))
                        : ask.text()(msg::kNoSuchRunNear, EscapeLine(id), near);
  }
  Status refused = ask.Refuse(ExitCode::kRefused, "InvalidInvokeId.NotFound", line);
  co_return Forward(refused);
}

asio::awaitable<Result<std::vector<InstanceRow>>> ListInstances(Inquiry& ask, std::string invoke_id,
                                                                std::vector<std::string> ids, bool timelines) {
  std::vector<InstanceRow> rows;
  Inquiry::TakePage take = [&rows](const json::Object& page) -> Result<bool> {
    auto read = ReadInstances(page);
    if (!read) return Forward(read);
    for (InstanceRow& row : read->rows) rows.push_back(std::move(row));
    return true;
  };
  // A byte of each output: who lists wants to see the states.
  const encoding::FormFields filter = {{"InvokeId", invoke_id},
                                       {"ContentEncoding", "Base64"},
                                       {"IncludeTimeline", timelines ? "true" : "false"},
                                       {"OutputOffset", "0"},
                                       {"OutputLength", "1"}};
  if (ids.empty()) {
    Listing listing{"DescribeInvocationResults", filter};
    Status listed = co_await ask.EachPage(std::move(listing), std::move(take));
    if (!listed) co_return Forward(listed);
    co_return rows;
  }
  for (const std::string& id : ids) {
    Listing listing{"DescribeInvocationResults", filter, 50};
    listing.filter.emplace_back("InstanceId", id);
    const std::size_t before = rows.size();
    Inquiry::TakePage same = take;
    Status listed = co_await ask.EachPage(std::move(listing), std::move(same));
    if (!listed) co_return Forward(listed);
    if (rows.size() == before) {
      Status refused = ask.Refuse(ExitCode::kRefused, "InvalidInstanceId.NotFound",
                                  ask.text()(msg::kNotInRun, EscapeLine(id), EscapeLine(invoke_id)));
      co_return Forward(refused);
    }
  }
  co_return rows;
}

asio::awaitable<ExitCode> InvFindToWatch(InvOptions options, Inquiry& ask, RunToWatch& run) {
  auto found = co_await FindRun(ask, options.id);
  if (!found) co_return ask.exit();
  run.invoke_id = found->id;
  if (!options.machines.empty()) {
    auto ids = co_await ask.FindMachines(options.machines);
    if (!ids) co_return ask.exit();
    run.only = std::move(*ids);
  }
  auto rows = co_await ListInstances(ask, found->id, run.only);
  if (!rows) co_return ask.exit();
  std::vector<std::string> all;
  for (const InstanceRow& row : *rows) all.push_back(row.id);
  run.machines = co_await ask.NamesOf(std::move(all));
  co_return ExitCode::kSuccess;
}

Verb InvVerb() { return {.spec = InvSpec, .run = Inv}; }

}  // namespace assist::cli
