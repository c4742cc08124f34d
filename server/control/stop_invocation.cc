#include "server/control/stop_invocation.h"

#include "server/control/runner.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

void StopTask(store::Tx& tx, Context& context, const model::Invocation& invocation, const model::Task& task,
              const InstanceId& instance) {
  const model::TaskTerms terms{invocation.timeout, context.limits().silence_margin, invocation.repeatable};
  std::optional<model::TaskProgress> next = Apply(task.progress, model::StopAsked{}, terms, context.now);
  if (!next) return;
  model::Task changed = task;
  changed.progress = std::move(*next);
  tx.SaveTask(changed, task.progress.state);
  if (changed.progress.state == model::TaskState::kStopping) context.effects.wakes.push_back(instance);
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
    const std::vector<store::ReadTx::Target> machines = tx.ResolveMachines(in.instances);
    for (std::size_t i = 0; i < machines.size(); ++i) {
      std::optional<model::Task> task;
      if (machines[i].key) task = tx.FindTask(invocation->key, machines[i].key);
      if (!task) {
        return Fail(Errc::kNotFound, in.instances[i].str() + " is not part of the invocation",
                    "InvalidInstanceId.NotFound");
      }
      StopTask(tx, context, *invocation, *task, in.instances[i]);
    }
  }
  return out;
}

boost::asio::awaitable<Result<StopInvocationOut>> StopWholeInvocation(Runner& runner, StopInvocationIn in,
                                                                      std::optional<Nonce> nonce) {
  for (;;) {
    StopInvocationIn slice = in;
    Result<StopInvocationOut> out = co_await runner.Change(StopInvocation, std::move(slice), std::move(nonce));
    if (!out || out->after == 0) co_return out;
    nonce.reset();  // it was used up with the first slice
    in.after = out->after;
  }
}

}  // namespace assist::server::control
