// When what happened to a task, as far as somebody saw it: the server by its clock, the agent by the machine's. A time
// that nobody told is missing; none is ever computed from others. docs/timeline.md says what each means. Pure values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"

namespace assist::server::model {

/// In the order in which they happen. Written to the store: never renumber.
enum class Moment : std::uint8_t {
  kWoken = 1,         ///< Server: the last wake before the fetch was sent, after the task was created.
  kFetched = 2,       ///< Server: the agent's fetch was answered with it, for the first time.
  kJournaled = 3,     ///< Agent: it wrote the task into its journal.
  kAccepted = 4,      ///< Server: the first word of the agent about it came.
  kStarted = 5,       ///< Agent: the process began.
  kStartHeard = 6,    ///< Server: that was told.
  kFirstOutput = 7,   ///< Agent: the process wrote something.
  kOutputHeard = 8,   ///< Server: the first output came.
  kExited = 9,        ///< Agent: the process ended.
  kReported = 10,     ///< Agent: it sent the report that was taken as the last word.
  kReportHeard = 11,  ///< Server: that came.
  kCommitted = 12,    ///< Server: it was written, in the transaction whose commit the agent's answer waited for.
  kConcluded = 13,    ///< Server: it closed the task by itself.
};
inline constexpr std::size_t kMomentCount = 13;
inline constexpr std::array<Moment, kMomentCount> kAllMoments = {
    Moment::kWoken,       Moment::kFetched,     Moment::kJournaled,   Moment::kAccepted, Moment::kStarted,
    Moment::kStartHeard,  Moment::kFirstOutput, Moment::kOutputHeard, Moment::kExited,   Moment::kReported,
    Moment::kReportHeard, Moment::kCommitted,   Moment::kConcluded};

/// By whose clock.
enum class ClockOf : std::uint8_t { kServer, kAgent };
[[nodiscard]] ClockOf ClockOfMoment(Moment moment) noexcept;
[[nodiscard]] std::string_view Name(ClockOf clock) noexcept;  ///< Server, Agent
/// The API's word: what both sides see has one word, and two clocks.
[[nodiscard]] std::string_view Name(Moment moment) noexcept;

class Timeline {
 public:
  /// Empty: nobody told.
  [[nodiscard]] std::optional<SystemTime> at(Moment moment) const noexcept {
    const SystemTime time = times_[Index(moment)];
    return time == SystemTime{} ? std::nullopt : std::optional<SystemTime>(time);
  }
  /// Unless it is known already. The epoch and an empty time are none.
  void Note(Moment moment, std::optional<SystemTime> time) noexcept {
    SystemTime& known = times_[Index(moment)];
    if (time && known == SystemTime{}) known = *time;
  }
  /// In the place of what was known.
  void Replace(Moment moment, std::optional<SystemTime> time) noexcept {
    times_[Index(moment)] = time.value_or(SystemTime{});
  }
  [[nodiscard]] bool empty() const noexcept { return *this == Timeline{}; }
  friend bool operator==(const Timeline&, const Timeline&) = default;

  /// About 50 bytes when all is told; nothing when nothing is. For each moment its number (a byte) and how much later
  /// than the one before it was, in microseconds (zigzag, 7 bits a byte). Written to the store: never change.
  [[nodiscard]] std::string Encode() const;
  /// Of what is damaged, what stands before the damage; moments of later versions are passed over.
  [[nodiscard]] static Timeline Decode(std::string_view bytes) noexcept;

 private:
  static constexpr std::size_t Index(Moment moment) noexcept { return static_cast<std::size_t>(moment) - 1; }
  std::array<SystemTime, kMomentCount> times_{};  // the epoch: missing
};

}  // namespace assist::server::model
