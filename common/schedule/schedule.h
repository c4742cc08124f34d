// When something runs: a cron expression in a time zone, a fixed beat, or one moment. Pure: no clock, no I/O; the same
// answer on agent, server, command line and in the simulator. How expressions are written: parse.h, frequency.h,
// docs/schedules.md; there also the rule for changes of the clocks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "common/base/time.h"
#include "common/schedule/cron_fields.h"
#include "common/schedule/zone.h"

namespace assist {

/// An immutable value of about 100 bytes; the zone is shared. Any thread.
class Schedule {
 public:
  enum class Kind : std::uint8_t { kCron, kRate, kAt };

  /// Every field of `fields` has a value (our own invariant: checked); `zone` is not null.
  [[nodiscard]] static Schedule Cron(const CronFields& fields, std::shared_ptr<const Zone> zone, bool names_zone);
  /// Runs at `start` + k × `period`, k = 1, 2, …; `period` is 1 s to 36,500 days (checked).
  [[nodiscard]] static Schedule Rate(std::chrono::seconds period, SystemTime start);
  [[nodiscard]] static Schedule At(SystemTime moment);

  [[nodiscard]] Kind kind() const noexcept { return static_cast<Kind>(rule_.index()); }
  /// The zone of a cron expression; null for the others, which know none.
  [[nodiscard]] const std::shared_ptr<const Zone>& zone() const noexcept { return zone_; }
  /// Whether a cron expression says its zone itself, so that it means the same on every machine.
  [[nodiscard]] bool names_zone() const noexcept { return names_zone_; }
  /// Of a rate; none for the others.
  [[nodiscard]] std::optional<std::chrono::seconds> period() const noexcept;

  /// The same schedule on a machine with another local zone: an expression that names its zone stays as it is.
  [[nodiscard]] Schedule WithLocalZone(std::shared_ptr<const Zone> local) const;

  /// The first moment strictly after `after`; none when there is no further one. Cron ends with the year 2099.
  /// Some 0.1 µs, also when the next one is decades away; about 1 µs when there is none.
  [[nodiscard]] std::optional<SystemTime> Next(SystemTime after) const;
  /// A cron expression with times, whose years go on to the last one of this calendar: that there is no further time
  /// means that the calendar has ended or a clock is wrong, and not that the schedule is over.
  [[nodiscard]] bool EndsWithCalendar() const noexcept;
  /// The next ones after `after`, at most `limit`.
  [[nodiscard]] std::vector<SystemTime> NextLimit(SystemTime after, std::size_t limit) const;
  /// How many lie after `from` and not after `to`: counting stops at `cap`. Costs one Next() each for cron, nothing
  /// else.
  [[nodiscard]] std::uint64_t CountBetween(SystemTime from, SystemTime to, std::uint64_t cap) const;
  /// The smallest distance of two neighbours, exact on the calendar; none when fewer than two times fit. It does not
  /// look at changes of the clocks, which can move two runs closer together on that day.
  [[nodiscard]] std::optional<std::chrono::seconds> SmallestGap() const;

 private:
  struct RateRule {
    std::chrono::seconds period;
    SystemTime start;
  };
  struct AtRule {
    SystemTime moment;
  };
  using Rule = std::variant<CronFields, RateRule, AtRule>;  ///< In the order of Kind.

  Schedule(Rule rule, std::shared_ptr<const Zone> zone, bool names_zone);

  Rule rule_;
  std::shared_ptr<const Zone> zone_;
  bool names_zone_ = false;
};

/// Next() of a cron expression, on whole seconds: the rule for changes of the clocks stands here.
[[nodiscard]] std::optional<sys_seconds> NextCron(const CronFields& fields, const Zone& zone, sys_seconds after);

}  // namespace assist
