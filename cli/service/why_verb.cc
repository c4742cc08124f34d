// `assist why`.
#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cli/run/result_page.h"
#include "cli/service/inv_verb.h"
#include "cli/service/verbs.h"
#include "cli/why/explanation.h"
#include "protocol/package/refusal.h"

namespace assist::cli {
namespace {

constexpr std::size_t kRefusalsSought = 500;  // machines whose output is looked at: a call each
constexpr std::size_t kStatusInACall = 50;    // machines that every server takes at a time

/// What is known of these machines now, by id. Who is not registered any more, or not told of, is left out.
asio::awaitable<std::unordered_map<std::string, MachineRow>> LookAtMachines(Inquiry& ask,
                                                                            std::vector<std::string> ids) {
  std::vector<MachineRow> rows;
  for (std::size_t begin = 0; begin < ids.size(); begin += kStatusInACall) {
    const std::size_t end = std::min(ids.size(), begin + kStatusInACall);
    const std::vector<std::string> some(ids.begin() + static_cast<std::ptrdiff_t>(begin),
                                        ids.begin() + static_cast<std::ptrdiff_t>(end));
    encoding::FormFields fields = InstanceFields(some);
    fields.emplace_back("MaxResults", std::to_string(kStatusInACall));
    encoding::FormFields same = fields;
    const std::size_t before = rows.size();
    Result<json::Object> page = co_await ask.Ask("DescribeManagedInstances", std::move(fields), true);
    if (!page || !ReadMachines(*page, rows) || rows.size() == before) continue;
    Result<json::Object> status = co_await ask.Ask("DescribeCloudAssistantStatus", std::move(same), true);
    if (status) static_cast<void>(ReadStatus(*status, before, rows));
  }
  std::unordered_map<std::string, MachineRow> by_id;
  for (MachineRow& row : rows) by_id.emplace(row.id, std::move(row));
  co_return by_id;
}

/// The end of what a machine said, where its exit code is that of a refusal.
asio::awaitable<void> LookForRefusal(Inquiry& ask, WhyCase& one) {
  constexpr std::int64_t kTail = 4'096;
  if (!one.row.exit_code || *one.row.exit_code > 255 || one.row.output_size == 0) co_return;
  if (!package::RefusalOfExitCode(static_cast<int>(*one.row.exit_code))) co_return;
  encoding::FormFields fields = {
      {"InvokeId", one.invoke_id},
      {"InstanceId", one.row.id},
      {"ContentEncoding", "Base64"},
      {"OutputOffset", std::to_string(std::max<std::int64_t>(0, one.row.output_size - kTail))},
      {"OutputLength", std::to_string(kTail)}};
  Result<json::Object> answer = co_await ask.Ask("DescribeInvocationResults", std::move(fields), true);
  if (!answer) co_return;
  const auto page = ReadResultPage(*answer);
  if (page && !page->rows.empty()) one.refusal = package::FindRefusal(page->rows[0].output);
}

asio::awaitable<ExitCode> Why(WhyOptions options, Inquiry& ask) {
  auto run = co_await FindRun(ask, options.id);
  if (!run) co_return ask.exit();
  std::vector<std::string> chosen;
  if (!options.machines.empty()) {
    auto ids = co_await ask.FindMachines(options.machines);
    if (!ids) co_return ask.exit();
    chosen = std::move(*ids);
  }
  auto rows = co_await ListInstances(ask, run->id, std::move(chosen), true);
  if (!rows) co_return ask.exit();
  std::vector<std::string> ids;
  std::vector<std::string> open;
  for (const InstanceRow& row : *rows) {
    ids.push_back(row.id);
    if (!IsFinal(row.state)) open.push_back(row.id);
  }
  // How a machine is now matters to what is not over.
  const std::vector<NamedMachine> named = co_await ask.NamesOf(std::move(ids));
  const std::unordered_map<std::string, MachineRow> machines = co_await LookAtMachines(ask, std::move(open));
  const NameBook names(named);
  SortInstances([&names](const std::string& id) { return names.Shown(id); }, *rows);
  std::vector<WhyCase> cases;
  std::size_t refusals_sought = 0;
  for (InstanceRow& row : *rows) {
    std::string name = names.NameOf(row.id).empty() ? row.id : names.NameOf(row.id);
    WhyCase one = MakeCase(std::move(row), run->id, std::move(name));
    one.schedule = run->repeat_mode != "Once" && !run->repeat_mode.empty();
    one.max_concurrency = run->max_concurrency;
    one.rerun_of = run->rerun_of;
    if (const auto machine = machines.find(one.row.id); machine != machines.end()) one.machine = machine->second;
    if (refusals_sought < kRefusalsSought && one.row.state == MachineState::kFailed) {
      ++refusals_sought;
      co_await LookForRefusal(ask, one);
    }
    cases.push_back(std::move(one));
  }
  const Look look = ask.look();
  if (ask.kind() == OutputKind::kJson) co_return ask.PrintJson(WhyJson(run->id, run->rerun_of, cases, look));
  if (cases.empty()) co_return ask.Print(look.text(msg::kWhyNoMachines) + "\n");
  if (cases.size() == 1) co_return ask.Print(CaseText(cases.front(), look));
  const ExitCode exit = ask.Print(GroupsText(Group(cases, look), look) + RerunText(run->rerun_of, {}, look));
  if (exit == ExitCode::kSuccess) ask.Say(ask.text()(msg::kWhyOneMachine, run->id));
  co_return exit;
}

ExitCode WhyOf(const VerbWords& words, Program& program) {
  WhyOptions options = ReadWhy(words);
  auto connection = Connection::Open(words.common, program);
  if (!connection) return ExitCode::kUsage;
  Connection& c = *connection;
  Inquiry ask(options.output, program, c.settings, c.client, c.clock, c.random);
  return c.Loop(Why(std::move(options), ask));
}

}  // namespace

Verb WhyVerb() { return {.spec = WhySpec, .run = WhyOf}; }

}  // namespace assist::cli
