#include "server/control/machine_release.h"

#include "server/store/tx.h"

namespace assist::server::control {

void ReleaseMachine(store::Tx& tx, Context& context, const model::Machine& machine) {
  constexpr std::int64_t kPage = 500;
  model::TaskKey after;
  for (;;) {
    const std::vector<model::Task> open = tx.OpenTasksOn(machine.key, after, kPage);
    for (const model::Task& task : open) {
      after = task.key;
      const std::optional<model::Invocation> invocation = tx.LoadInvocation(task.invocation);
      if (!invocation) continue;
      const model::TaskTerms terms{invocation->timeout, context.limits().silence_margin, invocation->repeatable};
      std::optional<model::TaskProgress> next = Apply(task.progress, model::MachineReleased{}, terms, context.now);
      if (!next) continue;
      model::Task changed = task;
      const model::TaskState before = task.progress.state;
      changed.progress = std::move(*next);
      tx.SaveTask(changed, before);
    }
    if (static_cast<std::int64_t>(open.size()) < kPage) break;
  }
  tx.Deregister(machine.key, context.now);
  if (std::optional<model::Activation> activation = tx.FindActivation(machine.activation)) {
    ++activation->deregistered_count;
    tx.SaveActivation(*activation);
  }
}

}  // namespace assist::server::control
