#include "server/control/plugin_status.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/store/package_tables.h"
#include "server/store/plugin_tables.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

using Plugins = std::vector<model::PluginStatus>;

/// Room for one more: what was removed longest ago goes. False: there is none.
bool MakeRoom(store::PluginTables& tables, model::MachineKey machine, Plugins& known) {
  if (known.size() < model::kPluginsOfMachine) return true;
  auto oldest = known.end();
  for (auto at = known.begin(); at != known.end(); ++at) {
    if (at->state != model::PluginState::kRemoved) continue;
    if (oldest == known.end() || at->last < oldest->last) oldest = at;
  }
  if (oldest == known.end()) return false;
  tables.DropPlugin(machine, oldest->name);
  known.erase(oldest);
  return true;
}

PluginsOfMachine Row(store::ReadTx& tx, const InstanceId& instance, model::MachineKey key, const std::string& name) {
  PluginsOfMachine out;
  out.instance = instance;
  if (name.empty()) {
    out.plugins = tx.plugins().PluginsOf(key);
    return out;
  }
  if (auto found = tx.plugins().FindPlugin(key, name)) out.plugins.push_back(std::move(*found));
  out.not_installed = out.plugins.empty();
  return out;
}

/// A machine has told of it, or it is published.
bool IsKnown(store::ReadTx& tx, const std::string& name) {
  return tx.plugins().IsPluginKnown(name) || !tx.packages().PackagesOf({package::Kind::kPackage, name}).empty();
}

/// The caller's machines, in the caller's order; a position is the place in that list.
Result<ListPluginStatusOut> OfThese(store::ReadTx& tx, const ListPluginStatusIn& in) {
  const auto targets = tx.ResolveMachines(in.instances);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i].key) continue;
    return Fail(Errc::kNotFound, "there is no machine " + in.instances[i].str(), "InvalidInstance.NotFound");
  }
  ListPluginStatusOut out;
  const auto count = static_cast<std::int64_t>(targets.size());
  out.total = count;
  std::int64_t first = in.page.by_position ? (in.page.after ? in.page.after->key : 0) : count;
  // A number beyond the end is an empty page, whatever it is.
  if (!in.page.by_position && in.page.number - 1 <= count / in.page.size) first = (in.page.number - 1) * in.page.size;
  first = std::clamp<std::int64_t>(first, 0, count);
  const std::int64_t last = first + std::min(count - first, in.page.size);
  for (std::int64_t i = first; i < last; ++i) {
    const auto at = static_cast<std::size_t>(i);
    out.items.push_back(Row(tx, in.instances[at], targets[at].key, in.name));
  }
  if (in.page.by_position && last < count) out.next = model::Position{last, 0};
  return out;
}

}  // namespace

Result<RecordPluginStatusOut> RecordPluginStatus(store::Tx& tx, Context& context, const RecordPluginStatusIn& in) {
  RecordPluginStatusOut out;
  const std::optional<model::Machine> machine = tx.FindMachine(in.machine);
  if (!machine || machine->deregistered) {
    out.refused = static_cast<std::int64_t>(in.reports.size());
    return out;
  }
  store::PluginTables& tables = tx.plugin_tables();
  Plugins known = tables.PluginsOf(machine->key);
  for (const model::PluginReport& report : in.reports) {
    const auto former =
        std::find_if(known.begin(), known.end(), [&report](const auto& status) { return status.name == report.name; });
    if (former != known.end()) {
      *former = model::Apply(*former, report, context.now);
      tables.PutPlugin(machine->key, *former);
      continue;
    }
    if (!MakeRoom(tables, machine->key, known)) {
      ++out.refused;
      continue;
    }
    known.push_back(model::Apply(std::nullopt, report, context.now));
    tables.PutPlugin(machine->key, known.back());
  }
  return out;
}

Result<ListPluginStatusOut> ListPluginStatus(store::ReadTx& tx, const ReadContext& /*context*/,
                                             const ListPluginStatusIn& in) {
  if (in.name.empty() && in.instances.size() != 1) {
    return Fail(Errc::kInvalid, "a name, or exactly one machine", "PluginName.MissingValue");
  }
  const Error unknown{Errc::kNotFound, "no machine has told of it, and it is not published",
                      "InvalidPluginName.NotFound"};
  if (!in.instances.empty()) {
    auto out = OfThese(tx, in);
    if (out && !in.name.empty() && !IsKnown(tx, in.name)) return tl::unexpected<Error>(unknown);
    return out;
  }
  if (!IsKnown(tx, in.name)) return tl::unexpected<Error>(unknown);
  const auto machines = tx.ListMachines({}, in.page, {});
  ListPluginStatusOut out;
  out.total = machines.total;
  out.next = machines.next;
  for (const model::Machine& machine : machines.items) out.items.push_back(Row(tx, machine.id, machine.key, in.name));
  return out;
}

}  // namespace assist::server::control
