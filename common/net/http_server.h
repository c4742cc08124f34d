// An HTTP/1.1 server on one executor (a shard): accepts, shakes hands, reads requests within limits, calls the handler,
// writes answers in order, hands WebSockets over. Owned by service. Every method on the executor.
//
// Answers of its own: 400 malformed, 408 too slow, 413 body, 414 request line, 417 unknown Expect, 426 plain HTTP on a
// TLS port (one line of text and a close), 431 headers, 501 unknown transfer coding, 503 too many large bodies, 505
// version. After each of them the connection is closed. Those about a body are put into words by the handler. When
// max_connections are open, idle ones are closed to make room; if none is idle, nothing is accepted until one ends (new
// ones wait in the kernel's queue).
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
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
#include "common/log/log.h"
#include "common/net/http.h"
#include "common/net/stream.h"
#include "common/net/tcp_listener.h"
#include "common/net/tls_context.h"
#include "common/net/websocket.h"

namespace assist {

/// What a handler wants to remember about a connection derives from this, e.g. the agent that proved itself on it.
struct ConnectionState {
  virtual ~ConnectionState() = default;
};

/// One connection as its handler sees it. Lives as long as the connection; one shard.
class ConnectionInfo {
 public:
  ConnectionInfo(const Stream& stream, std::uint64_t id) : stream_(&stream), id_(id) {}

  /// Unique in this server's life.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] const Peer& peer() const noexcept { return stream_->peer(); }
  [[nodiscard]] bool secure() const noexcept { return stream_->secure(); }
  /// See Stream::KeyingMaterial().
  [[nodiscard]] Result<std::string> KeyingMaterial(std::string_view label, std::size_t size) const {
    return stream_->KeyingMaterial(label, size);
  }
  /// The state that a handler left here, or nullptr when there is none or it is of another type.
  template <class T>
  [[nodiscard]] T* state() const noexcept {
    return dynamic_cast<T*>(state_.get());
  }
  void set_state(std::unique_ptr<ConnectionState> state) noexcept { state_ = std::move(state); }

 private:
  const Stream* stream_;
  std::uint64_t id_;
  std::unique_ptr<ConnectionState> state_;
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  /// One request; the next of this connection comes after the answer. `request` lives until the answer is sent, and may
  /// be emptied. An exception that escapes is logged and answered with 500. For a WebSocket answer with status 101 (see
  /// IsWebSocketUpgrade); headers given are added to the 101.
  virtual asio::awaitable<HttpResponse> Handle(ConnectionInfo& connection, HttpRequest& request) = 0;
  /// The answer, of this status, to a request that the server gives up after its head: its body is too large, late,
  /// malformed, or one large body too many (400, 408, 413, 417, 503). `request` has no body. The connection is closed
  /// after it. As it is here: `why` as a line of text. Must not throw.
  virtual HttpResponse Refuse(const HttpRequest& request, int status, std::string_view why);
  /// After the 101 was sent. The connection ends when this returns. Stop() of the server cancels it.
  virtual asio::awaitable<void> HandleWebSocket(ConnectionInfo& connection, HttpRequest request,
                                                std::unique_ptr<WebSocket> socket);
};

/// Counts request bodies above HttpServer::Options::large_body; one for all shards. Any thread.
class LargeBodyBudget {
 public:
  explicit LargeBodyBudget(int max) : free_(max) {}
  [[nodiscard]] bool TryTake() noexcept;
  void GiveBack() noexcept { free_.fetch_add(1); }
  [[nodiscard]] int free() const noexcept { return free_.load(); }

 private:
  std::atomic<int> free_;
};

class HttpServer {
 public:
  struct Options {
    std::size_t max_request_line = std::size_t{128} << 10;  ///< Bytes; 414 above.
    std::size_t max_headers = std::size_t{16} << 10;        ///< Bytes besides the request line; 431 above.
    std::size_t max_body = std::size_t{16} << 20;           ///< Bytes; 413 above.
    std::size_t large_body = std::size_t{1} << 20;          ///< A body above this takes one of the LargeBodyBudget.
    std::size_t max_connections = 10'000;                   ///< Of this server, WebSockets among them.
    std::chrono::seconds handshake_timeout{10};             ///< From accept to the end of the TLS handshake.
    std::chrono::seconds header_timeout{20};                ///< From a request's first byte to the end of its headers.
    std::chrono::seconds body_timeout{30};                  ///< Plus the time that the body takes at min_rate.
    std::chrono::seconds write_timeout{30};                 ///< Plus the time that the answer takes at min_rate.
    std::size_t min_rate = std::size_t{16} << 10;           ///< Bytes a second; slower peers are given up.
    std::chrono::seconds idle_timeout{100};                 ///< Between requests; stock agents close after 90 s.
    WebSocket::Options websocket;
    LargeBodyBudget* large_bodies = nullptr;  ///< Shared by the shards; nullptr: 64 of its own.
  };
  struct Stats {
    std::uint64_t accepted = 0;
    std::uint64_t requests = 0;
    std::uint64_t refused = 0;  ///< Requests answered by the server itself (400, 413 …).
    std::uint64_t tls_failures = 0;
    std::uint64_t plain_on_tls = 0;
    std::size_t connections = 0;  ///< Open now.
    std::size_t websockets = 0;   ///< Of these.
  };

  /// `tls` nullptr: plain HTTP. All references outlive this.
  HttpServer(TcpListener listener, TlsServerContext* tls, HttpHandler& handler, Clock& clock, Random& random, Log& log,
             const Options& options);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void Start();
  /// Accepts no more at once, closes idle connections, lets running requests end until `deadline`, then cancels what is
  /// left (WebSockets that their handler has not closed by then too). Nothing of this runs after it returns.
  asio::awaitable<void> Stop(SteadyTime deadline);

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] Stats stats() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assist
