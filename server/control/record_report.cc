#include "server/control/record_report.h"

#include <algorithm>

#include "server/store/tx.h"

namespace assist::server::control {
namespace {

/// Room that output while running may not use: the end of a stream, which comes with the final report, tells most.
constexpr std::int64_t kTailBytes = 64 * 1024;

/// Takes a report's output into the stream: by offset from our agents (repeats and overlaps change nothing), in order
/// of arrival from stock ones, after a gap of `dropped` bytes in the final report. What has no room is counted.
void TakeOutput(store::Tx& tx, const model::Limits& limits, const RecordReportIn& in, model::Task& task) {
  std::string_view bytes = in.output.Reveal();
  const bool final = model::IsFinalKind(in.report.kind);
  const std::int64_t gap = final ? std::max<std::int64_t>(in.report.dropped, 0) : 0;
  std::int64_t at = in.offset ? *in.offset : task.output_next + gap;
  constexpr std::int64_t kFarthest = std::int64_t{1} << 50;
  if (at < 0 || at > kFarthest) return;  // no process writes that much: a broken agent
  if (at < task.output_next) {
    const auto known = static_cast<std::size_t>(
        std::min<std::int64_t>(task.output_next - at, static_cast<std::int64_t>(bytes.size())));
    bytes.remove_prefix(known);
    at += static_cast<std::int64_t>(known);
    if (bytes.empty()) return;
  }
  task.output_dropped += at - task.output_next;
  task.output_next = at;
  const auto size = static_cast<std::int64_t>(bytes.size());
  const std::int64_t kept = task.output_size - task.output_dropped + (at - task.output_size);
  const std::int64_t room = std::max<std::int64_t>(0, limits.output_bytes - (final ? 0 : kTailBytes) - kept);
  const std::int64_t keep = std::min(room, size);
  if (keep > 0) {
    // Of the final report the last bytes are kept, else the first.
    const std::int64_t skip = final ? size - keep : 0;
    tx.AppendOutput(task.key, at + skip, bytes.substr(static_cast<std::size_t>(skip), static_cast<std::size_t>(keep)));
  }
  task.output_dropped += size - keep;
  task.output_next = at + size;
  task.output_size = task.output_next;
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
    const std::int64_t next_before = task->output_next;
    TakeOutput(tx, context.limits(), in, *task);
    const model::TaskTerms terms{invocation->timeout, context.limits().silence_margin, invocation->repeatable};
    std::optional<model::TaskProgress> next = Apply(task->progress, in.report, terms, context.now);
    if (next) task->progress = std::move(*next);
    if (next || task->output_next != next_before) tx.SaveTask(*task, before);
  }
  out.next = task->output_next;
  return out;
}

}  // namespace assist::server::control
