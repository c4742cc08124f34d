// Pauses between tries to reach the server: doubling, with jitter, so that a fleet does not come back all at once.
// Pure.
#pragma once

#include <algorithm>
#include <chrono>

#include "common/base/random.h"

namespace assist::agent::link {

class Backoff {
 public:
  struct Options {
    std::chrono::milliseconds first{500};
    std::chrono::milliseconds last{60000};
  };
  explicit Backoff(const Options& options) : options_(options), bound_(options.first) {}

  /// The next pause: between half of the bound and the bound, which then doubles.
  [[nodiscard]] std::chrono::milliseconds Next(Random& random) {
    const std::int64_t half = std::max<std::int64_t>(1, bound_.count() / 2);
    const auto extra = static_cast<std::int64_t>(random.Below(static_cast<std::uint64_t>(half) + 1));
    bound_ = std::min(bound_ * 2, options_.last);
    return std::chrono::milliseconds(half + extra);
  }
  void Reset() { bound_ = options_.first; }

 private:
  Options options_;
  std::chrono::milliseconds bound_;
};

}  // namespace assist::agent::link
