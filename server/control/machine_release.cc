#include "server/control/machine_release.h"

#include "server/control/task_change.h"

namespace assist::server::control {

void ReleaseMachine(store::Tx& tx, Context& context, const model::Machine& machine) {
  constexpr std::int64_t kPage = 500;
  model::TaskKey after;
  for (;;) {
    std::vector<model::Task> open = tx.OpenTasksOn(machine.key, after, kPage);
    for (model::Task& task : open) {
      after = task.key;
      const std::optional<model::Invocation> invocation = tx.LoadInvocation(task.invocation);
      if (!invocation) continue;
      ChangeTask(tx, context, *invocation, task, model::MachineReleased{});
    }
    if (static_cast<std::int64_t>(open.size()) < kPage) break;
  }
  tx.Deregister(machine.key, context.now);
  if (std::optional<model::Activation> activation = tx.FindActivation(machine.activation)) {
    ++activation->deregistered_count;
    tx.SaveActivation(*activation);
  }
  context.effects.wakes.push_back(machine.id);  // its next request is refused: so its agent learns of it
}

}  // namespace assist::server::control
