#include "server/control/stop_invocation.h"

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

}  // namespace

Result<StopInvocationOut> StopInvocation(store::Tx& tx, Context& context, const StopInvocationIn& in) {
  const std::optional<model::Invocation> invocation = tx.FindInvocation(in.invocation);
  if (!invocation) {
    return Fail(Errc::kNotFound, "there is no invocation " + in.invocation.str(), "InvalidInvokeId.NotFound");
  }
  if (static_cast<std::int64_t>(in.instances.size()) > context.limits().stop_targets) {
    return Fail(Errc::kTooLarge, "at most " + std::to_string(context.limits().stop_targets) + " machines in one call",
                "InstanceIds.ExceedLimit");
  }
  if (invocation->creating) {
    return Fail(Errc::kUnavailable, "the invocation is still being written; try again in a moment");
  }
  StopInvocationOut out;
  if (in.instances.empty()) {
    const std::vector<store::TaskOn> open =
        tx.OpenTasksOf(invocation->key, model::TaskKey{in.after}, store::kSliceRows);
    for (const store::TaskOn& each : open) StopTask(tx, context, *invocation, each.task, each.instance);
    if (static_cast<std::int64_t>(open.size()) == store::kSliceRows) out.after = open.back().task.key.value;
  } else {
    // Also machines that are deregistered now: they were part of it. All must be, before one is stopped.
    std::vector<model::Task> tasks;
    for (const InstanceId& id : in.instances) {
      const std::optional<model::Machine> machine = tx.FindMachine(id);
      std::optional<model::Task> task;
      if (machine) task = tx.FindTask(invocation->key, machine->key);
      if (!task)
        return Fail(Errc::kNotFound, id.str() + " is not part of the invocation", "InvalidInstanceId.NotFound");
      tasks.push_back(std::move(*task));
    }
    for (std::size_t i = 0; i < tasks.size(); ++i) StopTask(tx, context, *invocation, tasks[i], in.instances[i]);
  }
  return out;
}

boost::asio::awaitable<Result<StopInvocationOut>> StopWholeInvocation(Runner& runner, StopInvocationIn in,
                                                                      std::optional<Nonce> nonce) {
  // One that is still being written is made whole first, so that no task of it comes later.
  ContinueInvocationIn whole{in.invocation};
  Result<StartInvocationOut> state = co_await runner.Change(ContinueInvocation, std::move(whole), std::move(nonce));
  if (!state) co_return Forward(state);
  if (state->creating) {
    InvokeId id = in.invocation;
    Status complete = co_await CompleteInvocation(runner, std::move(id));
    if (!complete) co_return Forward(complete);
  }
  for (;;) {
    StopInvocationIn slice = in;
    Result<StopInvocationOut> out = co_await runner.Change(StopInvocation, std::move(slice));
    if (!out || out->after == 0) co_return out;
    in.after = out->after;
  }
}

}  // namespace assist::server::control
