// One answer for many waiters. Those who wait are held by the Broadcast alone: when it is destroyed unanswered, they
// are unwound (a waiter must not own the Broadcast it waits for, or neither would ever go). One executor.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "common/async/completion.h"

namespace assist::agent::disk {

template <class T>
class Broadcast {
 public:
  Broadcast() = default;
  Broadcast(const Broadcast&) = delete;
  Broadcast& operator=(const Broadcast&) = delete;

  /// What Tell() says; empty when the waiting coroutine was cancelled. `then` runs as soon as this coroutine waits: it
  /// may lead to Tell() at once, and the Broadcast may be gone when it, and this, returns.
  asio::awaitable<std::optional<T>> Wait(UniqueFunction<void()> then) {
    UniqueFunction<void(Completion<std::optional<T>>)> start = [this, &then](Completion<std::optional<T>> done) {
      auto waiter = std::make_shared<Completion<std::optional<T>>>();
      std::weak_ptr<Completion<std::optional<T>>> weak = waiter;
      done.OnCancel([weak] {
        const auto alive = weak.lock();
        if (alive && *alive) (*alive)(std::nullopt);
      });
      *waiter = std::move(done);
      waiters_.push_back(std::move(waiter));
      then();
    };
    co_return co_await Await<std::optional<T>>(std::move(start));
  }
  /// Resumes all who wait now.
  void Tell(const T& value) {
    auto now = std::exchange(waiters_, {});
    for (const auto& waiter : now) {
      if (*waiter) (*waiter)(std::optional<T>(value));
    }
  }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiters_.size(); }

 private:
  std::list<std::shared_ptr<Completion<std::optional<T>>>> waiters_;
};

}  // namespace assist::agent::disk
