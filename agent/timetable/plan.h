// What a schedule does now: which occurrences run, which were missed and why, when to look again. Pure rules; the
// timetable carries them out. Any thread.
//
// The occurrences of a schedule are its due times in ascending order. `last_due` says up to where they are accounted
// for; it only moves forward, except after a clock that was wrong by more than a day.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/time.h"
#include "common/schedule/schedule.h"
#include "protocol/wire/report.h"
#include "protocol/wire/task.h"

namespace assist::agent::timetable {

/// One that could not be started in time runs all the same for so long, unless the next one is due.
inline constexpr std::chrono::seconds kGrace{60};
/// A clock that shows less than this below what was accounted for was wrong then: the schedule goes on from now.
inline constexpr std::chrono::hours kWrongClock{25};

struct Terms {
  wire::MissedPolicy missed = wire::MissedPolicy::kSkip;
  wire::OverlapPolicy overlap = wire::OverlapPolicy::kSkip;
  std::chrono::milliseconds splay{0};  ///< This machine's share: each run begins so much after its due time.
};

/// Where a schedule stands; all but `busy` is durable.
struct Position {
  std::int64_t next_number = 1;
  SystemTime last_due{};
  /// The highest last_due ever had. Above last_due only after a clock that was wrong; what lies between was accounted
  /// for by then: it runs when its time comes, but is not missed once more when the clock jumps over it.
  SystemTime accounted{};
  bool queued = false;  ///< One waits for the end of the run before.
  bool busy = false;    ///< A run has not ended.

  friend bool operator==(const Position&, const Position&) = default;
};

/// What the clocks said, for the reasons of what was missed. Wall times.
struct Moment {
  SystemTime now{};
  SystemTime down_until{};    ///< This process was not ready before.
  SystemTime asleep_from{};   ///< The clock went from here …
  SystemTime asleep_until{};  ///< … to here faster than time passed: sleep, or it was set forward.
};

struct Step {
  enum class Kind : std::uint8_t {
    kMissed,  ///< Occurrences [number, number + count), due from `due` to `last_due`.
    kRun,     ///< Number `number`, due at `due`.
    kQueue,   ///< The same, when the run before has ended.
    kMove,    ///< No occurrence: last_due becomes `last_due`.
  };
  Kind kind = Kind::kMove;
  std::int64_t number = 0;
  std::int64_t count = 0;
  SystemTime due{};
  SystemTime last_due{};
  wire::MissedReason reason = wire::MissedReason::kLate;
};

struct Plan {
  std::vector<Step> steps;  ///< To be made durable in this order.
  Position after;           ///< When all of them are.
  bool more = false;        ///< Not all due times were looked at: plan again at once.
  bool rewound = false;     ///< The clock had been wrong by more than kWrongClock.
};

/// `max_walk`: due times looked at one by one, so that an expression of every second and a year of absence do not hold
/// the executor; a rate is counted without looking.
[[nodiscard]] Plan MakePlan(const Schedule& schedule, const Terms& terms, const Position& position,
                            const Moment& moment, std::uint64_t max_walk = 20'000);

/// When to look next: the first due time behind last_due, with the splay. None: there is no further one.
[[nodiscard]] std::optional<SystemTime> NextLook(const Schedule& schedule, const Terms& terms, SystemTime last_due);

/// Tells what the clocks did between two looks.
class ClockWatch {
 public:
  /// How far the wall clock may run ahead of the steady one between two looks.
  static constexpr std::chrono::seconds kJump{2};
  enum class Change : std::uint8_t { kNone, kForward, kBack };

  /// The first look is the moment from which on this process is ready.
  Change Look(SystemTime wall, SteadyTime steady);
  [[nodiscard]] const Moment& moment() const noexcept { return moment_; }

 private:
  Moment moment_;
  std::optional<SteadyTime> steady_;
};

}  // namespace assist::agent::timetable
