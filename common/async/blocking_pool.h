// Port: where code may block (SQL, files, DNS, hashing). The real one is a set of threads (common/runtime), the
// simulator runs the work as an event of its own. Full: TrySubmit() answers false and drops the work.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <type_traits>

#include "common/async/completion.h"
#include "common/base/unique_function.h"

namespace assist {

class BlockingPool {
 public:
  virtual ~BlockingPool() = default;
  /// Any thread. `work` runs later on a thread of the pool.
  virtual void Submit(UniqueFunction<void()> work) = 0;

  /// Runs `function` in the pool and resumes the caller on its own executor with what it returned. `function` must not
  /// throw and takes what it needs by value: the coroutine may be gone when it runs.
  template <class F>
  asio::awaitable<std::invoke_result_t<F&>> Run(F function) {
    using R = std::invoke_result_t<F&>;
    if constexpr (std::is_void_v<R>) {
      UniqueFunction<void(Completion<>)> start = [this, &function](Completion<> done) {
        Submit([function = std::move(function), done = std::move(done)]() mutable {
          function();
          done();
        });
      };
      co_await Await<>(std::move(start));
    } else {
      UniqueFunction<void(Completion<std::optional<R>>)> start = [this, &function](Completion<std::optional<R>> done) {
        Submit([function = std::move(function), done = std::move(done)]() mutable {
          std::optional<R> result(function());
          done(std::move(result));
        });
      };
      std::optional<R> result = co_await Await<std::optional<R>>(std::move(start));
      co_return std::move(*result);
    }
  }
};

}  // namespace assist
