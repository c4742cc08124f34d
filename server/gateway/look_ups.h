// Questions about packages that agents may have open at a time: each may read many manifests, and a key that asks
// without waiting must not keep the others from the store. Any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "common/base/ids.h"

namespace assist::server::gateway {

inline constexpr std::size_t kMostLookUps = 8;  ///< Of all agents; of one agent one.

class LookUps {
 public:
  /// Held while the question is open; nullptr: later. This outlives it.
  [[nodiscard]] std::shared_ptr<void> Take(const InstanceId& agent);

 private:
  std::mutex mutex_;
  std::unordered_set<InstanceId> open_;  // under mutex_
};

}  // namespace assist::server::gateway
