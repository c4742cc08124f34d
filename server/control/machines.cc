#include "server/control/machines.h"

#include <algorithm>

#include "server/control/idempotency.h"
#include "server/control/machine_release.h"
#include "server/control/tag_matches.h"
#include "server/store/plugin_tables.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::string_view kDeregister = "DeregisterManagedInstance";

/// How long a heart-beat counts.
constexpr std::chrono::minutes kLately{2};

MachineView View(store::ReadTx& tx, const ReadContext& context, model::Machine machine) {
  MachineView view;
  view.presence = context.presence.Of(machine.id);
  view.online = IsOnline(view.presence, machine.last_seen, context.now);
  view.last_heartbeat = std::max(view.presence.last_heartbeat, machine.last_seen);
  view.active_tasks = tx.CountRunningOn(machine.key);
  view.machine = std::move(machine);
  return view;
}

model::Page<MachineView> Views(store::ReadTx& tx, const ReadContext& context, model::Page<model::Machine> page) {
  model::Page<MachineView> out;
  out.total = page.total;
  out.next = page.next;
  out.items.reserve(page.items.size());
  for (model::Machine& machine : page.items) out.items.push_back(View(tx, context, std::move(machine)));
  return out;
}

AgentView WithUpgrade(store::ReadTx& tx, MachineView view) {
  AgentView out;
  static_cast<MachineView&>(out) = std::move(view);
  out.upgrade = tx.plugins().UpgradeOf(out.machine.key);
  return out;
}

tl::unexpected<Error> NoSuchMachine(const InstanceId& id) {
  return Fail(Errc::kNotFound, "there is no machine " + id.str(), "InvalidInstance.NotFound");
}

/// A machine that is registered now.
std::optional<model::Machine> Registered(store::ReadTx& tx, const InstanceId& id) {
  std::optional<model::Machine> machine = tx.FindMachine(id);
  if (machine && machine->deregistered) return std::nullopt;
  return machine;
}

Status CheckCount(std::size_t count, std::int64_t limit) {
  if (static_cast<std::int64_t>(count) <= limit) return {};
  return Fail(Errc::kInvalid, "at most " + std::to_string(limit) + " instances in one call", "InstanceIds.ExceedLimit");
}

}  // namespace

bool SeenLately(const Presence::State& state, std::optional<SystemTime> last_seen, SystemTime now) noexcept {
  if (state.connected) return true;
  const std::optional<SystemTime> last = std::max(state.last_heartbeat, last_seen);
  return last && now - *last < kLately;
}

bool IsOnline(const Presence::State& state, std::optional<SystemTime> last_seen, SystemTime now) noexcept {
  return !state.left && SeenLately(state, last_seen, now);
}

Result<DescribeManagedInstancesOut> DescribeManagedInstances(store::ReadTx& tx, const ReadContext& context,
                                                             const DescribeManagedInstancesIn& in) {
  if (Status fits = CheckCount(in.instances.size(), context.limits().managed_instances); !fits) return Forward(fits);
  store::MachineFilter filter;
  filter.activation = in.activation;
  filter.name = in.name;
  filter.ip = in.ip;
  filter.machine_id = in.machine_id;
  filter.os_type = in.os_type;
  filter.tags = Matches(in.tags);
  for (const InstanceId& id : in.instances) {
    if (const std::optional<model::Machine> machine = Registered(tx, id)) filter.keys.push_back(machine->key);
  }
  if (!in.instances.empty() && filter.keys.empty()) return DescribeManagedInstancesOut{};
  store::ReadTx::KeepMachine keep;
  if (in.connected) {
    keep.seen_after = context.now - kLately;
    keep.wanted = [&context, &in](const InstanceId& machine, std::optional<SystemTime> last_seen) {
      return IsOnline(context.presence.Of(machine), last_seen, context.now) == *in.connected;
    };
  }
  return Views(tx, context, tx.ListMachines(filter, in.page, keep));
}

Result<DescribeCloudAssistantStatusOut> DescribeCloudAssistantStatus(store::ReadTx& tx, const ReadContext& context,
                                                                     const DescribeCloudAssistantStatusIn& in) {
  if (in.instances.empty()) {
    store::MachineFilter filter;
    filter.os_type = in.os_type;
    auto page = Views(tx, context, tx.ListMachines(filter, in.page, {}));
    DescribeCloudAssistantStatusOut out;
    out.total = page.total;
    out.next = page.next;
    for (MachineView& view : page.items) out.items.push_back(WithUpgrade(tx, std::move(view)));
    return out;
  }
  if (Status fits = CheckCount(in.instances.size(), context.limits().status_instances); !fits) return Forward(fits);
  std::vector<model::Machine> chosen;
  for (const InstanceId& id : in.instances) {
    std::optional<model::Machine> machine = Registered(tx, id);
    if (!machine) return NoSuchMachine(id);
    if (!in.os_type || machine->os_type == *in.os_type) chosen.push_back(std::move(*machine));
  }
  // Page numbers cut the caller's list; by token all of them come back (openapi.md, 11.14).
  DescribeCloudAssistantStatusOut out;
  out.total = static_cast<std::int64_t>(chosen.size());
  std::size_t first = 0;
  std::size_t last = chosen.size();
  if (!in.page.by_position) {
    const auto size = static_cast<std::size_t>(in.page.size);
    first = std::min(chosen.size(), static_cast<std::size_t>(in.page.number - 1) * size);
    last = std::min(chosen.size(), first + size);
  }
  for (std::size_t i = first; i < last; ++i) {
    out.items.push_back(WithUpgrade(tx, View(tx, context, std::move(chosen[i]))));
  }
  return out;
}

Result<model::Machine> ModifyManagedInstance(store::Tx& tx, Context& /*context*/, const ModifyManagedInstanceIn& in) {
  std::optional<model::Machine> machine = Registered(tx, in.instance);
  if (!machine) return NoSuchMachine(in.instance);
  machine->name = in.name;
  tx.RenameMachine(machine->key, in.name);
  return std::move(*machine);
}

Result<model::Machine> DeregisterManagedInstance(store::Tx& tx, Context& context,
                                                 const DeregisterManagedInstanceIn& in) {
  Result<std::optional<std::string>> former = FormerAnswer(tx, context, kDeregister, in.client_token);
  if (!former) return Forward(former);
  if (*former) {
    std::optional<model::Machine> gone = tx.FindMachine(InstanceId(**former));
    if (gone) return std::move(*gone);
  }
  std::optional<model::Machine> machine = Registered(tx, in.instance);
  if (!machine) return NoSuchMachine(in.instance);
  ReleaseMachine(tx, context, *machine);
  RememberAnswer(tx, context, kDeregister, in.client_token, machine->id.str());
  return std::move(*machine);
}

}  // namespace assist::server::control
