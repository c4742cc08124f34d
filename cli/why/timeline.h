// The timeline of a task, as DescribeInvocationResults tells it: when what happened, by the server's clock and by the
// machine's. Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/table/table.h"
#include "common/base/time.h"
#include "protocol/json/json.h"

namespace assist::cli {

enum class ClockOf { kServer, kAgent };

class TaskTimeline {
 public:
  struct Event {
    std::string name;  ///< The API's word.
    ClockOf clock = ClockOf::kServer;
    SystemTime time{};
  };

  TaskTimeline() = default;
  /// From a row of the API; events that are not understood are left out.
  explicit TaskTimeline(const json::Object& row);

  [[nodiscard]] std::optional<SystemTime> At(std::string_view name, ClockOf clock) const;
  /// From one event to a later one by the same clock; empty when one of them is not known, or the clock was set back.
  [[nodiscard]] std::optional<std::chrono::milliseconds> Between(std::string_view from, std::string_view to,
                                                                 ClockOf clock) const;
  /// The machine's clock minus the server's, as far as the last report tells: the time it was on its way is in it.
  [[nodiscard]] std::optional<std::chrono::milliseconds> skew() const;
  [[nodiscard]] const std::vector<Event>& events() const noexcept { return events_; }

 private:
  std::vector<Event> events_;
};

/// What is said of clocks that differ by more than this.
inline constexpr std::chrono::milliseconds kNotableSkew{1000};

/// `40 ms`, `1.4 s`, `2:05 min`, `3:07:00 h`.
[[nodiscard]] std::string ShowSpan(std::chrono::milliseconds span);
/// `10:02:03.120` of a time with milliseconds, with its day where that is not `day`'s.
[[nodiscard]] std::string ShowMoment(SystemTime time, std::optional<SystemTime> day);

/// step, both clocks (with the day of the first time), and after each what has passed since the step before it by that
/// clock.
[[nodiscard]] Table TimelineTable(const TaskTimeline& timeline, const Look& look);

}  // namespace assist::cli
