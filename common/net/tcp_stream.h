// TCP sockets as Streams: plain, and TLS as an OpenSSL object on the socket itself with released buffers, which costs
// an idle connection far less memory than asio::ssl::stream (docs/adr/0002-own-websocket-frames.md has the reasons).
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "common/async/clock.h"
#include "common/net/address.h"
#include "common/net/stream.h"
#include "common/net/tls_context.h"

namespace assist {

/// Takes a connected socket. `clock` outlives the stream.
[[nodiscard]] std::unique_ptr<Stream> MakeTcpStream(asio::ip::tcp::socket socket, Clock& clock);

/// The first byte that the peer sends, left unread; -1 when it closed without one.
asio::awaitable<Result<int>> PeekFirstByte(Stream& tcp_stream);

/// Runs the server's side of the handshake on a stream of MakeTcpStream().
asio::awaitable<Result<std::unique_ptr<Stream>>> AcceptTls(std::unique_ptr<Stream> tcp_stream,
                                                           TlsServerContext& context, SteadyTime deadline);
/// Runs the client's side and checks the server's certificate for `host` (name or IP address). Errors carry a reason
/// of tls_context.h.
asio::awaitable<Result<std::unique_ptr<Stream>>> ConnectTls(std::unique_ptr<Stream> tcp_stream,
                                                            const TlsClientContext& context, std::string host,
                                                            SteadyTime deadline);

/// Resolves and connects, trying each address until `deadline`.
asio::awaitable<Result<std::unique_ptr<Stream>>> ConnectTcp(HostPort server, Clock& clock, SteadyTime deadline);

}  // namespace assist
