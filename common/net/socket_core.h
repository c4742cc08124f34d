// A non-blocking TCP socket, its two deadlines and the one timer behind them; private to common/net. What the plain
// stream and the TLS stream share. One executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "common/async/clock.h"
#include "common/net/stream.h"

namespace assist::net_internal {

using Socket = asio::ip::tcp::socket;

enum class Direction : unsigned char { kRead = 0, kWrite = 1 };

class SocketCore {
 public:
  SocketCore(Socket socket, Clock& clock);

  /// Until the socket is readable or writable (`what`), at most until the deadline of `whose`. The coroutine may be
  /// destroyed while it waits; nothing of this is touched then.
  asio::awaitable<Status> Wait(Direction what, Direction whose);
  /// Now and then lets the executor's other work run: call it after a read or write that did not wait, so that a fast
  /// peer does not hold the shard.
  asio::awaitable<void> Breathe();
  [[nodiscard]] bool NeedsBreath() noexcept { return ++streak_ >= kStreak; }
  void SetDeadline(Direction direction, SteadyTime when);
  void Close() noexcept;

  [[nodiscard]] Socket& socket() noexcept { return socket_; }
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  [[nodiscard]] const Peer& peer() const noexcept { return peer_; }
  [[nodiscard]] Clock& clock() noexcept { return clock_; }
  /// A failure as Result carries it.
  [[nodiscard]] Error Failure(const boost::system::error_code& error) const;

 private:
  void Arm();
  void OnTimer();
  [[nodiscard]] bool Passed(Direction direction) const;

  Clock& clock_;
  Socket socket_;
  Peer peer_;
  SteadyTime deadline_[2] = {kNoDeadline, kNoDeadline};
  unsigned waiting_[2] = {0, 0};
  // Fires at or before the nearest deadline and looks again, so that moving a deadline on costs nothing.
  std::unique_ptr<Timer> timer_;
  SteadyTime timer_at_ = kNoDeadline;
  static constexpr unsigned kStreak = 32;
  unsigned streak_ = 0;  // operations since the last wait
  bool closed_ = false;
};

}  // namespace assist::net_internal
