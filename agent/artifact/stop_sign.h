// Somebody wants an operation to end: set once, by a signal; looked at between its steps and by what blocks for it. Any
// thread.
#pragma once

#include <atomic>

namespace assist::agent::artifact {

class StopSign {
 public:
  void Set() noexcept { set_.store(true); }
  [[nodiscard]] bool is_set() const noexcept { return set_.load(); }

 private:
  std::atomic<bool> set_ = false;
};

}  // namespace assist::agent::artifact
