#include "common/net/socket_core.h"

#if !defined(_WIN32)
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#endif

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#if defined(_WIN32)
#include <mstcpip.h>
#endif

namespace assist::net_internal {
namespace {

constexpr std::size_t Index(Direction direction) noexcept { return static_cast<std::size_t>(direction); }

Peer PeerOf(const Socket& socket) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  Peer peer;
  if (error) return peer;
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  peer.address = address.to_string();
  peer.port = endpoint.port();
  peer.is_loopback = address.is_loopback();
  return peer;
}

#if defined(_WIN32)
/// The options of the other systems came to Windows in 2017; this is older than all that we run on.
void KeepAlive(SOCKET socket) {
  tcp_keepalive values{};
  values.onoff = 1;
  values.keepalivetime = 120'000;     // milliseconds
  values.keepaliveinterval = 20'000;  // of which Windows asks ten times
  DWORD size = 0;
  (void)::WSAIoctl(socket, SIO_KEEPALIVE_VALS, &values, sizeof values, nullptr, 0, &size, nullptr, nullptr);
}
#endif

}  // namespace

SocketCore::SocketCore(Socket socket, Clock& clock)
    : clock_(clock), socket_(std::move(socket)), peer_(PeerOf(socket_)) {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  // A peer that vanished without a word is noticed even when nobody writes.
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
#if defined(_WIN32)
  KeepAlive(socket_.native_handle());
#elif defined(TCP_KEEPIDLE)
  using KeepIdle = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
  using KeepInterval = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
  using KeepCount = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;
  socket_.set_option(KeepIdle(120), ignored);
  socket_.set_option(KeepInterval(20), ignored);
  socket_.set_option(KeepCount(4), ignored);
#endif
}

Error SocketCore::Failure(const boost::system::error_code& error) const {
  if (closed_) return {Errc::kUnavailable, "the connection is closed"};
  return {Errc::kUnavailable, "the connection is gone: " + error.message()};
}

bool SocketCore::Passed(Direction direction) const {
  const SteadyTime deadline = deadline_[Index(direction)];
  return deadline != kNoDeadline && clock_.Steady() >= deadline;
}

asio::awaitable<Status> SocketCore::Wait(Direction what, Direction whose) {
  const auto kind = what == Direction::kRead ? asio::socket_base::wait_read : asio::socket_base::wait_write;
  for (;;) {
    if (closed_) co_return Fail(Errc::kUnavailable, "the connection is closed");
    if (Passed(whose)) {
      co_return Fail(Errc::kExpired,
                     whose == Direction::kRead ? "the peer sent nothing in time" : "the peer took nothing in time");
    }
    streak_ = 0;
    ++waiting_[Index(whose)];
    Arm();
    auto [error] = co_await socket_.async_wait(kind, asio::as_tuple(asio::use_awaitable));
    --waiting_[Index(whose)];
    if (!error) co_return Status();
    if (error != asio::error::operation_aborted || closed_) co_return tl::unexpected<Error>(Failure(error));
    // Aborted by the timer, for this wait or for one of the other direction, or because the coroutine is cancelled.
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return Fail(Errc::kUnavailable, "cancelled");
  }
}

asio::awaitable<void> SocketCore::Breathe() {
  streak_ = 0;
  co_await asio::post(socket_.get_executor(), asio::use_awaitable);
}

void SocketCore::SetDeadline(Direction direction, SteadyTime when) {
  deadline_[Index(direction)] = when;
  if (waiting_[Index(direction)] > 0) Arm();
}

void SocketCore::Arm() {
  if (closed_) return;
  SteadyTime nearest = kNoDeadline;
  for (std::size_t i = 0; i < 2; ++i) {
    if (waiting_[i] > 0) nearest = std::min(nearest, deadline_[i]);
  }
  if (nearest == kNoDeadline || (timer_ != nullptr && timer_at_ <= nearest)) return;
  timer_at_ = nearest;
  timer_ = clock_.CallAt(nearest, socket_.get_executor(), [this] { OnTimer(); });
}

void SocketCore::OnTimer() {
  timer_.reset();
  for (const Direction direction : {Direction::kRead, Direction::kWrite}) {
    if (waiting_[Index(direction)] > 0 && Passed(direction)) {
      boost::system::error_code ignored;
      socket_.cancel(ignored);
      return;  // each wait that was not meant starts, and arms, anew
    }
  }
  Arm();
}

void SocketCore::Close() noexcept {
  closed_ = true;
  timer_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace assist::net_internal
