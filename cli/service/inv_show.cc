// `assist inv show`.
#include <utility>
#include <vector>

#include "cli/invocations/invocation_text.h"
#include "cli/service/inv_verb.h"

namespace assist::cli {
namespace {

constexpr std::size_t kOfEach = 20;  // lines for machines of which there is nothing to tell

/// On a terminal: all that failed, and a few of those that succeeded and of those that are not done.
std::size_t Shorten(std::vector<InstanceRow>& rows) {
  std::size_t open = 0;
  std::size_t good = 0;
  const std::size_t before = rows.size();
  std::erase_if(rows, [&](const InstanceRow& row) {
    if (!IsFinal(row.state)) return ++open > kOfEach;
    return row.state == MachineState::kSucceeded && ++good > kOfEach;
  });
  return before - rows.size();
}

}  // namespace

asio::awaitable<ExitCode> InvShow(InvOptions options, Inquiry& ask) {
  auto run = co_await FindRun(ask, options.id);
  if (!run) co_return ask.exit();
  std::vector<std::string> chosen;
  if (!options.machines.empty()) {
    auto ids = co_await ask.FindMachines(options.machines);
    if (!ids) co_return ask.exit();
    chosen = std::move(*ids);
  }
  auto rows = co_await ListInstances(ask, run->id, std::move(chosen));
  if (!rows) co_return ask.exit();
  std::vector<std::string> ids;
  for (const InstanceRow& row : *rows) ids.push_back(row.id);
  const std::vector<NamedMachine> named = co_await ask.NamesOf(std::move(ids));
  const NameBook names(named);
  SortInstances([&names](const std::string& id) { return names.Shown(id); }, *rows);
  if (ask.kind() == OutputKind::kJson) {
    co_return ask.PrintJson(InvocationJson(std::move(*run), std::move(*rows), named));
  }
  const std::size_t left_out = ask.look().terminal() && !options.all ? Shorten(*rows) : 0;
  ExitCode exit = ask.Print(InvocationFacts(*run, ask.look()) + "\n");
  if (exit == ExitCode::kSuccess) exit = ask.PrintTable(InstanceTable(*rows, names, ask.look()));
  if (exit == ExitCode::kSuccess && left_out > 0) ask.Say(ask.text()(msg::kMoreMachines, left_out));
  co_return exit;
}

}  // namespace assist::cli
