#include "server/control/after_restore.h"

#include "server/control/task_change.h"
#include "server/model/unknown_reasons.h"

namespace assist::server::control {
namespace {

constexpr std::int64_t kMachines = 100;
constexpr std::int64_t kTasks = 200;

std::int64_t LoseTasksOf(store::Tx& tx, Context& context, model::MachineKey machine) {
  std::int64_t changed = 0;
  model::TaskKey after;
  for (;;) {
    auto tasks = tx.OpenTasksOn(machine, after, kTasks);
    if (tasks.empty()) return changed;
    after = tasks.back().key;
    for (model::Task& task : tasks) {
      const auto invocation = tx.LoadInvocation(task.invocation);
      if (!invocation || invocation->is_schedule()) continue;
      const bool done = ChangeTask(tx, context, *invocation, task, model::TraceLost{model::unknown::kStoreRestored});
      if (done && task.progress.outcome == model::Outcome::kUnknown) ++changed;
    }
  }
}

}  // namespace

Result<AfterRestoreOut> AfterRestore(store::Tx& tx, Context& context, const AfterRestoreIn& in) {
  model::PageRequest page;
  page.size = kMachines;
  page.by_position = true;
  page.after = in.after;
  const auto machines = tx.ListMachines({}, page, {});
  AfterRestoreOut out;
  for (const model::Machine& machine : machines.items) {
    if (!machine.is_ours()) out.unknown += LoseTasksOf(tx, context, machine.key);
  }
  out.next = machines.next;
  return out;
}

}  // namespace assist::server::control
