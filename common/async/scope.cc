#include "common/async/scope.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

namespace assist {

Scope::Scope(asio::any_io_executor executor, UniqueFunction<void(std::string_view, std::string_view)> escaped)
    : executor_(executor), state_(std::make_shared<State>(std::move(executor))) {
  state_->escaped = std::move(escaped);
}

void Scope::Spawn(std::string name, asio::awaitable<void> work) {
  if (state_->closed) return;
  ++state_->running;
  const auto signal = state_->signals.emplace(state_->signals.end());
  auto finished = [state = state_, signal, name = std::move(name)](std::exception_ptr error) {
    if (error) {
      try {
        std::rethrow_exception(error);
      } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted && state->escaped) state->escaped(name, e.what());
      } catch (const std::exception& e) {
        if (state->escaped) state->escaped(name, e.what());
      }
    }
    state->signals.erase(signal);
    if (--state->running == 0) state->empty.Pulse();
  };
  // co_spawn alone would run the first part of the work in here when this is the executor's own thread.
  asio::post(executor_, [state = state_, executor = executor_, signal, work = std::move(work),
                         finished = std::move(finished)]() mutable {
    if (state->closed) {
      // Freed before it counts as over.
      { const asio::awaitable<void> dropped = std::move(work); }
      return finished(nullptr);
    }
    asio::co_spawn(executor, std::move(work), asio::bind_cancellation_slot(signal->slot(), std::move(finished)));
  });
}

asio::awaitable<void> Scope::Close() {
  const auto state = state_;
  state->closed = true;
  // emit() may run a coroutine to its end at once, which erases its signal: step first.
  for (auto it = state->signals.begin(); it != state->signals.end();) {
    auto& signal = *it;
    ++it;
    signal.emit(asio::cancellation_type::terminal);
  }
  while (state->running > 0) co_await state->empty.Wait();
}

}  // namespace assist
