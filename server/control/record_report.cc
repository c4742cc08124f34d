#include "server/control/record_report.h"

#include <algorithm>
#include <string>

#include "protocol/package/refusal.h"
#include "server/control/audit.h"
#include "server/control/register_machine.h"
#include "server/control/schedule_report.h"
#include "server/control/task_change.h"
#include "server/control/task_output.h"
#include "server/control/waves.h"
#include "server/model/open_questions.h"

namespace assist::server::control {

namespace {

/// The end of a task's output that is looked at for the reason of a refusal.
constexpr std::int64_t kLastOutput = 4096;
constexpr std::size_t kLongestReason = 500;

/// A machine did not do what an order said, and why: that stands in the audit log too.
void NoteRefusedOrder(store::Tx& tx, Context& context, const model::Machine& machine,
                      const model::Invocation& invocation, const model::Task& task) {
  if (!invocation.order || !model::IsFinal(task.progress.state) || !task.progress.exit_code) return;
  const std::int64_t code = *task.progress.exit_code;
  const auto refusal = code < 0 || code > 255 ? std::nullopt : package::RefusalOfExitCode(static_cast<int>(code));
  if (!refusal) return;
  std::int64_t at = 0;
  const std::int64_t from = std::max<std::int64_t>(0, task.output_next - kLastOutput);
  const auto found = package::FindRefusal(tx.ReadOutput(task.key, from, kLastOutput, &at));
  NoteRefusalIn in;
  in.code = package::Name(*refusal);
  in.record.source = machine.id.str();
  in.record.action = model::IsRelease(invocation.order->verb) ? "agent.release" : "agent.package";
  in.record.resources = "instance/" + machine.id.str() + " " + std::string(Name(invocation.order->verb));
  for (const std::string* word : {&invocation.order->name, &invocation.order->version}) {
    if (!word->empty()) in.record.resources += " " + *word;
  }
  std::string why = found ? found->text : std::string();
  std::replace_if(
      why.begin(), why.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  in.record.result = invocation.id.str() + (why.empty() ? "" : ": " + why.substr(0, kLongestReason));
  (void)NoteRefusal(tx, context, in);  // it has no errors
}

/// Of a file there is no output, and nobody asks to stop it.
RecordReportOut RecordFileReport(store::Tx& tx, Context& context, const RecordReportIn& in,
                                 const model::Invocation& invocation, model::Task& task) {
  RecordReportOut out;
  if (in.report.kind != model::ReportKind::kStopped) (void)ChangeTask(tx, context, invocation, task, in.report);
  return out;
}

}  // namespace

Result<RecordReportOut> RecordReport(store::Tx& tx, Context& context, const RecordReportIn& in) {
  RecordReportOut out;
  out.answer = RecordReportOut::Answer::kGone;
  const std::optional<model::Machine> machine = tx.FindMachine(in.machine);
  if (!machine || machine->deregistered) return out;
  if (!HasKey(*machine, in.key_hash)) return out;
  const std::optional<model::Invocation> invocation = tx.FindInvocation(in.task);
  if (!invocation) return out;
  std::optional<model::Task> task = tx.FindTask(invocation->key, machine->key);
  if (!task || invocation->is_file() != in.report.file.has_value()) return out;
  if (invocation->is_file()) return RecordFileReport(tx, context, in, *invocation, *task);
  if (invocation->is_schedule() && in.untimed && in.report.kind != model::ReportKind::kStopped) {
    RecordReportIn timed = in;
    timed.report.start = timed.report.end = context.now;
    return RecordScheduleReport(tx, context, timed, *machine, *invocation, *task);
  }
  if (invocation->is_schedule()) return RecordScheduleReport(tx, context, in, *machine, *invocation, *task);
  out.answer = RecordReportOut::Answer::kRecorded;

  // After a final word nothing is added: a stock agent's repeat would show its output twice.
  const bool closed = IsClosed(task->progress);
  if (!closed && in.report.kind != model::ReportKind::kVerified && in.report.kind != model::ReportKind::kMissed) {
    const model::TaskProgress before = task->progress;
    const std::int64_t dropped = task->output_dropped;
    const bool more_output = TakeOutput(tx, context.limits(), in, *task);
    out.accepted = static_cast<std::int64_t>(in.output.Reveal().size()) - (task->output_dropped - dropped);
    std::optional<model::TaskProgress> next =
        model::Apply(task->progress, in.report, TermsOf(*invocation, context), context.now);
    if (next) task->progress = std::move(*next);
    if (more_output) task->progress.updated = context.now;
    NoteOutput(in, more_output, context.now, task->progress.timeline);
    if (next || more_output) tx.SaveTask(*task, before.state);
    if (next) FollowWave(tx, context, *invocation, before, task->progress);
    if (next) NoteRefusedOrder(tx, context, *machine, *invocation, *task);
  }
  out.next = task->output_next;
  return out;
}

}  // namespace assist::server::control
