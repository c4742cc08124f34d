#include "server/openapi/refusal_meter.h"

#include <chrono>
#include <utility>

namespace assist::server::openapi {

std::optional<std::int64_t> RefusalMeter::Take(const std::string& key, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  Minute& minute = minutes_[key];
  if (minute.noted == 0 || now - minute.begin >= std::chrono::minutes(1)) {
    minute.begin = now;
    minute.noted = 0;
  }
  if (minute.noted >= kPerMinute) {
    ++minute.left_out;
    return std::nullopt;
  }
  ++minute.noted;
  return std::exchange(minute.left_out, 0);
}

}  // namespace assist::server::openapi
