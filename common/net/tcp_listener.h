// Listening TCP sockets. Made anywhere, then used on the executor they were made for.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <vector>

#include "common/base/result.h"
#include "common/net/address.h"

namespace assist {

namespace asio = boost::asio;

class TcpListener {
 public:
  /// Binds and listens. `address.host` is an IP address, `localhost` or `*`; port 0 lets the system choose. kConflict
  /// when somebody else listens there, kDenied when the port needs rights, kInvalid for a bad address.
  static Result<TcpListener> Open(asio::any_io_executor executor, const HostPort& address);
  /// One listener for each executor, all on the same port (SO_REUSEPORT; the kernel spreads the connections). Refuses a
  /// port on which another program listens, although SO_REUSEPORT alone would share it.
  static Result<std::vector<TcpListener>> OpenForEach(const std::vector<asio::any_io_executor>& executors,
                                                      const HostPort& address);

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] asio::ip::tcp::acceptor& acceptor() noexcept { return acceptor_; }

 private:
  TcpListener(asio::ip::tcp::acceptor acceptor, std::uint16_t port) : acceptor_(std::move(acceptor)), port_(port) {}
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
};

}  // namespace assist
