// The one primitive on which every wait stands: Await() suspends a coroutine and hands out a Completion that resumes
// it. A Completion is one-shot and move-only and may be called from any thread: the coroutine goes on on its own
// executor. Dropped without a call, it ends the coroutine (Asio posts the unwinding to the executor; destructors run).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <tuple>
#include <utility>

#include "common/base/check.h"
#include "common/base/unique_function.h"

namespace assist {

namespace asio = boost::asio;

template <class... Args>
class Completion {
 public:
  Completion() = default;
  template <class Handler>
  requires(!std::is_same_v<std::decay_t<Handler>, Completion>) explicit Completion(Handler&& handler)
      : body_(std::make_unique<Body<std::decay_t<Handler>>>(std::move(handler))) {}

  [[nodiscard]] explicit operator bool() const noexcept { return body_ != nullptr; }

  /// Resumes the waiting coroutine with `args`, on its executor. Never runs it inside this call.
  void operator()(Args... args) {
    ASSIST_CHECK(body_ != nullptr);
    std::unique_ptr<Base> body = std::move(body_);
    body->Complete(std::move(args)...);
  }

  /// `cancel` runs on the waiter's executor when its coroutine is cancelled; it should see to it that this Completion
  /// is called soon. Set it before the coroutine can be resumed.
  template <class F>
  void OnCancel(F cancel) {
    body_->slot = body_->Slot();
    if (body_->slot.is_connected()) {
      body_->slot.assign([cancel = std::move(cancel)](asio::cancellation_type) mutable { cancel(); });
    }
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void Complete(Args... args) = 0;
    virtual asio::cancellation_slot Slot() = 0;
    asio::cancellation_slot slot;
  };
  template <class Handler>
  struct Body final : Base {
    explicit Body(Handler&& h) : handler(std::move(h)) {}
    void Complete(Args... args) override {
      auto executor = asio::get_associated_executor(handler);
      asio::post(executor, [handler = std::move(handler), slot = this->slot,
                            args = std::tuple<Args...>(std::move(args)...)]() mutable {
        if (slot.is_connected()) slot.clear();
        std::apply([&](auto&... a) { std::move(handler)(std::move(a)...); }, args);
      });
    }
    asio::cancellation_slot Slot() override { return asio::get_associated_cancellation_slot(handler); }
    Handler handler;
  };
  std::unique_ptr<Base> body_;
};

namespace async_internal {
template <class... Args>
struct AwaitResult {
  using Type = void;
};
template <class T>
struct AwaitResult<T> {
  using Type = T;
};
}  // namespace async_internal

/// Suspends the calling coroutine; `start` gets the Completion that resumes it. `start` runs at once, in this
/// coroutine's thread. Name the callable before the co_await (g++ 12).
template <class... Args>
asio::awaitable<typename async_internal::AwaitResult<Args...>::Type> Await(
    UniqueFunction<void(Completion<Args...>)> start) {
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Args...)>(
      [](auto handler, UniqueFunction<void(Completion<Args...>)>* begin) {
        (*begin)(Completion<Args...>(std::move(handler)));
      },
      asio::use_awaitable, &start);
}

}  // namespace assist
