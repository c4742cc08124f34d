// Tells systemd how the program is doing: datagrams to the socket that NOTIFY_SOCKET names (sd_notify(3), "Notes": the
// protocol is stable and small). Without the variable nothing is told. Any thread; never blocks.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "common/async/clock.h"

namespace assist {

class ServiceNotifier {
 public:
  /// What systemd put into the environment of this process: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID.
  static ServiceNotifier FromEnvironment();
  /// `socket`: a path, or '@' and a name (abstract); empty: nobody listens. `watchdog`: 0: nobody watches.
  ServiceNotifier(std::string socket, std::chrono::microseconds watchdog)
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  /// It serves from now on.
  void Ready() const { Tell("READY=1"); }
  void Stopping() const { Tell("STOPPING=1"); }
  /// One sign of life.
  void Alive() const { Tell("WATCHDOG=1"); }

  /// A sign of life is due at least so often, half of what the watchdog allows; 0: nobody watches.
  [[nodiscard]] std::chrono::microseconds period() const noexcept { return watchdog_ / 2; }
  /// Gives signs of life from the executor it runs on, until cancelled; returns at once when nobody watches.
  asio::awaitable<void> KeepTelling(Clock& clock) const;

 private:
  void Tell(std::string_view message) const;

  std::string socket_;
  std::chrono::microseconds watchdog_;
};

/// WATCHDOG_USEC for this process, from the variables as they stand (null: not set) and its pid; 0: not meant, or no
/// number (sd_watchdog_enabled(3)).
[[nodiscard]] std::chrono::microseconds WatchdogOf(const char* microseconds, const char* for_pid, long own_pid);

}  // namespace assist
