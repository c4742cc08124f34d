// Points in time and their text forms. Pure: what time it is comes from common::Clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assist {

/// Wall-clock time, UTC: to show and to store. Jumps when the clock is set.
using SystemTime = std::chrono::sys_time<std::chrono::microseconds>;

/// Time that never jumps: to measure. The epoch has no meaning.
struct SteadyClockTag {
  using rep = std::int64_t;
  using period = std::micro;
  using duration = std::chrono::microseconds;
  using time_point = std::chrono::time_point<SteadyClockTag>;
  static constexpr bool is_steady = true;
};
using SteadyTime = SteadyClockTag::time_point;

/// `2020-05-11T09:01:41Z`: seconds, truncated towards the past.
[[nodiscard]] std::string FormatIso8601(SystemTime time);
/// `2020-05-11T09:01:41.123Z`, for logs.
[[nodiscard]] std::string FormatIso8601Millis(SystemTime time);
/// Exactly `yyyy-MM-ddTHH:mm:ssZ`; nothing else.
[[nodiscard]] std::optional<SystemTime> ParseIso8601(std::string_view text);

[[nodiscard]] constexpr std::int64_t ToUnixMillis(SystemTime time) noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}
[[nodiscard]] constexpr SystemTime FromUnixMillis(std::int64_t millis) noexcept {
  return SystemTime(std::chrono::milliseconds(millis));
}
[[nodiscard]] constexpr std::int64_t ToUnixMicros(SystemTime time) noexcept { return time.time_since_epoch().count(); }
[[nodiscard]] constexpr SystemTime FromUnixMicros(std::int64_t micros) noexcept {
  return SystemTime(std::chrono::microseconds(micros));
}

}  // namespace assist
