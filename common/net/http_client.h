// An HTTP/1.1 client's connection: one request at a time, kept alive between them, may become a WebSocket. Owned by its
// user, who keeps pools if wanted. Every method on the executor of the coroutine that connected.
//
// Errors: kUnavailable (cannot connect, closed), kExpired (deadline), kDenied (TLS does not trust the server), kInvalid
// (the answer is no HTTP), kTooLarge; Error.reason is one of tls_context.h where it names the cause. After any error
// the connection is of no more use (usable() is false).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/async/clock.h"
#include "common/base/random.h"
#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/net/address.h"
#include "common/net/http.h"
#include "common/net/stream.h"
#include "common/net/tls_context.h"
#include "common/net/websocket.h"

namespace assist {

/// An HTTP proxy (`http://user:password@host:port`), used by CONNECT.
struct HttpProxy {
  HostPort address;
  Secret<std::string> user_info;  ///< `user:password`, decoded; empty: none.
};
/// Of a URL such as `http://user:password@10.0.0.1:3128` (percent-encoding in the user part is decoded).
[[nodiscard]] Result<HttpProxy> ParseHttpProxy(std::string_view url);

class HttpConnection {
 public:
  struct Options {
    std::size_t max_response_headers = std::size_t{64} << 10;  ///< Bytes, status line included.
    std::size_t max_response_body = std::size_t{64} << 20;     ///< Bytes; kTooLarge above.
    std::optional<HttpProxy> proxy;                            ///< Not used for loopback hosts.
  };

  /// `tls` nullptr: plain HTTP. The context, clock and random outlive the connection.
  static asio::awaitable<Result<std::unique_ptr<HttpConnection>>> Connect(HostPort server, const TlsClientContext* tls,
                                                                          Clock& clock, Random& random, Options options,
                                                                          SteadyTime deadline);
  /// On a stream that is connected already (tests).
  HttpConnection(std::unique_ptr<Stream> stream, HostPort server, Clock& clock, Random& random, const Options& options);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// Sends and waits for the whole answer. Adds Host and Content-Length. Redirects are not followed. When the
  /// server closed a kept-alive connection in the very moment, the error's reason is kNetClosed: whether the request
  /// was carried out is then not known.
  asio::awaitable<Result<HttpResponse>> Send(HttpRequest request, SteadyTime deadline);
  /// Asks for a WebSocket with `request` (the handshake's headers are added). Any answer but 101 is an error that tells
  /// the status (kDenied for 401 and 403, kNotFound, kUnavailable for 5xx, else kInvalid) and is put into `refusal`.
  /// This object is used up in any case.
  asio::awaitable<Result<std::unique_ptr<WebSocket>>> UpgradeToWebSocket(HttpRequest request,
                                                                         WebSocket::Options options,
                                                                         SteadyTime deadline,
                                                                         HttpResponse* refusal = nullptr);

  /// The next Send() may succeed: nothing failed, and the server said nothing of closing. A look at the socket too:
  /// false when the server has closed it meanwhile.
  [[nodiscard]] bool usable() const noexcept;
  /// Since when no request runs.
  [[nodiscard]] SteadyTime idle_since() const noexcept;
  [[nodiscard]] std::uint64_t requests_sent() const noexcept;
  [[nodiscard]] bool secure() const noexcept;
  [[nodiscard]] const Peer& peer() const noexcept;
  /// See Stream::KeyingMaterial(); there as soon as the connection is.
  [[nodiscard]] Result<std::string> KeyingMaterial(std::string_view label, std::size_t size) const;
  /// Ends it at once; a running Send() fails.
  void Close() noexcept;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace assist
