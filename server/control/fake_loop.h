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
  LoopTest() { MakeRunner(); }
  void MakeRunner() {
    owned_ = std::make_unique<Runner>(Runner::Parts{*store_, clock_, random_, settings_, presence_, waker_, notes_});
  }
  /// Takes what the process had in memory away.
  void Restart() {
    (void)store_->Close();
    Open();
    MakeRunner();
  }

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

  [[nodiscard]] Runner& runner() noexcept { return *owned_; }
  /// Begins `work`, lets `commits` commits of it happen, and takes the store away: every later one fails. Then as
  /// Await().
  template <class T>
  T AwaitWithTheStoreLost(asio::awaitable<T> work, int commits) {
    std::optional<T> out;
    asio::co_spawn(io_, std::move(work), [&out](std::exception_ptr error, T value) {
      EXPECT_FALSE(error);
      out.emplace(std::move(value));
    });
    for (int left = 2 * commits; left > 0 && !out;) {  // of the writer's queue: the job, and the batch that it began
      io_.restart();
      io_.poll();
      readers_.RunAll();
      if (writer_.RunOne()) --left;
    }
    EXPECT_TRUE(store_->Close());
    Settle();
    if (!out) throw std::runtime_error("the coroutine waits for something that does not come");
    return std::move(*out);
  }

  asio::io_context io_;

 private:
  std::unique_ptr<Runner> owned_;
};

}  // namespace assist::server::control
