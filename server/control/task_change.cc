#include "server/control/task_change.h"

#include <utility>

#include "server/control/standing.h"
#include "server/control/waves.h"

namespace assist::server::control {

model::TaskTerms TermsOf(const model::Invocation& invocation, const ReadContext& context) {
  model::TaskTerms terms;
  terms.timeout = invocation.timeout;
  terms.silence_margin = context.limits().silence_margin;
  // What may start twice still has its time to be delivered in.
  terms.repeatable =
      invocation.repeatable && (!invocation.delivery_deadline || context.now < *invocation.delivery_deadline);
  return terms;
}

bool ChangeTask(store::Tx& tx, Context& context, const model::Invocation& invocation, model::Task& task,
                const model::TaskEvent& event) {
  if (invocation.is_schedule()) {
    const auto machine = tx.LoadMachine(task.machine);
    StandingTask standing(tx, context, invocation, task, !machine || machine->is_ours());
    if (!standing.DoAll(event)) return false;
    task = standing.Save();
    return true;
  }
  std::optional<model::TaskProgress> next =
      model::Apply(task.progress, event, TermsOf(invocation, context), context.now);
  if (!next) return false;
  const model::TaskProgress before = std::exchange(task.progress, std::move(*next));
  tx.SaveTask(task, before.state);
  FollowWave(tx, context, invocation, before, task.progress);
  return true;
}

}  // namespace assist::server::control
