#include "common/net/tcp_stream.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "common/base/check.h"
#include "common/net/name_lookup.h"
#include "common/net/plain_stream.h"
#include "common/net/tls_stream.h"

namespace assist {

using asio::ip::tcp;
using net_internal::PlainStream;
using net_internal::SocketCore;
using net_internal::TlsStream;

namespace {

PlainStream& AsPlain(Stream& stream) {
  auto* plain = dynamic_cast<PlainStream*>(&stream);
  ASSIST_CHECK(plain != nullptr);
  return *plain;
}

// One attempt; `socket` is closed when the time is over.
asio::awaitable<boost::system::error_code> TryConnect(tcp::socket& socket, tcp::endpoint endpoint, Clock& clock,
                                                      SteadyTime deadline) {
  auto late = std::make_shared<bool>(false);
  UniqueFunction<void()> give_up = [&socket, late] {
    *late = true;
    boost::system::error_code ignored;
    socket.close(ignored);
  };
  std::unique_ptr<Timer> timer;
  if (deadline != kNoDeadline) timer = clock.CallAt(deadline, socket.get_executor(), std::move(give_up));
  auto [error] = co_await socket.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
  timer.reset();
  if (*late) co_return make_error_code(boost::system::errc::timed_out);
  co_return error;
}

}  // namespace

std::unique_ptr<Stream> MakeTcpStream(tcp::socket socket, Clock& clock) {
  return std::make_unique<PlainStream>(std::make_unique<SocketCore>(std::move(socket), clock));
}

asio::awaitable<Result<int>> PeekFirstByte(Stream& tcp_stream) { return AsPlain(tcp_stream).Peek(); }

asio::awaitable<Result<std::unique_ptr<Stream>>> AcceptTls(std::unique_ptr<Stream> tcp_stream,
                                                           TlsServerContext& context, SteadyTime deadline) {
  auto stream =
      std::make_unique<TlsStream>(AsPlain(*tcp_stream).TakeCore(), context.context(), TlsStream::Role::kServer);
  stream->SetReadDeadline(deadline);
  Status shaken = co_await stream->Handshake("");
  if (!shaken) co_return Forward(shaken);
  stream->SetReadDeadline(kNoDeadline);
  co_return Result<std::unique_ptr<Stream>>(std::move(stream));
}

asio::awaitable<Result<std::unique_ptr<Stream>>> ConnectTls(std::unique_ptr<Stream> tcp_stream,
                                                            const TlsClientContext& context, std::string host,
                                                            SteadyTime deadline) {
  auto stream =
      std::make_unique<TlsStream>(AsPlain(*tcp_stream).TakeCore(), context.context(), TlsStream::Role::kClient);
  stream->SetReadDeadline(deadline);
  Status shaken = co_await stream->Handshake(std::move(host));
  if (!shaken) co_return Forward(shaken);
  stream->SetReadDeadline(kNoDeadline);
  co_return Result<std::unique_ptr<Stream>>(std::move(stream));
}

asio::awaitable<Result<std::unique_ptr<Stream>>> ConnectTcp(HostPort server, Clock& clock, SteadyTime deadline) {
  std::string host = server.host;
  NameLookupOptions options;
  auto addresses = co_await LookUpName(std::move(host), clock, deadline, std::move(options));
  if (!addresses) co_return Forward(addresses);
  const auto executor = co_await asio::this_coro::executor;
  boost::system::error_code last;
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    const SteadyTime now = clock.Steady();
    // A dead address must not use up the time of those behind it.
    SteadyTime until = deadline;
    if (deadline != kNoDeadline) until = now + (deadline - now) / static_cast<std::int64_t>(addresses->size() - i);
    tcp::socket socket(executor);
    const tcp::endpoint endpoint((*addresses)[i], server.port);
    last = co_await TryConnect(socket, endpoint, clock, until);
    if (!last) co_return MakeTcpStream(std::move(socket), clock);
    if (last == asio::error::operation_aborted) break;  // the coroutine is cancelled
  }
  const std::string where = FormatHostPort(server);
  if (last == boost::system::errc::timed_out) {
    co_return Fail(Errc::kExpired, "cannot connect to " + where + ": no answer in time", kNetConnect);
  }
  co_return Fail(Errc::kUnavailable, "cannot connect to " + where + ": " + last.message(), kNetConnect);
}

}  // namespace assist
