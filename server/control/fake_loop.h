// For tests: runs coroutines, the pools of a fake server and a clock that is moved by hand, until nothing is left to
// do.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "server/control/fake_server.h"
#include "server/control/runner.h"

namespace assist::server::control {

class LoopTest : public ControlTest {
 protected:
  LoopTest() : runner_({*store_, clock_, random_, settings_, presence_, waker_, notes_}) {}

  /// Everything that can run now.
  void Settle() {
    for (;;) {
      io_.restart();
      const std::size_t handlers = io_.poll();
      if (handlers + writer_.RunAll() + readers_.RunAll() == 0) return;
    }
  }
  void Pass(std::chrono::microseconds time) {
    clock_.Advance(time);
    Settle();
  }
  /// Runs `work` to its end; it must end without the clock.
  template <class T>
  T Await(asio::awaitable<T> work) {
    std::optional<T> out;
    asio::co_spawn(io_, std::move(work), [&out](std::exception_ptr error, T value) {
      EXPECT_FALSE(error);
      out.emplace(std::move(value));
    });
    Settle();
    if (!out) throw std::runtime_error("the coroutine waits for something that does not come");
    return std::move(*out);
  }

  asio::io_context io_;
  Runner runner_;
};

}  // namespace assist::server::control
