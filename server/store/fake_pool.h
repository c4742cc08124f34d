// For tests: a pool without threads. Work lies in a queue until RunAll(), in order.
#pragma once

#include <deque>

#include "common/async/blocking_pool.h"

namespace assist::server::store {

class FakePool final : public BlockingPool {
 public:
  void Submit(UniqueFunction<void()> work) override { queue_.push_back(std::move(work)); }
  /// Runs what is queued, and what that queues. Returns how many ran.
  std::size_t RunAll() {
    std::size_t ran = 0;
    while (!queue_.empty()) {
      UniqueFunction<void()> work = std::move(queue_.front());
      queue_.pop_front();
      work();
      ++ran;
    }
    return ran;
  }
  /// Runs one piece; false when there is none.
  bool RunOne() {
    if (queue_.empty()) return false;
    UniqueFunction<void()> work = std::move(queue_.front());
    queue_.pop_front();
    work();
    return true;
  }
  void Drop() { queue_.clear(); }
  [[nodiscard]] std::size_t size() const noexcept { return queue_.size(); }

 private:
  std::deque<UniqueFunction<void()>> queue_;
};

}  // namespace assist::server::store
