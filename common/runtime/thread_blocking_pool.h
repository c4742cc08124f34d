// Threads for code that may block. Submit() from any thread. The queue is bounded by those who submit: each waits for
// its answer, and their number (requests, tasks) is limited where they are accepted. The destructor finishes the work
// that runs, drops what has not started, and joins; executors that wait for answers are destroyed after it.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/async/blocking_pool.h"

namespace assist {

class ThreadBlockingPool final : public BlockingPool {
 public:
  /// `name`: of the threads, as ps shows them (15 characters).
  explicit ThreadBlockingPool(std::size_t threads, std::string name = "blocking");
  ~ThreadBlockingPool() override;
  ThreadBlockingPool(const ThreadBlockingPool&) = delete;
  ThreadBlockingPool& operator=(const ThreadBlockingPool&) = delete;

  void Submit(UniqueFunction<void()> work) override;
  /// Work that has not started.
  [[nodiscard]] std::size_t queued() const;

 private:
  void Work();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<UniqueFunction<void()>> queue_;  // under mutex_
  bool stopping_ = false;                     // under mutex_
  std::vector<std::thread> threads_;
};

}  // namespace assist
