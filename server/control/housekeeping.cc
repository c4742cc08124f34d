#include "server/control/housekeeping.h"

#include "server/control/audit.h"

#include "server/control/standing.h"
#include "server/control/task_change.h"
#include "server/store/rollout_tables.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::int64_t kSilentSlice = 500;
constexpr std::int64_t kLook = 64;
constexpr std::int64_t kKeptRollouts = 50;  ///< Of those that are over.

/// The most overdue invocation that is whole.
std::optional<model::Invocation> MostOverdue(store::ReadTx& tx, SystemTime now) {
  for (const auto key : tx.ExpiredInvocations(now, kLook)) {
    auto row = tx.LoadInvocation(key);
    if (row && !row->creating) return row;
  }
  return std::nullopt;
}

/// A WebSocket that ended a moment ago is no reason to give a task up: the agent may be about to come back.
bool IsAway(const ReadContext& context, const InstanceId& id, std::optional<SystemTime> last_seen) {
  return !SeenLately(context.presence.Of(id), last_seen, context.now);
}

}  // namespace

Result<ExpireDeliveriesOut> ExpireDeliveries(store::Tx& tx, Context& context, const ExpireDeliveriesIn& in) {
  ExpireDeliveriesOut out;
  const auto invocation = in.invocation ? tx.LoadInvocation(in.invocation) : MostOverdue(tx, context.now);
  if (!invocation || !invocation->delivery_deadline) return out;
  const bool given_out = in.invocation ? in.given_out : invocation->wave && invocation->wave->full();
  auto slice = tx.OpenTasksOf(invocation->key, in.after, store::kSliceRows);
  for (auto& [task, instance] : slice) {
    if (task.progress.delivery == model::Delivery::kAccepted) continue;
    if (given_out && task.progress.delivery == model::Delivery::kNotDelivered) continue;
    const auto machine = tx.LoadMachine(task.machine);
    const bool away = IsAway(context, instance, machine ? machine->last_seen : std::nullopt);
    ChangeTask(tx, context, *invocation, task, model::DeliveryExpired{away});
  }
  out.more = true;  // this one's next slice, or the next one
  if (static_cast<std::int64_t>(slice.size()) == store::kSliceRows) {
    out.next = {invocation->key, slice.back().task.key, given_out};
  } else if (given_out) {
    tx.MoveDeliveryDeadline(invocation->key, context.now + invocation->delivery_timeout);
  } else {
    tx.ClearDeliveryDeadline(invocation->key);
  }
  return out;
}

Result<CloseSilentTasksOut> CloseSilentTasks(store::Tx& tx, Context& context, const CloseSilentTasksIn&) {
  const auto note = [&context](const model::Machine& machine, const model::Invocation& invocation) {
    context.effects.notes.push_back({OperatorNote::Level::kWarn, "task.silent", machine.id, invocation.id.str()});
  };
  auto tasks = tx.SilentTasks(context.now, kSilentSlice);
  for (model::Task& task : tasks) {
    const auto invocation = tx.LoadInvocation(task.invocation);
    const auto machine = tx.LoadMachine(task.machine);
    if (!invocation || !machine) continue;
    const bool alive = machine->is_ours() && !IsAway(context, machine->id, machine->last_seen);
    if (!ChangeTask(tx, context, *invocation, task, model::FellSilent{alive})) continue;
    if (alive) {
      context.effects.wakes.push_back(machine->id);
    } else {
      note(*machine, *invocation);
    }
  }
  auto runs = tx.SilentRuns(context.now, kSilentSlice);
  for (model::Occurrence& run : runs) {
    const auto task = tx.LoadTask(run.task);
    const auto invocation = task ? tx.LoadInvocation(task->invocation) : std::nullopt;
    const auto machine = task ? tx.LoadMachine(task->machine) : std::nullopt;
    if (!invocation || !machine) continue;
    const bool alive = machine->is_ours() && !IsAway(context, machine->id, machine->last_seen);
    StandingTask standing(tx, context, *invocation, *task, machine->is_ours());
    if (standing.ChangeRun(run, model::FellSilent{alive}, -1) && !alive) note(*machine, *invocation);
    standing.Save();
  }
  constexpr auto kFull = static_cast<std::size_t>(kSilentSlice);
  return CloseSilentTasksOut{tasks.size() == kFull || runs.size() == kFull};
}

Result<MarkOverdueOut> MarkOverdue(store::Tx& tx, Context& context, const MarkOverdueIn&) {
  const auto standing = tx.OverdueSchedules(context.now, kSilentSlice);
  for (const model::TaskKey key : standing) {
    auto marks = tx.LoadMarks(key);
    if (!marks) continue;
    marks->overdue = true;
    marks->overdue_after.reset();
    tx.SaveMarks(key, *marks);
  }
  return MarkOverdueOut{static_cast<std::int64_t>(standing.size()) == kSilentSlice};
}

Result<ForgetOldOut> ForgetOld(store::Tx& tx, Context& context, const ForgetOldIn&) {
  const model::Limits& limits = context.limits();
  ForgetOldOut out;
  const SystemTime horizon = context.now - limits.retention;
  auto old = tx.OldInvocations(horizon, 1);
  if (old.empty() && tx.CountInvocations() > limits.invocations) old = tx.OldInvocations(SystemTime::max(), 1);
  if (!old.empty()) {
    (void)tx.DeleteInvocation(old.front(), store::kSliceRows);
    out.more = true;
  }
  auto files = tx.OldFiles(context.now - limits.file_retention, 1);
  if (files.empty() && tx.CountFiles() > limits.files) files = tx.OldFiles(SystemTime::max(), 1);
  if (!files.empty()) {
    (void)tx.DeleteInvocation(files.front(), store::kSliceRows);
    out.more = true;
  }
  if (tx.DeleteExpired(context.now, store::kSliceRows)) out.more = true;
  if (ForgetOldAudit(tx, context)) out.more = true;
  if (tx.DeleteGoneMachines(horizon, store::kSliceRows)) out.more = true;
  if (tx.rollout_tables().ForgetOld(kKeptRollouts, store::kSliceRows)) out.more = true;
  return out;
}

Result<FindUnfinishedOut> FindUnfinished(store::ReadTx& tx, const ReadContext&, const FindUnfinishedIn&) {
  return FindUnfinishedOut{tx.UnfinishedInvocations(100)};
}

}  // namespace assist::server::control
