// A callable that is moved, never copied: std::move_only_function for C++20. Calling an empty one ends the process.
// Pure.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "common/base/check.h"

namespace assist {

template <class Signature>
class UniqueFunction;

template <class R, class... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() = default;
  template <class F>
  requires(!std::is_same_v<std::decay_t<F>, UniqueFunction> && std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
      UniqueFunction(F&& function)  // NOLINT: converts on purpose, as std::function does
      : body_(std::make_unique<Body<std::decay_t<F>>>(std::forward<F>(function))) {}

  [[nodiscard]] explicit operator bool() const noexcept { return body_ != nullptr; }
  R operator()(Args... args) {
    ASSIST_CHECK(body_ != nullptr);
    return body_->Call(std::forward<Args>(args)...);
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual R Call(Args... args) = 0;
  };
  template <class F>
  struct Body final : Base {
    template <class G>
    explicit Body(G&& g) : function(std::forward<G>(g)) {}
    R Call(Args... args) override { return function(std::forward<Args>(args)...); }
    F function;
  };
  std::unique_ptr<Base> body_;
};

}  // namespace assist
