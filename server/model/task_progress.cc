#include "server/model/task_progress.h"

#include <algorithm>

#include "server/model/agent_errors.h"
#include "server/model/bounded_text.h"
#include "server/model/open_questions.h"
#include "server/model/unknown_reasons.h"

namespace assist::server::model {
namespace {

/// 9999-12-31T23:59:59Z: an agent's clock may say anything, but times must stay printable.
constexpr SystemTime kLatest{std::chrono::seconds(253'402'300'799)};

std::optional<SystemTime> Printable(std::optional<SystemTime> time) {
  if (time) *time = std::clamp(*time, SystemTime{}, kLatest);
  return time;
}

class Rules {
 public:
  Rules(const TaskProgress& now, const TaskTerms& terms, SystemTime at)
      : now_(now), next_(now), terms_(terms), at_(at) {}

  std::optional<TaskProgress> Take() {
    next_.updated = now_.updated;
    if (next_ == now_) return std::nullopt;
    next_.updated = at_;
    return std::move(next_);
  }

  void operator()(const Report& report) {
    if (IsClosed(now_)) return;
    if (report.kind == ReportKind::kVerified || report.kind == ReportKind::kMissed) return;
    if (report.kind == ReportKind::kRunning) return TakeRunning(report);
    next_.delivery = Delivery::kAccepted;
    NoteWord(report);
    NoteLastWord(report);
    if (report.start) next_.start = Printable(report.start);
    switch (report.kind) {
      case ReportKind::kFinish:
        return TakeFinish(report);
      case ReportKind::kTimeout:
        Close(TaskState::kTimeout, Outcome::kFinal, ErrorCode::kExecutionTimeout, report.end);
        next_.exit_code = report.exit_code;
        // The API promises this (openapi.md, 8.5); the agent's own end is later by what killing takes.
        if (next_.start) next_.finish = *next_.start + terms_.timeout;
        return;
      case ReportKind::kError:
        return TakeError(report);
      case ReportKind::kInvalid:
        return TakeInvalid(report);
      case ReportKind::kStopped:
        Close(next_.start ? TaskState::kTerminated : TaskState::kCancelled, Outcome::kFinal, ErrorCode::kNone,
              report.end);
        return;
      case ReportKind::kRunning:
      case ReportKind::kVerified:
      case ReportKind::kMissed:
        return;
    }
  }

  void operator()(const Offered& offered) {
    if (now_.state != TaskState::kPending || now_.delivery == Delivery::kAccepted) return;
    next_.delivery = Delivery::kDelivered;
    if (next_.delivery_number == 0) next_.delivery_number = offered.number;
    next_.agent_run = offered.agent_run;
    ++next_.offers;
    if (!next_.timeline.at(Moment::kFetched)) next_.timeline.Note(Moment::kWoken, offered.woken);
    next_.timeline.Note(Moment::kFetched, at_);
    if (!offered.starts) return;
    next_.state = TaskState::kRunning;
    next_.start = at_;
    next_.silent_after = at_ + terms_.timeout + terms_.silence_margin;
  }

  void operator()(const StopAsked&) {
    if (IsFinal(now_.state) || now_.stop_asked) return;
    next_.stop_asked = at_;
    if (now_.state == TaskState::kPending && now_.delivery == Delivery::kNotDelivered) {
      Conclude(TaskState::kCancelled, Outcome::kFinal, ErrorCode::kNone);
    } else {
      next_.state = TaskState::kStopping;
    }
  }

  void operator()(const DeliveryExpired& expired) {
    if (IsFinal(now_.state) || now_.state == TaskState::kRunning || now_.delivery == Delivery::kAccepted) return;
    Conclude(TaskState::kAborted, Outcome::kPresumed,
             expired.away ? ErrorCode::kClientNotRunning : ErrorCode::kDeliveryTimeout);
  }

  void operator()(const FellSilent& silent) {
    if (IsFinal(now_.state) || !now_.silent_after || *now_.silent_after > at_) return;
    if (silent.alive) {
      next_.silent_after = at_ + terms_.silence_margin;
      next_.agent_run = kAsked;
    } else if (now_.start) {
      Conclude(TaskState::kError, Outcome::kPresumed, ErrorCode::kExecutionInterrupted);
    } else {
      Conclude(TaskState::kAborted, Outcome::kPresumed, ErrorCode::kClientNotResponse);
    }
  }

  void operator()(const TraceLost& lost) {
    if (IsFinal(now_.state)) return;
    if (terms_.repeatable && now_.delivery != Delivery::kAccepted && !now_.stop_asked) {
      next_.delivery = Delivery::kNotDelivered;
      next_.state = TaskState::kPending;
      next_.start.reset();
      next_.silent_after.reset();
      next_.timeline = {};
      return;
    }
    Conclude(TaskState::kError, Outcome::kUnknown, ErrorCode::kExecutionInterrupted);
    next_.error_detail = lost.why;
  }

  void operator()(const EndDoubted& doubted) {
    if (!IsFinal(now_.state) || now_.outcome != Outcome::kFinal || now_.delivery != Delivery::kNotDelivered) return;
    Conclude(TaskState::kError, Outcome::kUnknown, ErrorCode::kExecutionInterrupted);
    next_.error_detail = doubted.why;
  }

  void operator()(const Halted& halted) {
    if (now_.state != TaskState::kPending || now_.delivery != Delivery::kNotDelivered) return;
    Conclude(TaskState::kCancelled, Outcome::kFinal, ErrorCode::kMaxErrorsExceeded);
    next_.error_detail =
        std::to_string(halted.errors) + " of the machines failed, MaxErrors is " + std::to_string(halted.allowed);
  }

  void operator()(const AgentTooOld& old) {
    if (IsFinal(now_.state) || now_.delivery != Delivery::kNotDelivered) return;
    Conclude(TaskState::kAborted, Outcome::kFinal, ErrorCode::kClientNeedUpgrade);
    next_.error_detail = old.detail;
  }

  void operator()(const MachineReleased&) {
    if (IsFinal(now_.state)) return;
    if (now_.delivery == Delivery::kNotDelivered) {
      Conclude(TaskState::kAborted, Outcome::kFinal, ErrorCode::kInstanceReleased);
    } else {
      Conclude(TaskState::kError, Outcome::kUnknown, ErrorCode::kExecutionInterrupted);
      next_.error_detail = unknown::kDeregistered;
    }
  }

 private:
  /// By the server alone.
  void Conclude(TaskState state, Outcome outcome, ErrorCode code) {
    Close(state, outcome, code, at_);
    next_.timeline.Replace(Moment::kConcluded, at_);
  }

  /// What any report tells of the task's way.
  void NoteWord(const Report& report) {
    Timeline& timeline = next_.timeline;
    const SystemTime heard = report.received.value_or(at_);
    timeline.Note(Moment::kJournaled, Printable(report.times.journaled));
    timeline.Note(Moment::kAccepted, heard);
    timeline.Note(Moment::kStarted, Printable(report.start));
    if (report.start) timeline.Note(Moment::kStartHeard, heard);
    timeline.Note(Moment::kFirstOutput, Printable(report.times.first_output));
  }

  void NoteLastWord(const Report& report) {
    Timeline& timeline = next_.timeline;
    timeline.Replace(Moment::kExited, Printable(report.end));
    timeline.Replace(Moment::kReported, Printable(report.times.sent));
    timeline.Replace(Moment::kReportHeard, report.received);
    timeline.Replace(Moment::kCommitted, at_);
  }

  void Close(TaskState state, Outcome outcome, ErrorCode code, std::optional<SystemTime> end) {
    next_.state = state;
    next_.outcome = outcome;
    next_.error_code = code;
    next_.error_detail.clear();
    next_.exit_code.reset();
    next_.finish = end ? Printable(end) : at_;
    next_.silent_after.reset();
  }

  void TakeRunning(const Report& report) {
    if (now_.outcome == Outcome::kUnknownReported) return;  // an older report that came late
    const bool reopened = IsFinal(now_.state);
    if (reopened) {  // declared lost, and it lives
      next_.outcome = Outcome::kNone;
      next_.error_code = ErrorCode::kNone;
      next_.error_detail.clear();
      next_.finish.reset();
    }
    next_.delivery = Delivery::kAccepted;
    NoteWord(report);
    if (now_.agent_run == kAsked) next_.agent_run = 0;
    if (!now_.start) next_.start = Printable(report.start);
    next_.state = now_.stop_asked ? TaskState::kStopping : next_.start ? TaskState::kRunning : TaskState::kPending;
    const bool fresh = reopened || now_.delivery != Delivery::kAccepted || (next_.start && !now_.start);
    const SystemTime patience = at_ + terms_.silence_margin + (fresh ? terms_.timeout : std::chrono::seconds(0));
    next_.silent_after = std::max(patience, now_.silent_after.value_or(patience));
  }

  void TakeFinish(const Report& report) {
    if (report.file) return TakeFile(report);
    if (!report.exit_code) {
      Close(TaskState::kError, Outcome::kFinal, ErrorCode::kExecutionException, report.end);
      next_.error_detail = "the agent reported an end without an exit code";
    } else if (report.err_code == kErrCodeBudget) {
      Close(TaskState::kFailed, Outcome::kFinal, ErrorCode::kBudgetExceeded, report.end);
      next_.error_detail = BoundedText(report.err_desc, kMaxErrorDetail);
    } else if (*report.exit_code == 0) {
      Close(TaskState::kSuccess, Outcome::kFinal, ErrorCode::kNone, report.end);
    } else {
      Close(TaskState::kFailed, Outcome::kFinal, ErrorCode::kExitCodeNonzero, report.end);
    }
    next_.exit_code = report.exit_code;
  }

  void TakeFile(const Report& report) {
    if (report.file->success) {
      Close(TaskState::kSuccess, Outcome::kFinal, ErrorCode::kNone, report.end);
    } else {
      Close(TaskState::kFailed, Outcome::kFinal, MeaningOfFileError(report.file->error_code).code, report.end);
      next_.error_detail = report.err_desc.empty() ? "errorcode " + std::to_string(report.file->error_code)
                                                   : BoundedText(report.err_desc, kMaxErrorDetail);
    }
    if (!next_.start) next_.start = next_.finish;  // agents tell no times of files
  }

  void TakeInvalid(const Report& report) {
    const AgentError& meaning = report.file ? MeaningOfInvalidFile(report.param) : MeaningOfInvalid(report.param);
    // Of what may go out twice the file may be there from the first time.
    const bool twice = meaning.code == ErrorCode::kFileAlreadyExists && terms_.repeatable && now_.offers > 1;
    if (twice) {
      Close(TaskState::kError, Outcome::kUnknownReported, ErrorCode::kExecutionInterrupted, report.end);
    } else {
      Close(TaskState::kInvalid, Outcome::kFinal, meaning.code, report.end);
    }
    std::string detail = report.value.empty() ? report.param : report.value;
    if (twice) detail = std::string(unknown::kFileThereAlready) + ": " + detail;
    next_.error_detail = BoundedText(detail, kMaxErrorDetail);
  }

  void TakeError(const Report& report) {
    const AgentError& meaning = MeaningOfError(report.err_code);
    Close(TaskState::kError, meaning.unknown ? Outcome::kUnknownReported : Outcome::kFinal, meaning.code, report.end);
    std::string detail = report.err_desc.empty() ? report.err_code : report.err_desc;
    if (meaning.unknown && report.err_code != kErrCodeUnknown) {
      detail = std::string(unknown::kHandedOutTwice) + ": " + detail;
    }
    next_.error_detail = BoundedText(detail, kMaxErrorDetail);
  }

  const TaskProgress& now_;
  TaskProgress next_;
  const TaskTerms& terms_;
  SystemTime at_;
};

}  // namespace

std::optional<TaskProgress> Apply(const TaskProgress& now, const TaskEvent& event, const TaskTerms& terms,
                                  SystemTime at) {
  Rules rules(now, terms, at);
  std::visit(rules, event);
  return rules.Take();
}

}  // namespace assist::server::model
