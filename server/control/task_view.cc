#include "server/control/task_view.h"

#include <utility>

#include "server/control/output_view.h"

namespace assist::server::control {
namespace {

OutputView Show(store::ReadTx& tx, const StoredOutput& output, const OutputWish& wish) {
  return wish.offset ? ShowOutputRange(tx, output, *wish.offset, wish.bytes) : ShowOutput(tx, output, wish.bytes);
}

}  // namespace

TaskView ShowTask(store::ReadTx& tx, const model::Invocation& invocation, model::Task task, InstanceId instance,
                  const OutputWish& wish) {
  TaskView view;
  view.invocation = invocation.id;
  view.instance = std::move(instance);
  if (invocation.is_schedule()) {
    view.schedule = tx.LoadMarks(task.key);
    if (view.schedule && view.schedule->last_run > 0) {
      view.occurrence = tx.FindOccurrence(task.key, view.schedule->last_run);
    }
  }
  if (wish.wanted) {
    view.output = view.occurrence ? Show(tx, StoredOutput(*view.occurrence), wish) : Show(tx, StoredOutput(task), wish);
  }
  view.task = std::move(task);
  return view;
}

TaskView ShowOccurrence(store::ReadTx& tx, const model::Invocation& invocation, model::Task task, InstanceId instance,
                        model::Occurrence occurrence, const OutputWish& wish) {
  TaskView view;
  view.invocation = invocation.id;
  view.instance = std::move(instance);
  view.schedule = tx.LoadMarks(task.key);
  if (wish.wanted) view.output = Show(tx, StoredOutput(occurrence), wish);
  view.task = std::move(task);
  if (occurrence.is_run()) {
    view.task.progress = occurrence.progress;
  } else {
    view.task.progress = {};
    // As of a run of which the agent cannot say what became of it.
    const bool unknown = occurrence.reason == model::MissedReason::kJournalDamaged;
    view.task.progress.state = unknown ? model::TaskState::kError : model::TaskState::kAborted;
    view.task.progress.outcome = unknown ? model::Outcome::kUnknownReported : model::Outcome::kFinal;
    view.task.progress.error_code = model::ErrorCodeOfMissed(occurrence.reason.value_or(model::MissedReason::kLate));
    view.task.progress.updated = occurrence.progress.updated;
  }
  view.task.output_next = occurrence.output_next;
  view.task.output_size = occurrence.output_size;
  view.task.output_dropped = occurrence.output_dropped;
  view.occurrence = std::move(occurrence);
  return view;
}

}  // namespace assist::server::control
