// A WebSocket (RFC 6455), either role, on a Stream; no extensions. Owned by the coroutine that receives. Every method
// on the stream's executor. While idle it holds no buffer: Receive() waits for a readable socket and allocates then.
//
// One coroutine receives; any number may send: frames never interleave. What waits to be written is bounded
// (Options::max_queued_bytes): when full, a send answers kUnavailable with reason kNetFull at once and nothing was
// queued; after any other failure of a send the connection is over.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/base/result.h"
#include "common/net/stream.h"

namespace assist {

/// Error.reason of a send that found the queue full.
inline constexpr std::string_view kNetFull = "net.full";

struct WebSocketMessage {
  enum class Kind : std::uint8_t { kText, kBinary, kPong, kPing };
  Kind kind = Kind::kText;
  std::string payload;  ///< UTF-8 is not checked.
};

/// Close codes of RFC 6455 section 7.4.1.
enum class WebSocketCloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kNoStatus = 1005,  ///< Never sent: the peer closed without a code.
  kAbnormal = 1006,  ///< Never sent: the connection went away without a close frame.
  kPolicy = 1008,
  kTooBig = 1009,
  kInternal = 1011,
  kTryAgainLater = 1013,
};

class WebSocket {
 public:
  enum class Role : std::uint8_t { kServer, kClient };
  struct Options {
    std::size_t max_message = std::size_t{1} << 20;         ///< Bytes of a received message; more closes with 1009.
    std::size_t max_queued_bytes = std::size_t{256} << 10;  ///< Bytes that wait to be written.
    std::chrono::seconds write_timeout{30};                 ///< A peer that takes nothing for so long is given up.
    bool deliver_pongs = false;                             ///< True: Receive() returns pongs too (kind kPong).
    bool deliver_pings = false;                             ///< True: and pings, after they were answered (kind kPing).
  };

  /// `stream` after the handshake; `already_read`: bytes that came behind it. `random` gives the masks of a client (any
  /// thread or the executor's); clock and random outlive this.
  WebSocket(std::shared_ptr<Stream> stream, std::string already_read, Role role, Clock& clock, Random& random,
            const Options& options);
  ~WebSocket();
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  /// The next message; pings are answered inside. Fails with kUnavailable when the peer closed or the connection is
  /// gone (close_code() tells), kExpired when the read deadline passed (the WebSocket stays usable), kInvalid or
  /// kTooLarge after a protocol error, which has been answered with a close frame.
  asio::awaitable<Result<WebSocketMessage>> Receive();

  /// Returns when the frame was handed to the system.
  asio::awaitable<Status> SendText(std::string payload);
  asio::awaitable<Status> SendBinary(std::string payload);
  /// `payload` is cut to 125 bytes.
  asio::awaitable<Status> Ping(std::string payload);
  /// Sends a close frame; no send succeeds after it. Receive() then goes on until the peer's answer; who does not want
  /// to wait destroys this.
  asio::awaitable<Status> Close(WebSocketCloseCode code, std::string reason);
  /// Ends the connection at once; a waiting Receive() or Send fails. May be called from another coroutine.
  void Abort() noexcept;

  /// When Receive() gives up; kNoDeadline by default. Say it anew after each message. Costs a timer while set.
  void SetReceiveDeadline(SteadyTime when);

  /// Why it ended: the peer's code, kNoStatus when it gave none, our own after a protocol error; kAbnormal while it is
  /// open, and when the connection went without a word.
  [[nodiscard]] std::uint16_t close_code() const noexcept;
  /// True while sends can succeed.
  [[nodiscard]] bool open() const noexcept;
  /// Counts every frame of the peer, pings and pongs too: a sign of life.
  [[nodiscard]] std::uint64_t frames_received() const noexcept;
  [[nodiscard]] const Peer& peer() const noexcept;
  [[nodiscard]] asio::any_io_executor executor() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace assist
