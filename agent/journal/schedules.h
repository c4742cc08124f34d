// What the journal keeps of schedules: their entries, where each stands, occurrences that were missed and not told yet.
// Values; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"

namespace assist::agent::journal {

/// A run of a schedule is a task with an id of its own, in which no task's own id can be mistaken for it: `t-…@17`.
/// It names a folder: never change.
[[nodiscard]] std::string RunId(std::string_view schedule, std::int64_t number);
struct RunName {
  std::string schedule;
  std::int64_t number = 0;
};
/// Empty when `id` is not a run's.
[[nodiscard]] std::optional<RunName> ParseRunId(std::string_view id);

/// No further occurrences; why, and what becomes of a run that goes on. Reaches the disk: never renumber.
enum class Ending : std::uint8_t {
  kNone = 0,
  kCompleted = 1,    ///< There is no further time.
  kStopTree = 2,     ///< Stopped, with the whole tree of its run.
  kStopProcess = 3,  ///< Stopped, with the process of its run.
};

/// The one reason that the journal itself gives: damage has left nothing of these numbers. Reaches the disk.
inline constexpr std::uint8_t kLostByDamage = 6;

/// Occurrences [number, number + count), due from `due` to `last_due`; with kLostByDamage after `due` and up to
/// `last_due`, if there were any.
struct MissedRange {
  std::int64_t number = 0;
  std::int64_t count = 0;
  SystemTime due{};
  SystemTime last_due{};
  std::uint8_t reason = 0;  ///< As given; the journal does not look into it. Or kLostByDamage.

  friend bool operator==(const MissedRange&, const MissedRange&) = default;
};

/// Where a schedule stands.
struct ScheduleState {
  std::int64_t next_number = 1;  ///< Of the next occurrence; those below were used.
  SystemTime last_due{};         ///< Due times up to here are accounted for.
  SystemTime accounted{};        ///< The highest last_due ever had.
  std::string boot_id;           ///< Of schedules that wait for a boot: the one they have seen. Else empty.
  std::int64_t queued = 0;       ///< Number of the one that waits for the end of the run before; 0: none.
  SystemTime queued_due{};
  Ending ending = Ending::kNone;
  /// The journal was damaged: occurrences may have run, and numbers may have been used, of which nothing is known here.
  bool uncertain = false;

  friend bool operator==(const ScheduleState&, const ScheduleState&) = default;
};

struct StandingSchedule {
  std::string id;
  std::int64_t version = 0;
  std::int64_t delivery = 0;
  bool told = false;  ///< The server knows that this version is kept here.
  ScheduleState state;
  std::vector<MissedRange> missed;  ///< Not told yet, ascending.
};

/// A schedule to be kept, or another version of one.
struct ScheduleAcceptance {
  std::string id;
  std::int64_t version = 0;
  std::int64_t delivery = 0;
  ScheduleState state;
  std::string entry;  ///< Everything needed to run it; the journal does not look into it.
};

/// One change of one schedule; each is durable in whole or not at all.
struct ScheduleChange {
  enum class Kind : std::uint8_t {
    kMissed,  ///< `range` was missed: last_due and next_number move behind it; it stays until it is told.
    kState,   ///< It stands as `state` says.
    kTold,    ///< The server has: that version `version` is kept (below 0: not this), and the missed in `range`.
  };
  std::string id;
  Kind kind = Kind::kState;
  MissedRange range;
  bool owed = true;    ///< kMissed: the server wants to hear of it.
  bool merge = false;  ///< kMissed: may become one with the range before it, if it follows on that.
  ScheduleState state;
  std::int64_t version = 0;
};

/// An occurrence that shall run: its record is the acceptance of the run and moves the schedule, in one.
struct RunAcceptance {
  std::string schedule;
  std::int64_t version = 0;
  std::int64_t number = 0;
  SystemTime due{};
  std::string boot_id;    ///< As in Acceptance: this boot when it may be started at once, else empty.
  std::string seen_boot;  ///< Not empty: the schedule's boot_id from now on.
  SystemTime at{};        ///< As in Acceptance.
};

}  // namespace assist::agent::journal
