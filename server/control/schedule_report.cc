#include "server/control/schedule_report.h"

#include <algorithm>
#include <utility>

#include "server/control/schedule_clock.h"
#include "server/control/standing.h"
#include "server/control/task_change.h"
#include "server/control/task_output.h"

namespace assist::server::control {
namespace {

/// 9999-12-31T23:59:59Z: an agent's clock may say anything, but times must stay printable.
constexpr SystemTime kLatest{std::chrono::seconds(253'402'300'799)};
/// Rows of history through which a run of a stock agent is looked for.
constexpr std::int64_t kLookBack = 20;
/// A stock agent starts a run that close after its due time.
constexpr std::chrono::seconds kStockLate{2};
/// Repeats of a report come within this time.
constexpr std::chrono::seconds kRepeats{60};
/// Rows that one missed range may touch: more than a history has.
constexpr std::int64_t kMostTouched = 20'000;

SystemTime Printable(SystemTime time) { return std::clamp(time, SystemTime{}, kLatest); }

class ScheduleReport {
 public:
  ScheduleReport(store::Tx& tx, Context& context, const RecordReportIn& in, const model::Machine& machine,
                 const model::Invocation& invocation, const model::Task& task)
      : tx_(tx),
        context_(context),
        in_(in),
        report_(in.report),
        machine_(machine),
        invocation_(invocation),
        standing_(tx, context, invocation, task, machine.is_ours()) {}

  RecordReportOut Run() {
    out_.answer = RecordReportOut::Answer::kRecorded;
    // What is not kept is not asked for again.
    out_.next = in_.offset.value_or(0) + static_cast<std::int64_t>(in_.output.Reveal().size());
    if (report_.kind == model::ReportKind::kVerified) return out_;
    standing_.LearnZone(report_.zone);
    if (report_.kind == model::ReportKind::kMissed) {
      if (report_.occurrence && report_.missed) TakeMissed();
    } else if (report_.occurrence) {
      TakeNumberedRun(report_.occurrence->number, Printable(report_.occurrence->due));
    } else if (machine_.is_ours()) {
      TakeWord();
    } else {
      TakeStockWord();
    }
    standing_.Save();
    return out_;
  }

 private:
  // Our agent's words about the schedule itself.
  void TakeWord() {
    switch (report_.kind) {
      case model::ReportKind::kRunning:
        if (report_.start) return;  // a run without its number: nothing can be made of it
        standing_.Do(model::ScheduleAccepted{report_.version});
        standing_.Expect(report_.next_due, std::max(context_.now, standing_.marks().last_due.value_or(context_.now)));
        return;
      case model::ReportKind::kInvalid:
        standing_.Do(model::ScheduleRefused{report_.version, report_.param, report_.value});
        return;
      case model::ReportKind::kStopped:
        standing_.Do(Ended());
        return;
      case model::ReportKind::kFinish:
      case model::ReportKind::kTimeout:
      case model::ReportKind::kError:
      case model::ReportKind::kVerified:
      case model::ReportKind::kMissed:
        return;
    }
  }

  [[nodiscard]] model::ScheduleEnded Ended() {
    model::ScheduleEnded ended;
    // Stock agents before v578 tell no version.
    ended.version = machine_.is_ours() ? report_.version : std::max(report_.version, invocation_.version);
    ended.completed = report_.result == "completed";
    if (standing_.marks().last_run > 0) {
      if (const auto run = tx_.FindOccurrence(standing_.key(), standing_.marks().last_run)) {
        ended.last_run = run->progress;
      }
    }
    return ended;
  }

  // Runs.
  void TakeNumberedRun(std::int64_t number, SystemTime due) {
    if (number < 1 || number > model::kLargestNumber) return;
    auto row = tx_.FindOccurrence(standing_.key(), number);
    // Zero: the agent's journal was damaged; it knows the number and the start.
    if (due == SystemTime{}) {
      if (row && row->is_run()) return TakeKnownRun(*row);
      due = DueByStart();
    }
    switch (model::FitRun(row, number, due, standing_.marks())) {
      case model::NumberFit::kForgotten:
        return;
      case model::NumberFit::kKnown:
        return TakeKnownRun(*row);
      case model::NumberFit::kReused:
        if (auto former = tx_.FindRunDue(standing_.key(), due)) return TakeKnownRun(*former);
        NoteReuse(number);
        return TakeNewRun(standing_.marks().last_number + 1, due);
      case model::NumberFit::kFree:
        return TakeNewRun(number, due);
    }
  }

  void TakeKnownRun(model::Occurrence& run) {
    const bool latest = run.number >= standing_.marks().last_number;
    if (run.progress.outcome != model::Outcome::kFinal) {
      const model::TaskProgress before = run.progress;
      const bool more_output = TakeOutput(tx_, context_.limits(), in_, run);
      auto next = model::Apply(run.progress, report_, RunTerms(), context_.now);
      if (next) run.progress = std::move(*next);
      if (more_output) run.progress.updated = context_.now;
      NoteOutput(in_, more_output, context_.now, run.progress.timeline);
      if (next || more_output) standing_.SaveRun(run, before, report_.version);
    }
    out_.next = run.output_next;
    if (latest) standing_.Expect(report_.next_due, run.due);
  }

  void TakeNewRun(std::int64_t number, SystemTime due) {
    model::Occurrence run;
    run.number = number;
    run.due = run.last_due = due;
    run.splay = standing_.SplayOf(report_.version);
    run.progress.delivery = model::Delivery::kAccepted;
    run.progress.updated = context_.now;
    if (auto next = model::Apply(run.progress, report_, RunTerms(), context_.now)) run.progress = std::move(*next);
    standing_.AddRun(run, report_.version);
    if (TakeOutput(tx_, context_.limits(), in_, run)) {
      NoteOutput(in_, true, context_.now, run.progress.timeline);
      tx_.SaveOccurrence(run);
    }
    out_.next = run.output_next;
    if (number >= standing_.marks().last_number) standing_.Expect(report_.next_due, due);
  }

  // What was missed.
  void TakeMissed() {
    model::OccurrenceRef first = *report_.occurrence;
    model::MissedRange range = *report_.missed;
    if (first.number < 1 || first.number > model::kLargestNumber || range.count < 1 ||
        range.count > model::kLargestNumber) {
      return;
    }
    first.due = Printable(first.due);
    range.last_due = std::max(first.due, Printable(range.last_due));
    const auto holder = tx_.FindOccurrence(standing_.key(), first.number);
    model::NumberFit fit = model::FitMissed(holder, first.number, first.due, standing_.marks());
    if (range.reason == model::MissedReason::kJournalDamaged) {
      // Whatever number it begins with, it means those that nothing was heard of.
      fit = first.number > standing_.marks().forgotten ? model::NumberFit::kFree : model::NumberFit::kForgotten;
    }
    switch (fit) {
      case model::NumberFit::kForgotten: {
        // A range that has grown since its beginning left the history.
        const std::int64_t gone = standing_.marks().forgotten + 1 - first.number;
        if (gone >= range.count) return;
        first.number += gone;
        range.count -= gone;
        break;
      }
      case model::NumberFit::kReused:
        if (tx_.FindMissedDue(standing_.key(), first.due)) return;
        NoteReuse(first.number);
        first.number = standing_.marks().last_number + 1;
        break;
      case model::NumberFit::kKnown:
      case model::NumberFit::kFree:
        break;
    }
    const std::int64_t end = first.number + range.count;
    model::MissedPlan plan =
        model::PlanMissed(first, range, tx_.OccurrencesIn(standing_.key(), first.number, end, kMostTouched));
    if (plan.grown) standing_.GrowMissed(*plan.grown, plan.added, report_.version);
    for (model::Occurrence& row : plan.fresh) standing_.AddMissed(row, report_.version);
    if (end > standing_.marks().last_number) standing_.Expect(report_.next_due, range.last_due);
  }

  // Stock agents: one task id for all runs, told apart by their start.
  void TakeStockWord() {
    switch (report_.kind) {
      case model::ReportKind::kInvalid:
        standing_.Do(model::ScheduleRefused{report_.version, report_.param, report_.value});
        return;
      case model::ReportKind::kStopped:
        // The run that goes on is killed with it; its start tells which. Of one that has ended nothing is new.
        if (report_.result != "completed" && report_.start) {
          if (auto run = FindStockRun(); run && !model::IsFinal(run->progress.state)) TakeKnownRun(*run);
        }
        standing_.Do(Ended());
        return;
      case model::ReportKind::kRunning:
      case model::ReportKind::kFinish:
      case model::ReportKind::kTimeout:
      case model::ReportKind::kError:
        if (auto run = FindStockRun()) return TakeKnownRun(*run);
        return TakeNewRun(standing_.marks().last_number + 1, DueByStart());
      case model::ReportKind::kVerified:
      case model::ReportKind::kMissed:
        return;
    }
  }

  [[nodiscard]] std::optional<model::Occurrence> FindStockRun() {
    for (model::Occurrence& run : tx_.LatestOccurrences(standing_.key(), kLookBack)) {
      if (!run.is_run()) continue;
      if (run.progress.start || report_.start) {
        if (run.progress.start == report_.start) return std::move(run);
        continue;
      }
      // It could not be started, and this says so again.
      const bool same_time = !report_.wall_clock || run.due == DueByStart();
      if (same_time && context_.now - run.progress.updated < kRepeats) return std::move(run);
    }
    return std::nullopt;
  }

  /// The due time that an agent which does not tell it has just kept; its start where that cannot be told.
  [[nodiscard]] SystemTime DueByStart() {
    const SystemTime began = Printable(report_.start.value_or(report_.wall_clock.value_or(context_.now)));
    const auto schedule = ScheduleOf(invocation_, standing_.marks().zone, context_);
    if (!schedule) return began;
    const auto due = schedule->Next(began - kStockLate);
    return due && *due <= began ? *due : began;
  }

  [[nodiscard]] model::TaskTerms RunTerms() const {
    model::TaskTerms terms = TermsOf(invocation_, context_);
    terms.repeatable = false;
    return terms;
  }

  void NoteReuse(std::int64_t number) {
    context_.effects.notes.push_back(
        {OperatorNote::Level::kWarn, "agent.reused_a_number", machine_.id,
         invocation_.id.str() + ": occurrence " + std::to_string(number) +
             " stands for something else already; it is recorded under a number of its own"});
  }

  store::Tx& tx_;
  Context& context_;
  const RecordReportIn& in_;
  const model::Report& report_;
  const model::Machine& machine_;
  const model::Invocation& invocation_;
  StandingTask standing_;
  RecordReportOut out_;
};

}  // namespace

RecordReportOut RecordScheduleReport(store::Tx& tx, Context& context, const RecordReportIn& in,
                                     const model::Machine& machine, const model::Invocation& invocation,
                                     const model::Task& task) {
  return ScheduleReport(tx, context, in, machine, invocation, task).Run();
}

}  // namespace assist::server::control
