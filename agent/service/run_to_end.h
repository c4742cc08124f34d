// A coroutine at the command line.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

namespace assist::agent::service {

/// Runs it to its end in this thread. T can be made without arguments (std::optional).
template <class T>
T RunToEnd(boost::asio::awaitable<T> work) {
  boost::asio::io_context io(1);
  std::optional<T> out;
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr error, T result) {
    thrown = error;
    out.emplace(std::move(result));
    io.stop();  // timers of requests that were answered have nobody left to tell
  });
  io.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*out);
}

}  // namespace assist::agent::service
