// Runs an io_context for a test whose time is a ManualClock: everything that can happen happens, time passes only when
// the test says so. Real time bounds how long is waited for the system's sockets.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/async/manual_clock.h"
#include "common/async/scope.h"
#include "common/base/random.h"
#include "common/log/log.h"

namespace assist::test {

class TestLoop {
 public:
  [[nodiscard]] asio::any_io_executor executor() { return io_.get_executor(); }

  /// False when `done` did not become true within some real seconds.
  [[nodiscard]] bool RunUntil(const std::function<bool()>& done) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      io_.restart();
      if (io_.poll() > 0) continue;
      io_.run_one_for(std::chrono::milliseconds(2));
      if (time_passes) clock.Advance(std::chrono::milliseconds(20));
    }
    return true;
  }
  /// Lets everything happen that can happen now.
  void Settle() {
    for (int quiet = 0; quiet < 5;) {
      io_.restart();
      quiet = io_.poll() == 0 ? quiet + 1 : 0;
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(2));
    }
  }
  void Advance(std::chrono::milliseconds by) {
    clock.Advance(by);
    Settle();
  }
  /// Runs a coroutine to its end; the test program ends when it does not come.
  template <class T>
  T Wait(asio::awaitable<T> work) {
    std::optional<T> result;
    scope.Spawn("test", Keep<T>(std::move(work), result));
    ASSIST_CHECK(RunUntil([&] { return result.has_value(); }));
    return std::move(*result);
  }
  void Wait(asio::awaitable<void> work) {
    bool done = false;
    scope.Spawn("test", Mark(std::move(work), done));
    ASSIST_CHECK(RunUntil([&] { return done; }));
  }

 private:
  asio::io_context io_;

 public:
  ManualClock clock;
  SeededRandom random{11};
  Log log;
  bool time_passes = false;  ///< RunUntil() lets time pass while nothing happens.
  std::vector<std::string> escaped;
  Scope scope{io_.get_executor(), [this](std::string_view name, std::string_view what) {
                escaped.push_back(std::string(name) + ": " + std::string(what));
              }};

 private:
  template <class T>
  static asio::awaitable<void> Keep(asio::awaitable<T> work, std::optional<T>& result) {
    T value = co_await std::move(work);
    result.emplace(std::move(value));
  }
  static asio::awaitable<void> Mark(asio::awaitable<void> work, bool& done) {
    co_await std::move(work);
    done = true;
  }
};

}  // namespace assist::test
