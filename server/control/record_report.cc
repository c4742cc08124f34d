#include "server/control/record_report.h"

#include <algorithm>

#include "server/control/task_change.h"

namespace assist::server::control {
namespace {

/// Longer streams cannot be: numbers beyond are an agent's mistake.
constexpr std::int64_t kLongest = std::int64_t{1} << 50;

/// Kept free for the end of the output while a task runs.
std::int64_t TailRoom(std::int64_t cap) { return std::min<std::int64_t>(cap / 4, 1 << 20); }

/// Takes the body of a report into the task's stream: its beginning is kept, and the end that the final report brings;
/// what does not fit is counted. Repeats and overlaps change nothing. True when the task's marks changed.
bool TakeOutput(store::Tx& tx, const model::Limits& limits, const RecordReportIn& in, model::Task& task) {
  const bool final = model::IsFinalKind(in.report.kind);
  std::string_view body = in.output.Reveal();
  const std::int64_t before = task.output_next;
  std::int64_t place = before;
  if (in.offset) {
    place = *in.offset;
  } else if (final) {
    place += std::clamp<std::int64_t>(in.report.dropped, 0, kLongest);
  }
  if (place < 0 || place > kLongest) return false;
  if (place < before) {
    const auto known = static_cast<std::size_t>(before - place);
    if (known >= body.size()) return false;
    body.remove_prefix(known);
    place = before;
  }
  if (place > before) {
    // A piece is missing. While the task runs it will come yet (the answer asks for it); at the end it was left out.
    if (!final) return false;
    task.output_dropped += place - before;
  }
  const std::int64_t kept = task.output_size - (task.output_dropped - (place - before));
  const auto size = static_cast<std::int64_t>(body.size());
  const std::int64_t room =
      std::clamp<std::int64_t>(limits.output_bytes - (final ? 0 : TailRoom(limits.output_bytes)) - kept, 0, size);
  const auto room_size = static_cast<std::size_t>(room);
  if (final) {
    tx.AppendOutput(task.key, place + size - room, body.substr(body.size() - room_size));
  } else {
    tx.AppendOutput(task.key, place, body.substr(0, room_size));
  }
  task.output_dropped += size - room;
  task.output_next = place + size;
  task.output_size = task.output_next;
  return task.output_next != before;
}

}  // namespace

Result<RecordReportOut> RecordReport(store::Tx& tx, Context& context, const RecordReportIn& in) {
  RecordReportOut out;
  out.answer = RecordReportOut::Answer::kGone;
  const std::optional<model::Machine> machine = tx.FindMachine(in.machine);
  if (!machine || machine->deregistered) return out;
  const std::optional<model::Invocation> invocation = tx.FindInvocation(in.task);
  if (!invocation) return out;
  std::optional<model::Task> task = tx.FindTask(invocation->key, machine->key);
  if (!task) return out;
  out.answer = RecordReportOut::Answer::kRecorded;

  // After a final word nothing is added: a stock agent's repeat would show its output twice.
  const bool closed = task->progress.outcome == model::Outcome::kFinal;
  if (!closed && in.report.kind != model::ReportKind::kVerified) {
    const model::TaskState before = task->progress.state;
    const bool more_output = TakeOutput(tx, context.limits(), in, *task);
    std::optional<model::TaskProgress> next =
        model::Apply(task->progress, in.report, TermsOf(*invocation, context), context.now);
    if (next) task->progress = std::move(*next);
    if (more_output) task->progress.updated = context.now;
    if (next || more_output) tx.SaveTask(*task, before);
  }
  out.next = task->output_next;
  return out;
}

}  // namespace assist::server::control
