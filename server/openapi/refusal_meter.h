// How many refused calls of one key go into the audit log: enough to see what is tried, too few to push history out of
// it. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "common/base/time.h"

namespace assist::server::openapi {

class RefusalMeter {
 public:
  static constexpr std::int64_t kPerMinute = 120;

  /// The refusals of this key that were left out before; empty: leave this one out, too.
  [[nodiscard]] std::optional<std::int64_t> Take(const std::string& key, SteadyTime now);

 private:
  struct Minute {
    SteadyTime begin{};
    std::int64_t noted = 0;
    std::int64_t left_out = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Minute> minutes_;  ///< Only keys that are there: their calls were authenticated.
};

}  // namespace assist::server::openapi
