// A standing task's life as the server sees it, and what its marks become: which change is legal. Pure; the runs
// themselves follow the rules of tasks (task_progress.h). Nothing that an agent says twice, late or against its own
// word breaks the counts; no state is left whose outcome is kFinal, but for two late words of the agent that was
// stopped.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/model/schedule.h"

namespace assist::server::model {

/// A standing task: the changing part of its row, and its marks.
struct Standing {
  TaskProgress task;
  ScheduleMarks marks;
  friend bool operator==(const Standing&, const Standing&) = default;
};

/// What the rules need to know of the invocation and the machine.
struct StandingTerms {
  std::int64_t version = 0;    ///< The schedule's now.
  bool ours = true;            ///< The agent numbers occurrences, accepts schedules and tells when one is over.
  bool ends_with_run = false;  ///< A stock agent never tells that this one is over: it is so with its first run's end.
  std::chrono::milliseconds splay{0};  ///< This machine's share of its splay.
};

/// Goes out in a list.
struct ScheduleOffered {
  std::int64_t number = 0;
  std::int64_t agent_run = 0;
  std::optional<SystemTime> woken = {};  ///< As in Offered.
};
/// It waits for the next start of a stock agent; there is nothing to hand out now.
struct ScheduleHeld {
  std::int64_t agent_run = 0;
};
/// The agent has kept it and waits for its time.
struct ScheduleAccepted {
  std::int64_t version = 0;
};
/// The agent refuses it.
struct ScheduleRefused {
  std::int64_t version = 0;
  std::string param;
  std::string value;
};
/// The agent has no more times for it (`completed`), or has removed it because it was asked to.
struct ScheduleEnded {
  std::int64_t version = 0;
  bool completed = false;
  std::optional<TaskProgress> last_run;  ///< As it is now.
};
/// A run is new, or changed.
struct RunChanged {
  std::int64_t version = 0;            ///< Of the report; −1: the server changed it, no report.
  Occurrence run;                      ///< As it is now.
  std::optional<TaskProgress> before;  ///< Empty: it is new.
};
/// A range was missed, or is longer than it was.
struct MissedTaken {
  std::int64_t version = 0;
  std::int64_t end = 0;    ///< One above its last number.
  std::int64_t added = 0;  ///< Occurrences that were not known as missed before.
  bool new_row = false;
  SystemTime last_due{};
};
/// The agent cannot run it at all.
struct ScheduleUnfit {
  ErrorCode code = ErrorCode::kClientNeedUpgrade;
  std::string detail = {};  ///< For people; empty: nothing more to say.
};
/// The schedule has new terms, with a higher version.
struct ScheduleModified {};
/// This store is older than the agent, which may have the schedule under a number that is not known here: it goes out
/// again, and a stop waits for the agent's word.
struct ScheduleMaybeKnown {};

using ScheduleEvent = std::variant<ScheduleOffered, ScheduleHeld, ScheduleAccepted, ScheduleRefused, ScheduleEnded,
                                   RunChanged, MissedTaken, ScheduleUnfit, ScheduleModified, ScheduleMaybeKnown,
                                   StopAsked, DeliveryExpired, TraceLost, MachineReleased>;

/// What `event` makes of `now`; empty when it changes nothing.
/// TraceLost: the agent does not have it any more. It is handed out again: that is no start.
[[nodiscard]] std::optional<Standing> Apply(const Standing& now, const ScheduleEvent& event, const StandingTerms& terms,
                                            SystemTime at);

/// When the next occurrence is due, as told or computed, and how long after it something should have been heard. It was
/// heard now: not overdue. Of a schedule that is over nothing is awaited.
void Await(Standing& standing, std::optional<SystemTime> next_due, std::chrono::seconds patience);

/// Numbers above are an agent's mistake.
inline constexpr std::int64_t kLargestNumber = std::int64_t{1} << 50;

/// How an occurrence that an agent reports fits what is recorded.
enum class NumberFit : std::uint8_t {
  kFree,       ///< Not recorded yet.
  kKnown,      ///< Recorded: a repeat, or more about it.
  kForgotten,  ///< It has left the history, or would have.
  kReused,     ///< The number stands for something else: the agent lost its place. It gets a number of its own.
};
/// `holder`: the row that holds `number` now.
[[nodiscard]] NumberFit FitRun(const std::optional<Occurrence>& holder, std::int64_t number, SystemTime due,
                               const ScheduleMarks& marks) noexcept;
/// Of a missed range's first number.
[[nodiscard]] NumberFit FitMissed(const std::optional<Occurrence>& holder, std::int64_t number, SystemTime due,
                                  const ScheduleMarks& marks) noexcept;

/// What of a missed range is not recorded yet. `rows` are those that hold one of its numbers, in order: a range of the
/// same reason that begins it and is the only one grows; else what lies before, between and behind them is recorded.
struct MissedPlan {
  std::optional<Occurrence> grown;  ///< The row to be saved.
  std::vector<Occurrence> fresh;    ///< Rows to be inserted; without task and time of change.
  std::int64_t added = 0;           ///< Occurrences in all of it that are new.
};
[[nodiscard]] MissedPlan PlanMissed(const OccurrenceRef& first, const MissedRange& range,
                                    const std::vector<Occurrence>& rows);

}  // namespace assist::server::model
