// Until when something may take; for poll(2). One thread.
#pragma once

#include <algorithm>
#include <chrono>

namespace assist::agent::containers {

using TimePoint = std::chrono::steady_clock::time_point;

[[nodiscard]] inline TimePoint In(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

/// For poll(2), rounded up; 0 when it is over.
[[nodiscard]] inline int MillisUntil(TimePoint deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count() + 1;
  return static_cast<int>(std::clamp<long long>(left, 0, 3'600'000));
}

}  // namespace assist::agent::containers
