// A bounded queue between coroutines of one executor. All methods on that executor. When full, TryPush() answers false
// and the producer says what happens then.
#pragma once

#include <deque>
#include <optional>

#include "common/async/event.h"

namespace assist {

template <class T>
class Queue {
 public:
  Queue(asio::any_io_executor executor, std::size_t bound) : bound_(bound), changed_(std::move(executor)) {}

  [[nodiscard]] bool TryPush(T value) {
    if (closed_ || items_.size() >= bound_) return false;
    items_.push_back(std::move(value));
    changed_.Pulse();
    return true;
  }
  /// The next item; empty when the queue is closed and drained.
  asio::awaitable<std::optional<T>> Pop() {
    while (items_.empty() && !closed_) co_await changed_.Wait();
    if (items_.empty()) co_return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    co_return item;
  }
  void Close() {
    closed_ = true;
    changed_.Pulse();
  }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }

 private:
  const std::size_t bound_;
  std::deque<T> items_;
  bool closed_ = false;
  Event changed_;
};

}  // namespace assist
