// `assist inv stop`.
#include <algorithm>
#include <chrono>
#include <unordered_set>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/invocations/stop_report.h"
#include "cli/service/inv_verb.h"

namespace assist::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kIdsInACall = 50;  // of StopInvocation, on every server
constexpr milliseconds kShortly{1'000};  // how long a stop usually takes; it is waited for anyway

}  // namespace

asio::awaitable<ExitCode> InvStop(InvOptions options, Inquiry& ask) {
  auto run = co_await FindRun(ask, options.id);
  if (!run) co_return ask.exit();
  std::vector<std::string> ids;
  if (!options.machines.empty()) {
    auto found = co_await ask.FindMachines(options.machines);
    if (!found) co_return ask.exit();
    ids = std::move(*found);
  }
  auto before = co_await ListInstances(ask, run->id, ids);
  if (!before) co_return ask.exit();
  std::size_t begin = 0;
  do {
    encoding::FormFields fields = {{"InvokeId", run->id}};
    std::vector<std::string> some;
    while (begin < ids.size() && some.size() < kIdsInACall) some.push_back(ids[begin++]);
    for (auto& field : InstanceFields(some)) fields.push_back(std::move(field));
    auto stopped = co_await ask.Ask("StopInvocation", std::move(fields));
    if (!stopped) co_return ask.exit();
  } while (begin < ids.size());

  StopReport report;
  const SteadyTime started = ask.clock().Steady();
  for (milliseconds pause(50);; pause = std::min(pause * 3 / 2, milliseconds(500))) {
    auto after = co_await ListInstances(ask, run->id, ids);
    if (!after) co_return ask.exit();
    report = ReportStop(*before, *after);
    if (report.stopping.empty() || (!options.wait && ask.clock().Steady() - started >= kShortly)) break;
    co_await ask.clock().SleepFor(pause);
  }
  if (ask.kind() == OutputKind::kJson) co_return ask.PrintJson(StopJson(run->id, report));
  std::vector<std::string> all;
  for (const InstanceRow& row : *before) all.push_back(row.id);
  const std::vector<NamedMachine> named = co_await ask.NamesOf(std::move(all));
  const ExitCode exit = ask.Print(StopLines(report, NameBook(named), ask.text()));
  if (!report.stopping.empty()) ask.Say(ask.text()(msg::kStopGoesOn, EscapeLine(run->id)));
  co_return exit;
}

}  // namespace assist::cli
