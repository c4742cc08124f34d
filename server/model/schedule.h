// What the server keeps of schedules: invocations that run by themselves, again and again. The *standing task* is the
// row in `tasks` of such an invocation on a machine; an *occurrence* is one time at which it is due. Pure values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/base/time.h"
#include "server/model/keys.h"
#include "server/model/lateness.h"
#include "server/model/schedule_words.h"
#include "server/model/task_progress.h"

namespace assist::server::model {

/// When and how a schedule runs; part of an Invocation.
struct ScheduleTerms {
  std::string cron;  ///< As agents are given it: cron as it came, `rate(…)`, `at(…)` in UTC; empty for reboots.
  MissedPolicy missed = MissedPolicy::kSkip;
  OverlapPolicy overlap = OverlapPolicy::kSkip;
  std::chrono::seconds splay{0};  ///< Runs begin up to this much later, by a fixed share for each machine.
  friend bool operator==(const ScheduleTerms&, const ScheduleTerms&) = default;
};
inline constexpr std::chrono::seconds kMaxSplay{86'400};

/// What is kept beside a standing task. Its runs' counts are for ever; the history of single ones is bounded.
struct ScheduleMarks {
  std::int64_t accepted_version = -1;           ///< Of the terms that the agent has; −1: none that we know of.
  std::int64_t accepted_number = 0;             ///< Delivery number with which it took them (ours).
  std::chrono::milliseconds accepted_splay{0};  ///< This machine's share of their splay.
  std::string zone;                             ///< Where an expression without a zone is evaluated; empty: not told.
  std::int64_t runs = 0;                        ///< Occurrences that ran or run.
  std::int64_t missed = 0;                      ///< Occurrences that did not.
  std::int64_t last_number = 0;                 ///< Highest number used; the next is one more.
  std::int64_t last_run = 0;                    ///< Number of the latest run; 0: none yet.
  std::int32_t open_runs = 0;                   ///< Runs that have not ended.
  std::int64_t kept = 0;                        ///< Rows of its history.
  std::int64_t forgotten = 0;                   ///< Numbers up to this one may have left the history.
  std::optional<SystemTime> last_due;           ///< The latest due time of which the server has heard, run or missed.
  std::optional<SystemTime> next_due;           ///< As the agent told, else as the server computes it.
  std::optional<SystemTime> overdue_after;      ///< Nothing heard until then: overdue. Empty: not waited for.
  bool overdue = false;        ///< A due time passed and nothing was heard: presumed, until a report comes.
  bool ended = false;          ///< The agent has no more times for it: its state is that of its last run.
  LatenessHistogram lateness;  ///< Of runs that started: Occurrence::lateness().
  friend bool operator==(const ScheduleMarks&, const ScheduleMarks&) = default;
};

/// A row of a standing task's history: a run, or a range of occurrences that did not run.
struct Occurrence {
  OccurrenceKey key;
  TaskKey task;
  std::int64_t number = 0;  ///< From 1 for each standing task; of a range the first.
  OccurrenceKind kind = OccurrenceKind::kRun;
  SystemTime due{};                    ///< When it should have begun, without splay; of a range the first.
  SystemTime last_due{};               ///< Of a range the last; of a run the same as `due`.
  std::int64_t count = 1;              ///< Numbers [number, number + count) are these.
  std::optional<MissedReason> reason;  ///< Of kMissed.
  std::chrono::milliseconds splay{0};  ///< Of kRun: how long after `due` this machine was to begin.
  TaskProgress progress;               ///< Of kRun: its life, as a task's. `updated` also of kMissed.
  std::int64_t output_next = 0;        ///< As a task's.
  std::int64_t output_size = 0;
  std::int64_t output_dropped = 0;

  [[nodiscard]] bool is_run() const noexcept { return kind == OccurrenceKind::kRun; }
  [[nodiscard]] std::int64_t end() const noexcept { return number + count; }
  /// Start minus due and splay: below 0 when an agent did not wait for its share. Of a run that has started.
  [[nodiscard]] std::optional<std::chrono::milliseconds> lateness() const noexcept;
};

/// The API's ErrorCode that is nearest to a reason for which an occurrence did not run.
[[nodiscard]] ErrorCode ErrorCodeOfMissed(MissedReason reason) noexcept;

}  // namespace assist::server::model
