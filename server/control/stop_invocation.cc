#include "server/control/stop_invocation.h"

#include <algorithm>
#include <span>

#include "server/control/runner.h"
#include "server/control/start_invocation.h"
#include "server/control/task_change.h"

namespace assist::server::control {
namespace {

void StopTask(store::Tx& tx, Context& context, const model::Invocation& invocation, model::Task task,
              const InstanceId& instance) {
  if (!ChangeTask(tx, context, invocation, task, model::StopAsked{})) return;
  if (task.progress.state == model::TaskState::kStopping) context.effects.wakes.push_back(instance);
}

/// Those with a key below `after` that were not given out; keeps what is left.
void HaltAll(store::Tx& tx, Context& context, const model::Invocation& invocation, model::TaskKey after) {
  const model::Halted halted{model::Errors(invocation.counts),
                             invocation.wave ? invocation.wave->terms.max_errors.value_or(0) : 0};
  std::vector<store::TaskOn> open = tx.OpenTasksOf(invocation.key, after, store::kSliceRows);
  for (store::TaskOn& each : open) ChangeTask(tx, context, invocation, each.task, halted);
  if (static_cast<std::int64_t>(open.size()) == store::kSliceRows) {
    tx.KeepStops(invocation.key, {{}, open.back().task.key, true});
  }
}

/// Open tasks with a key below `after`; keeps what is left.
void StopAll(store::Tx& tx, Context& context, const model::Invocation& invocation, model::TaskKey after) {
  const std::vector<store::TaskOn> open = tx.OpenTasksOf(invocation.key, after, store::kSliceRows);
  for (const store::TaskOn& each : open) StopTask(tx, context, invocation, each.task, each.instance);
  if (static_cast<std::int64_t>(open.size()) == store::kSliceRows) {
    tx.KeepStops(invocation.key, {{}, open.back().task.key});
  }
}

void StopThese(store::Tx& tx, Context& context, const model::Invocation& invocation,
               std::span<const model::MachineKey> machines) {
  for (const model::MachineKey machine : machines) {
    const std::optional<model::Task> task = tx.FindTask(invocation.key, machine);
    if (task) StopTask(tx, context, invocation, *task, tx.InstanceOf(machine));
  }
}

/// Also machines that are deregistered now: they were part of it. All must be, before one is stopped.
Result<std::vector<model::MachineKey>> FindMachines(store::ReadTx& tx, const model::Invocation& invocation,
                                                    const std::vector<InstanceId>& instances) {
  std::vector<model::MachineKey> machines;
  machines.reserve(instances.size());
  for (const InstanceId& id : instances) {
    const std::optional<model::Machine> machine = tx.FindMachine(id);
    if (!machine || !tx.FindTask(invocation.key, machine->key)) {
      return Fail(Errc::kNotFound, id.str() + " is not part of the invocation", "InvalidInstanceId.NotFound");
    }
    machines.push_back(machine->key);
  }
  return machines;
}

Result<model::Invocation> FindChecked(store::ReadTx& tx, const ReadContext& context, const StopInvocationIn& in) {
  std::optional<model::Invocation> invocation = tx.FindInvocation(in.invocation);
  if (!invocation || invocation->is_file()) {
    return Fail(Errc::kNotFound, "there is no invocation " + in.invocation.str(), "InvalidInvokeId.NotFound");
  }
  if (static_cast<std::int64_t>(in.instances.size()) > context.limits().stop_targets) {
    return Fail(Errc::kTooLarge, "at most " + std::to_string(context.limits().stop_targets) + " machines in one call",
                "InstanceIds.ExceedLimit");
  }
  return std::move(*invocation);
}

/// Makes the invocation whole, if it is not, and looks up a list that is long. A refusal is left for the change to
/// tell, which also uses up the nonce.
boost::asio::awaitable<Status> Prepare(Runner& runner, StopInvocationIn& in) {
  for (;;) {
    StopInvocationIn query = in;
    Result<FindStopTargetsOut> found = co_await runner.Read(FindStopTargets, std::move(query));
    if (!found && found.error().code == Errc::kUnavailable) co_return Forward(found);
    if (!found) co_return Status();
    if (!found->creating) {
      if (found->machines.size() > static_cast<std::size_t>(store::kSliceRows))
        in.resolved = std::move(found->machines);
      co_return Status();
    }
    InvokeId id = in.invocation;
    Status complete = co_await CompleteInvocation(runner, std::move(id));
    if (!complete) co_return complete;
  }
}

}  // namespace

Result<StopInvocationOut> StopInvocation(store::Tx& tx, Context& context, const StopInvocationIn& in) {
  Result<model::Invocation> invocation = FindChecked(tx, context, in);
  if (!invocation) return Forward(invocation);
  if (in.instances.empty()) {
    if (invocation->creating) {
      tx.KeepStops(invocation->key, {});
    } else {
      StopAll(tx, context, *invocation, {});
    }
  } else {
    if (invocation->creating) {
      return Fail(Errc::kUnavailable, "the invocation is still being written; try again in a moment");
    }
    Result<std::vector<model::MachineKey>> machines = in.resolved ? Result<std::vector<model::MachineKey>>(*in.resolved)
                                                                  : FindMachines(tx, *invocation, in.instances);
    if (!machines) return Forward(machines);
    std::span<const model::MachineKey> rest = *machines;
    constexpr auto kSlice = static_cast<std::size_t>(store::kSliceRows);
    StopThese(tx, context, *invocation, rest.first(std::min(rest.size(), kSlice)));
    for (rest = rest.subspan(std::min(rest.size(), kSlice)); !rest.empty();
         rest = rest.subspan(std::min(rest.size(), kSlice))) {
      const auto slice = rest.first(std::min(rest.size(), kSlice));
      tx.KeepStops(invocation->key, {{slice.begin(), slice.end()}, {}});
    }
  }
  const std::optional<model::Invocation> now = tx.LoadInvocation(invocation->key);
  return StopInvocationOut{now && now->stopping};
}

bool ContinueStop(store::Tx& tx, Context& context, const model::Invocation& invocation) {
  const std::optional<store::Tx::Stops> stops = tx.TakeStops(invocation.key);
  if (stops && stops->halted) {
    HaltAll(tx, context, invocation, stops->after);
  } else if (stops && stops->machines.empty()) {
    StopAll(tx, context, invocation, stops->after);
  } else if (stops) {
    StopThese(tx, context, invocation, stops->machines);
  }
  const std::optional<model::Invocation> now = tx.LoadInvocation(invocation.key);
  return now && now->stopping;
}

Result<FindStopTargetsOut> FindStopTargets(store::ReadTx& tx, const ReadContext& context, const StopInvocationIn& in) {
  Result<model::Invocation> invocation = FindChecked(tx, context, in);
  if (!invocation) return Forward(invocation);
  FindStopTargetsOut out;
  out.creating = invocation->creating;
  if (out.creating) return out;
  Result<std::vector<model::MachineKey>> machines = FindMachines(tx, *invocation, in.instances);
  if (!machines) return Forward(machines);
  out.machines = std::move(*machines);
  return out;
}

boost::asio::awaitable<Result<StopInvocationOut>> StopWholeInvocation(Runner& runner, StopInvocationIn in,
                                                                      Origin origin) {
  if (!in.instances.empty()) {
    Status ready = co_await Prepare(runner, in);
    if (!ready) co_return Forward(ready);
  }
  InvokeId id = in.invocation;
  Result<StopInvocationOut> out = co_await runner.Change(StopInvocation, std::move(in), std::move(origin));
  if (!out || !out->more) co_return out;
  // It is committed: what fails from here on scheduler makes up for.
  Status complete = co_await CompleteInvocation(runner, std::move(id));
  out->more = !complete;
  co_return out;
}

}  // namespace assist::server::control
