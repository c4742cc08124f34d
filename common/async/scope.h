// Background work that cannot be lost sight of: every coroutine is spawned in a Scope, and Close() cancels and waits.
// One executor: all methods on it. The owner co_awaits Close() before it is destroyed; a destroyed open Scope only
// drops its memory of the coroutines (the simulator's crash).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "common/async/event.h"
#include "common/base/unique_function.h"

namespace assist {

class Scope {
 public:
  /// `escaped` hears of exceptions that left a coroutine (name, what); cancellation is not one.
  Scope(asio::any_io_executor executor, UniqueFunction<void(std::string_view, std::string_view)> escaped);

  /// Starts `work` on the executor (never inside this call). After Close() it is dropped unstarted.
  void Spawn(std::string name, asio::awaitable<void> work);
  /// Cancels everything, waits until it is over. May be called again.
  asio::awaitable<void> Close();

  [[nodiscard]] std::size_t running() const noexcept { return state_->running; }
  [[nodiscard]] bool closed() const noexcept { return state_->closed; }
  [[nodiscard]] const asio::any_io_executor& executor() const noexcept { return executor_; }

 private:
  struct State {
    explicit State(asio::any_io_executor executor) : empty(std::move(executor)) {}
    std::size_t running = 0;
    bool closed = false;
    std::list<asio::cancellation_signal> signals;
    Event empty;
    UniqueFunction<void(std::string_view, std::string_view)> escaped;
  };
  asio::any_io_executor executor_;
  std::shared_ptr<State> state_;
};

}  // namespace assist
