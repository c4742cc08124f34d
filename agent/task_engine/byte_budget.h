// A bound on bytes that many coroutines of one executor hold together. Those who wait are served in order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <memory>

#include "common/async/completion.h"

namespace assist::agent::task_engine {

namespace asio = boost::asio;

class ByteBudget {
 public:
  explicit ByteBudget(std::size_t bound) : bound_(bound) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  /// Waits until `bytes` (or, of more than the bound, the whole bound) are free. Answers what was taken, to be given
  /// back with Return(); 0 when the coroutine was cancelled, which throws at its next co_await.
  asio::awaitable<std::size_t> Take(std::size_t bytes) {
    bytes = std::min(bytes, bound_);
    if (line_.empty() && used_ + bytes <= bound_) {
      used_ += bytes;
      co_return bytes;
    }
    UniqueFunction<void(Completion<std::size_t>)> start = [this, bytes](Completion<std::size_t> done) {
      auto waiter = std::make_shared<Waiter>();
      waiter->bytes = bytes;
      std::weak_ptr<Waiter> weak = waiter;
      done.OnCancel([this, weak] {
        const auto alive = weak.lock();
        if (!alive || !alive->done) return;
        line_.remove(alive);
        alive->done(0);
        Serve();
      });
      waiter->done = std::move(done);
      line_.push_back(std::move(waiter));
    };
    co_return co_await Await<std::size_t>(std::move(start));
  }
  void Return(std::size_t bytes) {
    used_ -= bytes;
    Serve();
  }
  [[nodiscard]] std::size_t used() const noexcept { return used_; }

 private:
  struct Waiter {
    std::size_t bytes = 0;
    Completion<std::size_t> done;
  };
  void Serve() {
    while (!line_.empty() && used_ + line_.front()->bytes <= bound_) {
      const auto waiter = line_.front();
      line_.pop_front();
      used_ += waiter->bytes;
      waiter->done(waiter->bytes);
    }
  }

  const std::size_t bound_;
  std::size_t used_ = 0;
  std::list<std::shared_ptr<Waiter>> line_;
};

}  // namespace assist::agent::task_engine
