#include "common/runtime/thread_blocking_pool.h"

#include "common/base/check.h"
#include "common/runtime/thread_name.h"

namespace assist {

ThreadBlockingPool::ThreadBlockingPool(std::size_t threads, std::string name) {
  ASSIST_CHECK(threads > 0);
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, name] {
      NameThisThread(name);
      Work();
    });
  }
}

ThreadBlockingPool::~ThreadBlockingPool() {
  std::deque<UniqueFunction<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
  }
  changed_.notify_all();
  dropped.clear();
  for (auto& thread : threads_) thread.join();
}

void ThreadBlockingPool::Submit(UniqueFunction<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
}

std::size_t ThreadBlockingPool::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void ThreadBlockingPool::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    UniqueFunction<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = {};  // what it holds goes before the lock is taken
    lock.lock();
  }
}

}  // namespace assist
