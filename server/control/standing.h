// One standing task of a schedule while a use case works on it: events judged by the model, rows written once. Internal
// to control.
#pragma once

#include "server/control/context.h"
#include "server/model/entities.h"
#include "server/model/schedule_progress.h"
#include "server/store/tx.h"

namespace assist::server::control {

class StandingTask {
 public:
  /// `task` is a row of `invocation`, a schedule. References outlive this.
  StandingTask(store::Tx& tx, const Context& context, const model::Invocation& invocation, const model::Task& task,
               bool ours);

  /// False when it changes nothing.
  bool Do(const model::ScheduleEvent& event);
  /// What happens to a task happens to its standing task and to the runs that go on.
  bool DoAll(const model::TaskEvent& event);
  /// A report about the latest due time came: the next one is as told, else as computed after `from`.
  void Expect(std::optional<SystemTime> told, SystemTime from);
  /// The zone that the agent told; an empty one changes nothing.
  void LearnZone(const std::string& zone);

  /// Applies `event` to a run that is recorded and writes both; `version`: of the report, −1: none. False: no change.
  bool ChangeRun(model::Occurrence& run, const model::TaskEvent& event, std::int64_t version);
  /// Writes a run that the caller changed.
  void SaveRun(const model::Occurrence& run, const model::TaskProgress& before, std::int64_t version);
  /// Writes a run or missed range that is new, and forgets what is too old. `key` of `row` is set.
  void AddRun(model::Occurrence& run, std::int64_t version);
  void AddMissed(model::Occurrence& range, std::int64_t version);
  void GrowMissed(const model::Occurrence& range, std::int64_t added, std::int64_t version);

  [[nodiscard]] const model::Standing& now() const noexcept { return now_; }
  [[nodiscard]] const model::ScheduleMarks& marks() const noexcept { return now_.marks; }
  /// This machine's share of the splay of the terms with this version; of former ones that are forgotten the last
  /// known.
  [[nodiscard]] std::chrono::milliseconds SplayOf(std::int64_t version) const noexcept;
  [[nodiscard]] model::TaskKey key() const noexcept { return task_.key; }
  /// Writes what has changed. The task as it is then.
  model::Task Save();

 private:
  void CloseOpenRuns(const model::TaskEvent& event);
  void ForgetOld();
  [[nodiscard]] model::TaskTerms RunTerms() const;

  store::Tx& tx_;
  const Context& context_;
  const model::Invocation& invocation_;
  model::Task task_;
  model::Standing now_;
  model::Standing before_;
  model::StandingTerms terms_;
};

}  // namespace assist::server::control
