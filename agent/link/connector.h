// Port: the way to the server, as the link needs it: connections on which requests are answered, and the channel over
// which wakes come. agent/transport fulfils it with sockets, TLS and signatures, the simulator with its own network.
// One executor: that of the agent. Arguments are values, so that a caller may be destroyed while it waits.
//
// Errors of a connect are for people (Error.detail) and for the one who must act; what a connection says beyond
// kUnavailable and kExpired is of no consequence here, but for kClosed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/base/time.h"

namespace assist::agent::link {

namespace asio = boost::asio;

/// Error.reason of Connection::Send(): the connection was closed before a byte of an answer came. Whether the request
/// was carried out is not known; most often it was closed while nobody used it, and was not.
inline constexpr std::string_view kClosed = "link.closed";

struct Request {
  std::string method = "GET";
  std::string target;                                               ///< Path and query.
  std::vector<std::pair<std::string_view, std::string>> headers{};  ///< Names are constants.
  std::string body{};
};
struct Response {
  int status = 200;
  std::string body;
};

/// The channel of wakes (a WebSocket). Destroying it closes it without a word.
class Channel {
 public:
  virtual ~Channel() = default;
  /// The server's next text. kExpired: `deadline` passed, and the channel stays usable; else it is over. One at a time.
  virtual asio::awaitable<Result<std::string>> Receive(SteadyTime deadline) = 0;
  virtual asio::awaitable<Status> SendText(std::string text) = 0;
  virtual asio::awaitable<Status> Ping(std::string payload) = 0;
  /// Says goodbye, while another coroutine receives: that ends with the server's answer.
  virtual asio::awaitable<Status> Close(std::string why) = 0;
  /// False: no send succeeds any more.
  [[nodiscard]] virtual bool open() const = 0;
  /// Everything that came from the server counts, pongs too: a sign of life.
  [[nodiscard]] virtual std::uint64_t frames_received() const = 0;
  /// The server ended it because another connection of this agent has come.
  [[nodiscard]] virtual bool replaced() const = 0;
};

/// One request at a time. Destroying it closes it.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual asio::awaitable<Result<Response>> Send(Request request, SteadyTime deadline) = 0;
  /// Uses the connection up, in any case.
  virtual asio::awaitable<Result<std::unique_ptr<Channel>>> OpenChannel(std::string target, SteadyTime deadline) = 0;
  /// The next Send() may succeed, as far as one can see.
  [[nodiscard]] virtual bool usable() const = 0;
  /// Since when no request runs.
  [[nodiscard]] virtual SteadyTime idle_since() const = 0;
};

class Connector {
 public:
  virtual ~Connector() = default;
  virtual asio::awaitable<Result<std::unique_ptr<Connection>>> Connect(SteadyTime deadline) = 0;
  /// The server's clock minus ours, as far as learnt.
  [[nodiscard]] virtual std::chrono::milliseconds server_ahead() const = 0;
};

}  // namespace assist::agent::link
