// A coroutine on a shard, waited for by a thread that is none.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <future>
#include <optional>
#include <utility>

namespace assist::server::service {

namespace asio = boost::asio;

/// Runs `work` on `executor` and blocks until it has ended; throws what it throws.
template <class T>
T RunOn(asio::any_io_executor executor, asio::awaitable<T> work) {
  std::promise<std::optional<T>> promise;
  asio::co_spawn(executor, std::move(work), [&promise](std::exception_ptr error, T result) {
    if (error) {
      promise.set_exception(error);
    } else {
      promise.set_value(std::optional<T>(std::move(result)));
    }
  });
  return std::move(*promise.get_future().get());
}

inline void RunOn(asio::any_io_executor executor, asio::awaitable<void> work) {
  std::promise<void> promise;
  asio::co_spawn(executor, std::move(work), [&promise](std::exception_ptr error) {
    if (error) {
      promise.set_exception(error);
    } else {
      promise.set_value();
    }
  });
  promise.get_future().get();
}

}  // namespace assist::server::service
