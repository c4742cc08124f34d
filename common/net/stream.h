// A connection's bytes, plain or TLS. One reader and one writer at a time; every method on the stream's executor.
// Owned by whoever reads it (server connection, HttpConnection, WebSocket); must outlive its running operations.
//
// Failures: kExpired when a deadline passed, kUnavailable when the connection is gone (closed here or there, reset) or
// the coroutine was cancelled, kInvalid when the peer broke TLS. Cancelling the waiting coroutine works on every
// method.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/time.h"

namespace assist {

namespace asio = boost::asio;

/// The other end, as the socket sees it (a proxy, if there is one).
struct Peer {
  std::string address;  ///< `127.0.0.1`, `::1`; IPv4 in IPv6 is shown as IPv4.
  std::uint16_t port = 0;
  bool is_loopback = false;
};

inline constexpr SteadyTime kNoDeadline = SteadyTime::max();

class Stream {
 public:
  virtual ~Stream() = default;

  /// Reads at least one byte; 0 is the end (the peer sends no more). `into` is not empty.
  virtual asio::awaitable<Result<std::size_t>> ReadSome(std::span<char> into) = 0;
  /// Writes all of `bytes`, which must live until then. After a failure the stream is of no more use.
  virtual asio::awaitable<Status> Write(std::string_view bytes) = 0;
  /// Returns when ReadSome() would not wait, holding no buffer until then.
  virtual asio::awaitable<Status> WaitReadable() = 0;
  /// Tells the peer that no more comes (TLS close_notify, FIN). Reading goes on. Never waits long.
  virtual asio::awaitable<Status> ShutdownWrite() = 0;
  /// Ends the connection at once; running operations fail with kUnavailable. May be called again.
  virtual void Close() noexcept = 0;

  /// When reads (WaitReadable too) and writes give up; kNoDeadline is what a stream starts with. They hold for running
  /// and later operations until set again.
  virtual void SetReadDeadline(SteadyTime when) = 0;
  virtual void SetWriteDeadline(SteadyTime when) = 0;

  /// A look without waiting: false when the peer has closed, or sent what nobody asked for, while nothing was read.
  [[nodiscard]] virtual bool IsQuiet() noexcept = 0;
  [[nodiscard]] virtual const Peer& peer() const noexcept = 0;
  /// True for TLS.
  [[nodiscard]] virtual bool secure() const noexcept = 0;
  /// `size` bytes bound to this TLS connection, equal on both ends (RFC 5705, RFC 8446 section 7.5; no context).
  /// kInvalid on a plain stream.
  [[nodiscard]] virtual Result<std::string> KeyingMaterial(std::string_view label, std::size_t size) const = 0;
  [[nodiscard]] virtual asio::any_io_executor executor() const = 0;
};

}  // namespace assist
