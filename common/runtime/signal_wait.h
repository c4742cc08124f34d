// Waiting for the signals that end a program.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

namespace assist {

namespace asio = boost::asio;

/// SIGTERM and SIGINT, which have no other effect while this lives: none is missed between two waits.
class StopSignals {
 public:
  explicit StopSignals(const asio::any_io_executor& executor);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The number of the next one; 0 when cancelled. One at a time, on the executor.
  asio::awaitable<int> Next();

 private:
  struct Set;
  std::unique_ptr<Set> set_;
};

/// The number of the first SIGTERM or SIGINT after the call; 0 when cancelled. Runs on the coroutine's executor. While
/// it waits, the signals have no other effect.
asio::awaitable<int> WaitForStopSignal();

}  // namespace assist
