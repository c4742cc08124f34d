#include "server/control/standing.h"

#include <algorithm>

#include "common/schedule/splay.h"
#include "server/control/schedule_clock.h"
#include "server/control/task_change.h"
#include "server/model/bounded_text.h"
#include "server/model/unknown_reasons.h"

namespace assist::server::control {
namespace {

constexpr std::size_t kLongestZone = 64;
/// Runs of one standing task that go on at a time; an agent that begins more has lost sight of the oldest.
constexpr std::int32_t kMostOpenRuns = 100;
/// Rows of history forgotten in one go.
constexpr std::int64_t kForgetSlice = 20;

}  // namespace

StandingTask::StandingTask(store::Tx& tx, const Context& context, const model::Invocation& invocation,
                           const model::Task& task, bool ours)
    : tx_(tx), context_(context), invocation_(invocation), task_(task) {
  now_.task = task.progress;
  now_.marks = tx.LoadMarks(task.key).value_or(model::ScheduleMarks{});
  before_ = now_;
  terms_.version = invocation.version;
  terms_.ours = ours;
  if (ours && invocation.schedule.splay.count() > 0) {
    terms_.splay = ShareOfSplay(invocation.schedule.splay, tx.InstanceOf(task.machine).str(), invocation.id.str());
  }
  terms_.ends_with_run = !ours && (invocation.repeat_mode == model::RepeatMode::kNextRebootOnly ||
                                   invocation.schedule.cron.starts_with("at("));
}

bool StandingTask::Do(const model::ScheduleEvent& event) {
  auto next = model::Apply(now_, event, terms_, context_.now);
  if (!next) return false;
  now_ = std::move(*next);
  return true;
}

model::TaskTerms StandingTask::RunTerms() const {
  model::TaskTerms terms = TermsOf(invocation_, context_);
  terms.repeatable = false;  // a run is not handed out, so it cannot be handed out again
  return terms;
}

bool StandingTask::ChangeRun(model::Occurrence& run, const model::TaskEvent& event, std::int64_t version) {
  auto next = model::Apply(run.progress, event, RunTerms(), context_.now);
  if (!next) return false;
  const model::TaskProgress before = run.progress;
  run.progress = std::move(*next);
  SaveRun(run, before, version);
  return true;
}

void StandingTask::SaveRun(const model::Occurrence& run, const model::TaskProgress& before, std::int64_t version) {
  tx_.SaveOccurrence(run);
  (void)Do(model::RunChanged{version, run, before});
}

void StandingTask::AddRun(model::Occurrence& run, std::int64_t version) {
  if (!model::IsFinal(run.progress.state) && now_.marks.open_runs >= kMostOpenRuns) {
    auto open = tx_.OpenRunsOf(task_.key);
    if (!open.empty()) ChangeRun(open.front(), model::TraceLost{model::unknown::kTooManyRuns}, -1);
  }
  run.task = task_.key;
  tx_.InsertOccurrence(run);
  (void)Do(model::RunChanged{version, run, std::nullopt});
  ForgetOld();
}

void StandingTask::AddMissed(model::Occurrence& range, std::int64_t version) {
  range.task = task_.key;
  range.progress.updated = context_.now;
  tx_.InsertOccurrence(range);
  (void)Do(model::MissedTaken{version, range.end(), range.count, true, range.last_due});
  ForgetOld();
}

void StandingTask::GrowMissed(const model::Occurrence& range, std::int64_t added, std::int64_t version) {
  tx_.SaveOccurrence(range);
  (void)Do(model::MissedTaken{version, range.end(), added, false, range.last_due});
}

void StandingTask::ForgetOld() {
  const std::int64_t over = now_.marks.kept - context_.limits().history_runs;
  if (over <= 0) return;
  const store::Tx::Forgotten gone = tx_.ForgetOccurrences(task_.key, std::min(over, kForgetSlice));
  now_.marks.kept -= gone.rows;
  now_.marks.forgotten = std::max(now_.marks.forgotten, gone.up_to);
}

void StandingTask::CloseOpenRuns(const model::TaskEvent& event) {
  if (now_.marks.open_runs == 0) return;
  for (model::Occurrence& run : tx_.OpenRunsOf(task_.key)) ChangeRun(run, event, -1);
}

std::chrono::milliseconds StandingTask::SplayOf(std::int64_t version) const noexcept {
  return version == terms_.version ? terms_.splay : now_.marks.accepted_splay;
}

bool StandingTask::DoAll(const model::TaskEvent& event) {
  if (std::holds_alternative<model::StopAsked>(event)) {
    if (!Do(model::StopAsked{})) return false;
    CloseOpenRuns(event);  // they are stopping, too
    return true;
  }
  if (std::holds_alternative<model::TraceLost>(event) || std::holds_alternative<model::MachineReleased>(event)) {
    CloseOpenRuns(event);
    if (const auto* lost = std::get_if<model::TraceLost>(&event)) return Do(*lost);
    return Do(model::MachineReleased{});
  }
  if (const auto* expired = std::get_if<model::DeliveryExpired>(&event)) return Do(*expired);
  return false;
}

void StandingTask::Expect(std::optional<SystemTime> told, SystemTime from) {
  std::optional<SystemTime> next = told;
  if (!next) {
    const auto schedule = ScheduleOf(invocation_, now_.marks.zone, context_);
    if (schedule) next = schedule->Next(from);
  }
  model::Await(now_, next, invocation_.schedule.splay + context_.limits().overdue_grace);
}

void StandingTask::LearnZone(const std::string& zone) {
  if (!zone.empty()) now_.marks.zone = model::BoundedText(zone, kLongestZone);
}

model::Task StandingTask::Save() {
  if (now_.task != before_.task) {
    task_.progress = now_.task;
    tx_.SaveTask(task_, before_.task.state);
  }
  if (now_.marks != before_.marks) tx_.SaveMarks(task_.key, now_.marks);
  before_ = now_;
  return task_;
}

}  // namespace assist::server::control
