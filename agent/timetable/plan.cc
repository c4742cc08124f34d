#include "agent/timetable/plan.h"

#include <algorithm>
#include <utility>

namespace assist::agent::timetable {
namespace {

using std::chrono::microseconds;
using wire::MissedReason;

/// Due times that follow each other and have the same fate.
struct Stretch {
  std::int64_t count = 0;
  SystemTime first{};
  SystemTime last{};
  SystemTime before_last{};  ///< With count > 1.
};

/// The due times of one look, cut into stretches.
class Walk {
 public:
  Walk(const Schedule& schedule, std::uint64_t budget) : schedule_(schedule), budget_(budget) {}

  /// Those from `first` (one of them) up to `to`, ends included.
  Stretch Through(SystemTime first, SystemTime to) {
    Stretch stretch{1, first, first, first};
    if (const auto period = schedule_.period()) {
      stretch.count = (to - first) / microseconds(*period) + 1;
      stretch.last = first + *period * (stretch.count - 1);
      stretch.before_last = stretch.last - *period;
      next_ = schedule_.Next(stretch.last);
      return stretch;
    }
    for (;;) {
      if (budget_ > 0) --budget_;
      next_ = schedule_.Next(stretch.last);
      if (!next_ || *next_ > to || budget_ == 0) return stretch;
      stretch.before_last = std::exchange(stretch.last, *next_);
      ++stretch.count;
    }
  }
  /// The one behind the last stretch.
  [[nodiscard]] const std::optional<SystemTime>& next() const noexcept { return next_; }
  [[nodiscard]] bool spent() const noexcept { return budget_ == 0; }

 private:
  const Schedule& schedule_;
  std::uint64_t budget_;
  std::optional<SystemTime> next_;
};

/// Why a due time that did not run was missed, and up to where that holds. `jumped`: nobody could have started it.
struct Cause {
  MissedReason reason = MissedReason::kLate;
  bool jumped = false;
  SystemTime until{};
};
Cause CauseOf(SystemTime due, SystemTime now, microseconds splay, const Moment& moment) {
  if (due + splay <= moment.down_until) {
    return {MissedReason::kAgentDown, true, std::min(now, moment.down_until - splay)};
  }
  if (due + splay > moment.asleep_until) return {MissedReason::kLate, false, now};
  if (due + splay > moment.asleep_from)
    return {MissedReason::kAsleep, true, std::min(now, moment.asleep_until - splay)};
  return {MissedReason::kLate, false, std::min(now, moment.asleep_from - splay)};
}

class Planner {
 public:
  Planner(const Schedule& schedule, const Terms& terms, const Position& position, const Moment& moment)
      : schedule_(schedule), terms_(terms), moment_(moment), now_(moment.now - terms.splay) {
    plan_.after = position;
  }

  Plan Run(std::uint64_t max_walk) {
    Position& at = plan_.after;
    at.accounted = std::max(at.accounted, at.last_due);
    if (now_ + kWrongClock < at.last_due) {
      plan_.rewound = true;
      Move(now_);
      return std::move(plan_);
    }
    std::optional<SystemTime> due = schedule_.Next(at.last_due);
    if (!due || *due > now_) return std::move(plan_);
    Walk walk(schedule_, std::max<std::uint64_t>(max_walk, 1));
    bool missed = false;
    SystemTime last_missed{};
    while (due && *due <= now_) {
      const Cause cause = CauseOf(*due, now_, terms_.splay, moment_);
      const bool silent = cause.jumped && *due <= at.accounted;
      Stretch stretch = walk.Through(*due, silent ? std::min(cause.until, at.accounted) : cause.until);
      due = walk.next();
      plan_.more = walk.spent() && due && *due <= now_;
      const SystemTime last = stretch.last;
      const bool runs = !silent && (!due || *due > now_) && InTime(last, due);
      if (runs) {
        --stretch.count;
        stretch.last = stretch.before_last;
      }
      if (silent) {
        at.last_due = last;
        moved_ = true;
      } else if (stretch.count > 0) {
        Missed(stretch.count, stretch.first, stretch.last, cause.reason);
        missed = true;
        last_missed = stretch.last;
      }
      if (runs) {
        Start(last, true);
        return Done();
      }
      if (plan_.more) return Done();
    }
    if (missed && terms_.missed == wire::MissedPolicy::kRunOnce) Start(last_missed, false);
    return Done();
  }

 private:
  [[nodiscard]] bool InTime(SystemTime due, const std::optional<SystemTime>& next) const {
    if (now_ - due > kGrace) return false;
    return !next || now_ - due <= *next - due;
  }

  /// `own`: an occurrence with a due time of its own. Else one more run for those that were missed, which is left out
  /// when it finds the one before it still running.
  void Start(SystemTime due, bool own) {
    Position& at = plan_.after;
    const bool free = !at.busy && !at.queued;
    if (free || (terms_.overlap == wire::OverlapPolicy::kQueue && !at.queued)) {
      Step step;
      step.kind = free ? Step::Kind::kRun : Step::Kind::kQueue;
      step.number = at.next_number++;
      step.count = 1;
      step.due = due;
      step.last_due = due;
      plan_.steps.push_back(step);
      (free ? at.busy : at.queued) = true;
      Account(due);
    } else if (own) {
      Missed(1, due, due, MissedReason::kOverlap);
    }
  }

  void Missed(std::int64_t count, SystemTime due, SystemTime last_due, MissedReason reason) {
    Step step;
    step.kind = Step::Kind::kMissed;
    step.number = plan_.after.next_number;
    step.count = count;
    step.due = due;
    step.last_due = last_due;
    step.reason = reason;
    plan_.steps.push_back(step);
    plan_.after.next_number += count;
    Account(last_due);
  }

  void Account(SystemTime last_due) {
    plan_.after.last_due = last_due;
    plan_.after.accounted = std::max(plan_.after.accounted, last_due);
    moved_ = false;
  }

  void Move(SystemTime to) {
    Step step;
    step.last_due = to;
    plan_.steps.push_back(step);
    plan_.after.last_due = to;
  }

  Plan Done() {
    if (moved_) Move(plan_.after.last_due);
    return std::move(plan_);
  }

  const Schedule& schedule_;
  const Terms& terms_;
  const Moment& moment_;
  const SystemTime now_;  ///< As seen by due times: the splay is taken off.
  Plan plan_;
  bool moved_ = false;  ///< last_due stands behind the last step.
};

}  // namespace

Plan MakePlan(const Schedule& schedule, const Terms& terms, const Position& position, const Moment& moment,
              std::uint64_t max_walk) {
  return Planner(schedule, terms, position, moment).Run(max_walk);
}

std::optional<SystemTime> NextLook(const Schedule& schedule, const Terms& terms, SystemTime last_due) {
  auto next = schedule.Next(last_due);
  if (next) *next += terms.splay;
  return next;
}

ClockWatch::Change ClockWatch::Look(SystemTime wall, SteadyTime steady) {
  if (!steady_) {
    steady_ = steady;
    moment_.now = wall;
    moment_.down_until = wall;
    return Change::kNone;
  }
  const auto ahead = (wall - moment_.now) - (steady - *steady_);
  Change change = Change::kNone;
  if (ahead > kJump) {
    moment_.asleep_from = moment_.now;
    moment_.asleep_until = wall;
    change = Change::kForward;
  } else if (ahead < -kJump) {
    // What lies ahead again was not slept over, and this process is there for it.
    moment_.down_until = std::min(moment_.down_until, wall);
    moment_.asleep_until = std::min(moment_.asleep_until, wall);
    change = Change::kBack;
  }
  moment_.now = wall;
  steady_ = steady;
  return change;
}

}  // namespace assist::agent::timetable
