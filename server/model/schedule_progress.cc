#include "server/model/schedule_progress.h"
#include "server/model/agent_errors.h"

#include <algorithm>
#include <utility>

#include "server/model/bounded_text.h"
#include "server/model/unknown_reasons.h"

namespace assist::server::model {
namespace {

bool IsOpen(const TaskProgress& run) noexcept { return !IsFinal(run.state); }

class Rules {
 public:
  Rules(const Standing& now, const StandingTerms& terms, SystemTime at)
      : now_(now), next_(now), task_(next_.task), marks_(next_.marks), terms_(terms), at_(at) {}

  std::optional<Standing> Take() {
    task_.updated = now_.task.updated;
    if (next_ == now_) return std::nullopt;
    task_.updated = at_;
    return std::move(next_);
  }

  void operator()(const ScheduleOffered& offered) {
    if (IsFinal(task_.state) || task_.stop_asked || task_.delivery == Delivery::kAccepted) return;
    task_.delivery = Delivery::kDelivered;
    if (task_.delivery_number == 0) task_.delivery_number = offered.number;
    task_.agent_run = offered.agent_run;
    ++task_.offers;
    if (!task_.timeline.at(Moment::kFetched)) task_.timeline.Note(Moment::kWoken, offered.woken);
    task_.timeline.Note(Moment::kFetched, at_);
    // A stock agent says nothing about it until its time has come.
    if (!terms_.ours && task_.state == TaskState::kPending) task_.state = TaskState::kScheduled;
  }

  void operator()(const ScheduleHeld& held) {
    if (IsFinal(task_.state) || task_.stop_asked || task_.delivery != Delivery::kNotDelivered) return;
    task_.delivery = Delivery::kDelivered;
    task_.agent_run = held.agent_run;
    if (task_.state == TaskState::kPending) task_.state = TaskState::kScheduled;
  }

  void operator()(const ScheduleAccepted& accepted) {
    if (task_.outcome == Outcome::kFinal) return;
    Hear(accepted.version);
    Settle();
  }

  void operator()(const ScheduleRefused& refused) {
    // A refusal of former terms, while new ones are on their way.
    if (task_.outcome == Outcome::kFinal || (terms_.ours && refused.version < terms_.version)) return;
    // A stock agent checks at each run: the next one may succeed.
    const bool for_good = terms_.ours || refused.param == "cron";
    task_.delivery = Delivery::kAccepted;
    Close(TaskState::kInvalid, for_good ? Outcome::kFinal : Outcome::kPresumed, MeaningOfInvalid(refused.param).code);
    task_.timeline.Replace(Moment::kCommitted, at_);
    task_.error_detail = BoundedText(refused.value.empty() ? refused.param : refused.value, kMaxErrorDetail);
  }

  void operator()(const ScheduleEnded& ended) {
    if (task_.outcome == Outcome::kFinal) return;
    if (ended.completed) {
      // The former terms are used up; the new ones may not be.
      if (terms_.ours && ended.version < terms_.version && !task_.stop_asked) return;
      task_.delivery = Delivery::kAccepted;
      marks_.ended = true;
      task_.timeline.Replace(Moment::kCommitted, at_);
      if (ended.last_run) return FollowLastRun(*ended.last_run);
      // Its times passed while nobody could run it.
      return Close(TaskState::kAborted, Outcome::kFinal, ErrorCode::kClientNotRunning);
    }
    task_.delivery = Delivery::kAccepted;
    const bool ran = ended.last_run && ended.last_run->state == TaskState::kTerminated;
    Close(ran ? TaskState::kTerminated : TaskState::kCancelled, Outcome::kFinal, ErrorCode::kNone);
    task_.timeline.Replace(Moment::kCommitted, at_);
  }

  void operator()(const RunChanged& change) {
    const Occurrence& run = change.run;
    const bool fresh = !change.before;
    if (fresh) {
      ++marks_.runs;
      ++marks_.kept;
      marks_.last_number = std::max(marks_.last_number, run.number);
      marks_.last_due = std::max(marks_.last_due.value_or(run.due), run.due);
    }
    marks_.open_runs += (IsOpen(run.progress) ? 1 : 0) - (change.before && IsOpen(*change.before) ? 1 : 0);
    if (run.progress.start && !(change.before && change.before->start)) marks_.lateness.Add(*run.lateness());
    const bool latest = run.number >= marks_.last_run;
    if (latest) marks_.last_run = run.number;

    const bool over = task_.outcome == Outcome::kFinal;
    if (over) {
      // The word about the run came after the word about the schedule.
      const bool was_stopped = task_.state == TaskState::kCancelled && task_.stop_asked;
      if (was_stopped && latest && run.progress.state == TaskState::kTerminated) task_.state = TaskState::kTerminated;
      const bool by_operator = task_.state == TaskState::kCancelled || task_.state == TaskState::kTerminated;
      if (latest && (by_operator || marks_.ended)) ShowTimes(run.progress);
      return;
    }
    if (change.version >= 0) Hear(change.version);
    if (IsFinal(task_.state) && !marks_.ended) return;  // concluded by the server; the server's change reopens nothing
    if (latest) ShowRun(run.progress);
    if (latest && marks_.ended) return FollowLastRun(run.progress);
    if (latest && terms_.ends_with_run && !IsOpen(run.progress)) return FollowLastRun(run.progress);
    Settle();
  }

  void operator()(const MissedTaken& missed) {
    marks_.missed = std::min(marks_.missed + missed.added, kLargestNumber);
    if (missed.new_row) ++marks_.kept;
    marks_.last_number = std::max(marks_.last_number, missed.end - 1);
    marks_.last_due = std::max(marks_.last_due.value_or(missed.last_due), missed.last_due);
    if (task_.outcome == Outcome::kFinal) return;
    Hear(missed.version);
    if (!IsFinal(task_.state)) Settle();
  }

  void operator()(const ScheduleUnfit& unfit) {
    if (IsFinal(task_.state)) return;
    Conclude(TaskState::kAborted, Outcome::kFinal, unfit.code);
    task_.error_detail = unfit.detail;
  }

  void operator()(const ScheduleModified&) {
    if (IsFinal(task_.state) || task_.stop_asked) return;
    task_.delivery = Delivery::kNotDelivered;
    task_.delivery_number = 0;
    task_.timeline = {};
  }

  void operator()(const ScheduleMaybeKnown&) {
    if (IsFinal(task_.state)) return;
    task_.offers = std::max(task_.offers, 1);
    if (task_.stop_asked || task_.delivery == Delivery::kAccepted) return;
    task_.delivery = Delivery::kNotDelivered;
    task_.delivery_number = 0;
    task_.timeline = {};
  }

  void operator()(const StopAsked&) {
    if (IsFinal(task_.state) || task_.stop_asked) return;
    task_.stop_asked = at_;
    if (task_.offers == 0) {
      Conclude(TaskState::kCancelled, Outcome::kFinal, ErrorCode::kNone);
    } else {
      task_.state = TaskState::kStopping;
    }
  }

  void operator()(const DeliveryExpired& expired) {
    if (task_.state != TaskState::kPending || task_.delivery == Delivery::kAccepted) return;
    if (marks_.accepted_version >= 0 || marks_.last_number > 0) return;
    Conclude(TaskState::kAborted, Outcome::kPresumed,
             expired.away ? ErrorCode::kClientNotRunning : ErrorCode::kDeliveryTimeout);
  }

  void operator()(const TraceLost&) {
    if (IsFinal(task_.state) || task_.stop_asked) return;  // a stop is answered by an agent that does not know it, too
    task_.delivery = Delivery::kNotDelivered;
    task_.delivery_number = 0;
    task_.offers = 0;
    task_.timeline = {};
    marks_.accepted_version = -1;
    marks_.accepted_number = 0;
    marks_.next_due.reset();
    marks_.overdue_after.reset();
    marks_.overdue = false;
    task_.state = marks_.open_runs > 0 ? TaskState::kRunning : TaskState::kPending;
  }

  void operator()(const MachineReleased&) {
    if (IsFinal(task_.state)) return;
    if (task_.offers == 0) {
      Conclude(TaskState::kAborted, Outcome::kFinal, ErrorCode::kInstanceReleased);
    } else {
      Conclude(TaskState::kError, Outcome::kUnknown, ErrorCode::kExecutionInterrupted);
      task_.error_detail = unknown::kDeregistered;
    }
  }

 private:
  /// The agent spoke about the schedule, as of this version.
  void Hear(std::int64_t version) {
    task_.timeline.Note(Moment::kAccepted, at_);
    if (IsFinal(task_.state) && !marks_.ended) {  // it was given up, and it lives
      task_.outcome = Outcome::kNone;
      task_.error_code = ErrorCode::kNone;
      task_.error_detail.clear();
      task_.finish.reset();
      task_.state = TaskState::kScheduled;
    }
    // Above: of a time that this store has forgotten. Below: of terms that the agent is about to lose.
    if (version > terms_.version || version < marks_.accepted_version) return;
    if (version < terms_.version) {
      marks_.accepted_version = version;
    } else if (task_.delivery != Delivery::kNotDelivered) {  // else it has lost them since, and gets them again
      marks_.accepted_version = version;
      marks_.accepted_splay = terms_.splay;
      if (task_.delivery == Delivery::kDelivered) marks_.accepted_number = task_.delivery_number;
      task_.delivery = Delivery::kAccepted;
    }
  }

  /// The state of a schedule that goes on.
  void Settle() {
    if (IsFinal(task_.state)) return;
    if (task_.stop_asked) {
      task_.state = TaskState::kStopping;
    } else if (marks_.open_runs > 0) {
      task_.state = TaskState::kRunning;
    } else {
      task_.state =
          task_.offers == 0 && task_.delivery == Delivery::kNotDelivered ? TaskState::kPending : TaskState::kScheduled;
    }
  }

  /// There is no other run to come: its state is the schedule's.
  void FollowLastRun(const TaskProgress& run) {
    if (IsOpen(run)) {
      task_.outcome = Outcome::kNone;
      task_.finish.reset();
      task_.state = task_.stop_asked ? TaskState::kStopping : TaskState::kRunning;
      marks_.next_due.reset();
      marks_.overdue_after.reset();
      marks_.overdue = false;
      return;
    }
    Close(run.state, run.outcome, run.error_code);
    ShowRun(run);
  }

  void ShowTimes(const TaskProgress& run) {
    task_.start = run.start;
    task_.finish = run.finish;
    task_.exit_code = run.exit_code;
  }

  void ShowRun(const TaskProgress& run) {
    ShowTimes(run);
    task_.error_code = run.error_code;
    task_.error_detail = run.error_detail;
  }

  /// By the server alone.
  void Conclude(TaskState state, Outcome outcome, ErrorCode code) {
    Close(state, outcome, code);
    task_.timeline.Replace(Moment::kConcluded, at_);
  }

  void Close(TaskState state, Outcome outcome, ErrorCode code) {
    task_.state = state;
    task_.outcome = outcome;
    task_.error_code = code;
    task_.error_detail.clear();
    if (!task_.finish) task_.finish = at_;
    marks_.next_due.reset();
    marks_.overdue_after.reset();
    marks_.overdue = false;
  }

  const Standing& now_;
  Standing next_;
  TaskProgress& task_;
  ScheduleMarks& marks_;
  const StandingTerms& terms_;
  SystemTime at_;
};

/// Of a number that no row holds.
NumberFit FitFree(std::int64_t number, SystemTime due, const ScheduleMarks& marks) noexcept {
  if (number > marks.forgotten) return NumberFit::kFree;
  return marks.last_due && due > *marks.last_due ? NumberFit::kReused : NumberFit::kForgotten;
}

}  // namespace

std::optional<Standing> Apply(const Standing& now, const ScheduleEvent& event, const StandingTerms& terms,
                              SystemTime at) {
  Rules rules(now, terms, at);
  std::visit(rules, event);
  return rules.Take();
}

void Await(Standing& standing, std::optional<SystemTime> next_due, std::chrono::seconds patience) {
  ScheduleMarks& marks = standing.marks;
  marks.overdue = false;
  marks.next_due.reset();
  marks.overdue_after.reset();
  if (IsFinal(standing.task.state) || marks.ended || !next_due) return;
  marks.next_due = next_due;
  marks.overdue_after = *next_due + patience;
}

NumberFit FitRun(const std::optional<Occurrence>& holder, std::int64_t number, SystemTime due,
                 const ScheduleMarks& marks) noexcept {
  if (!holder) return FitFree(number, due, marks);
  return holder->is_run() && holder->due == due ? NumberFit::kKnown : NumberFit::kReused;
}

NumberFit FitMissed(const std::optional<Occurrence>& holder, std::int64_t number, SystemTime due,
                    const ScheduleMarks& marks) noexcept {
  if (!holder) return FitFree(number, due, marks);
  return holder->due <= due && due <= holder->last_due ? NumberFit::kKnown : NumberFit::kReused;
}

MissedPlan PlanMissed(const OccurrenceRef& first, const MissedRange& range, const std::vector<Occurrence>& rows) {
  MissedPlan plan;
  const std::int64_t end = first.number + range.count;
  const auto add = [&](std::int64_t from, std::int64_t to, SystemTime due, SystemTime last_due) {
    if (from >= to) return;
    Occurrence row;
    row.kind = OccurrenceKind::kMissed;
    row.number = from;
    row.count = to - from;
    row.due = row.count == 1 && from != first.number ? last_due : due;
    row.last_due = row.count == 1 ? row.due : std::max(row.due, last_due);
    row.reason = range.reason;
    plan.added += row.count;
    plan.fresh.push_back(std::move(row));
  };
  if (rows.empty()) {
    add(first.number, end, first.due, range.last_due);
    return plan;
  }
  const Occurrence& last = rows.back();
  const bool grows = rows.size() == 1 && !last.is_run() && last.reason == range.reason && last.number <= first.number;
  if (grows) {
    if (last.end() >= end) return plan;
    plan.grown = last;
    plan.added = end - last.end();
    plan.grown->count = end - last.number;
    plan.grown->last_due = std::max(last.last_due, range.last_due);
    return plan;
  }
  std::int64_t from = first.number;
  SystemTime due = first.due;
  for (const Occurrence& row : rows) {
    add(from, row.number, due, std::min(row.due, range.last_due));
    from = row.end();
    due = std::max(due, row.last_due);
  }
  add(from, end, due, range.last_due);
  return plan;
}

}  // namespace assist::server::model
