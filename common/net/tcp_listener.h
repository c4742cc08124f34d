// Listening TCP sockets. Made anywhere, then used on the executor they were made for.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/net/address.h"

namespace assist {

namespace asio = boost::asio;

class TcpListener {
 public:
  /// Binds and listens. `address.host` is an IP address, `localhost` (127.0.0.1) or `*` (IPv6 and IPv4); port 0
  /// lets the system choose. kConflict when somebody else listens there, kDenied when the port needs rights, kInvalid
  /// for a bad address.
  static Result<TcpListener> Open(asio::any_io_executor executor, const HostPort& address);
  /// One listener for each executor, all on the same port (SO_REUSEPORT; the kernel spreads the connections). Refuses a
  /// port on which another program listens, although SO_REUSEPORT alone would share it.
  static Result<std::vector<TcpListener>> OpenForEach(const std::vector<asio::any_io_executor>& executors,
                                                      const HostPort& address);

  /// The next connection. kUnavailable when the process or the system has no descriptors left (try again later) or the
  /// coroutine was cancelled; kInternal when the listener is closed.
  asio::awaitable<Result<asio::ip::tcp::socket>> Accept();
  /// Until Accept() would not wait. Errors as above.
  asio::awaitable<Status> WaitForConnection();
  void Close() noexcept;

  [[nodiscard]] asio::any_io_executor executor() { return acceptor_.get_executor(); }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  TcpListener(asio::ip::tcp::acceptor acceptor, std::uint16_t port) : acceptor_(std::move(acceptor)), port_(port) {}
  static Result<TcpListener> Listen(Result<asio::ip::tcp::acceptor> acceptor, const std::string& name);
  [[nodiscard]] Error Failure(const boost::system::error_code& error) const;
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
};

}  // namespace assist
