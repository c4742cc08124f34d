#include "common/net/tcp_listener.h"

#if !defined(_WIN32)
#include <sys/socket.h>
#endif

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace assist {
namespace {

using asio::ip::tcp;
#if defined(SO_REUSEPORT)
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
#endif

// Connections that wait to be accepted. A storm of agents that come back fits; the kernel's own limit may be lower.
constexpr int kBacklog = 4096;

tl::unexpected<Error> Refuse(const std::string& name, const boost::system::error_code& error) {
  const std::string detail = "cannot listen on " + name + ": " + error.message();
  if (error == asio::error::address_in_use) return Fail(Errc::kConflict, detail);
  if (error == asio::error::access_denied) return Fail(Errc::kDenied, detail);
  if (error == asio::error::no_descriptors) return Fail(Errc::kUnavailable, detail);
  return Fail(Errc::kInvalid, detail);
}

Result<tcp::endpoint> ToEndpoint(const HostPort& address) {
  if (address.host == "*") return tcp::endpoint(asio::ip::address_v6::any(), address.port);
  if (address.host == "localhost") return tcp::endpoint(asio::ip::address_v4::loopback(), address.port);
  boost::system::error_code error;
  const auto ip = asio::ip::make_address(address.host, error);
  if (error) {
    return Fail(Errc::kInvalid,
                "cannot listen on " + FormatHostPort(address) + ": it must be an IP address, localhost or *");
  }
  return tcp::endpoint(ip, address.port);
}

Result<tcp::acceptor> BindTo(const asio::any_io_executor& executor, const tcp::endpoint& where, const std::string& name,
                             bool share) {
  tcp::acceptor acceptor(executor);
  boost::system::error_code error;
  acceptor.open(where.protocol(), error);
  if (error) return Refuse(name, error);
#if defined(SO_REUSEPORT)
  acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && share) acceptor.set_option(ReusePort(true), error);
#else
  // Windows: a port is free at once without a word, and "reuse" there takes it from whoever listens.
  if (share) return Fail(Errc::kInvalid, "cannot listen on " + name + ": this system shares no port between listeners");
#endif
  // IPv4 comes in by the same socket, where the address is the wildcard.
  if (!error && where.address().is_v6()) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.bind(where, error);
  if (error) return Refuse(name, error);
  return acceptor;
}

/// Refuses where somebody else listens.
Result<tcp::acceptor> BindAlone(const asio::any_io_executor& executor, const HostPort& address) {
  auto endpoint = ToEndpoint(address);
  if (!endpoint) return Forward(endpoint);
  auto acceptor = BindTo(executor, *endpoint, FormatHostPort(address), false);
  if (!acceptor && address.host == "*" && acceptor.error().code == Errc::kInvalid) {
    const tcp::endpoint v4(asio::ip::address_v4::any(), address.port);  // a machine without IPv6
    return BindTo(executor, v4, FormatHostPort(address), false);
  }
  return acceptor;
}

}  // namespace

Result<TcpListener> TcpListener::Listen(Result<tcp::acceptor> acceptor, const std::string& name) {
  if (!acceptor) return Forward(acceptor);
  boost::system::error_code error;
  acceptor->listen(kBacklog, error);
  if (error) return Refuse(name, error);
  const auto bound = acceptor->local_endpoint(error);
  if (error) return Refuse(name, error);
  return TcpListener(std::move(*acceptor), bound.port());
}

Result<TcpListener> TcpListener::Open(asio::any_io_executor executor, const HostPort& address) {
  return Listen(BindAlone(executor, address), FormatHostPort(address));
}

Result<std::vector<TcpListener>> TcpListener::OpenForEach(const std::vector<asio::any_io_executor>& executors,
                                                          const HostPort& address) {
  std::vector<TcpListener> all;
  if (executors.empty()) return all;
  tcp::endpoint where;
  {
    // Alone first: this fails where somebody else listens, and finds the port. It does not listen itself: connections
    // that came in then (agents that wait for their server) would be on the port when it is bound again.
    auto probe = BindAlone(executors.front(), address);
    if (!probe) return Forward(probe);
    boost::system::error_code error;
    where = probe->local_endpoint(error);
    if (error) return Refuse(FormatHostPort(address), error);
  }
  for (const auto& executor : executors) {
    auto listener = Listen(BindTo(executor, where, FormatHostPort(address), true), FormatHostPort(address));
    if (!listener) return Forward(listener);
    all.push_back(std::move(*listener));
  }
  return all;
}

Error TcpListener::Failure(const boost::system::error_code& error) const {
  if (error == asio::error::bad_descriptor || !acceptor_.is_open()) return {Errc::kInternal, "the listener is closed"};
  return {Errc::kUnavailable, "cannot accept a connection: " + error.message()};
}

asio::awaitable<Result<tcp::socket>> TcpListener::Accept() {
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
    if (!error) co_return Result<tcp::socket>(std::move(socket));
    if (error == asio::error::connection_aborted || error == asio::error::interrupted) continue;
    co_return tl::unexpected<Error>(Failure(error));
  }
}

asio::awaitable<Status> TcpListener::WaitForConnection() {
  auto [error] = co_await acceptor_.async_wait(asio::socket_base::wait_read, asio::as_tuple(asio::use_awaitable));
  if (error) co_return tl::unexpected<Error>(Failure(error));
  co_return Status();
}

void TcpListener::Close() noexcept {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace assist
