// The life of one connection: TLS, requests in turn, and the hand-over of WebSockets.
#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <span>
#include <utility>

#include "common/net/http_body.h"
#include "common/net/http_format.h"
#include "common/net/http_server_state.h"
#include "common/net/tcp_stream.h"

namespace assist::net_internal {
namespace {

constexpr std::size_t kHeadRead = 4 * 1024;
constexpr std::size_t kBodyRead = 16 * 1024;
constexpr std::size_t kOneWrite = 64 * 1024;  // smaller answers go out in one piece
constexpr int kTlsHandshakeByte = 0x16;       // RFC 8446, section 5.1
// How long, and for how many bytes, a closed connection is still read, so that the last answer is not lost to a reset.
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::size_t kLingerBytes = std::size_t{4} << 20;

// A place of the LargeBodyBudget.
class LargeBodyPlace {
 public:
  LargeBodyPlace() = default;
  LargeBodyPlace(const LargeBodyPlace&) = delete;
  LargeBodyPlace& operator=(const LargeBodyPlace&) = delete;
  ~LargeBodyPlace() { GiveBack(); }
  [[nodiscard]] bool Take(LargeBodyBudget& budget) noexcept {
    if (budget_ != nullptr) return true;
    if (!budget.TryTake()) return false;
    budget_ = &budget;
    return true;
  }
  void GiveBack() noexcept {
    if (budget_ != nullptr) std::exchange(budget_, nullptr)->GiveBack();
  }

 private:
  LargeBodyBudget* budget_ = nullptr;
};

class Connection {
 public:
  Connection(std::shared_ptr<ServerState> server, std::unique_ptr<Stream> stream)
      : server_(std::move(server)), opening_(std::move(stream)) {}
  ~Connection() {
    LeaveIdle();
    if (is_websocket_) --server_->stats.websockets;
    --server_->stats.connections;
    server_->changed.Pulse();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The TLS handshake, or the answer to who does not want one; false: it is over.
  asio::awaitable<bool> Open();
  /// Requests until the end, or until a WebSocket is granted: then the request that asked for it.
  asio::awaitable<std::optional<HttpRequest>> ServeRequests();
  asio::awaitable<void> ServeWebSocket(HttpRequest request);
  /// Says goodbye without losing what was sent last.
  asio::awaitable<void> Linger();

 private:
  enum class Next : unsigned char { kGoOn, kClose, kUpgrade };
  // A request that came whole, or a status to refuse it with, or (0) a connection that is over.
  struct Incoming {
    bool complete = false;
    int refusal = 0;
    std::string why;
  };

  void EnterIdle(Stream& stream) {
    if (!idle_) idle_ = server_->EnterIdle(stream);
  }
  void LeaveIdle() {
    if (idle_) server_->LeaveIdle(*std::exchange(idle_, std::nullopt));
  }
  [[nodiscard]] SteadyTime In(std::chrono::seconds timeout, std::size_t bytes) const {
    const auto allowance =
        std::chrono::microseconds(bytes * 1'000'000 / std::max<std::size_t>(1, server_->options.min_rate));
    return server_->clock.Steady() + timeout + allowance;
  }
  asio::awaitable<bool> AwaitFirstByte();
  asio::awaitable<Incoming> ReadRequest(HttpRequestParser& parser, LargeBodyPlace& place);
  asio::awaitable<Incoming> CheckHead(HttpRequestParser& parser, LargeBodyPlace& place);
  asio::awaitable<Result<std::size_t>> ReadMore(std::size_t size);
  asio::awaitable<HttpResponse> AskHandler(HttpRequest& request);
  asio::awaitable<Next> Answer(ResponseFraming framing, std::string websocket_accept, HttpResponse response);
  asio::awaitable<bool> WriteResponse(HttpResponse response, ResponseFraming framing);
  asio::awaitable<bool> WriteSource(HttpBodySource& source);
  asio::awaitable<void> Refuse(int status, std::string why);
  asio::awaitable<void> Refuse(HttpResponse response);

  const std::shared_ptr<ServerState> server_;
  std::unique_ptr<Stream> opening_;  // before the TLS handshake
  std::shared_ptr<Stream> stream_;   // after it; shared with the WebSocket
  std::optional<ConnectionInfo> info_;
  std::string buffer_;  // read and not yet taken
  std::optional<ServerState::IdleList::iterator> idle_;
  bool is_websocket_ = false;
};

HttpResponse LineOfText(int status, std::string_view text) {
  std::string body(text);
  body += '\n';
  return MakeResponse(status, "text/plain; charset=utf-8", std::move(body));
}

asio::awaitable<bool> Connection::Open() {
  if (server_->tls == nullptr) {
    stream_ = std::move(opening_);
    info_.emplace(*stream_, server_->next_id++);
    co_return true;
  }
  const SteadyTime deadline = In(server_->options.handshake_timeout, 0);
  opening_->SetReadDeadline(deadline);
  EnterIdle(*opening_);  // clients open spare connections and never use them
  auto first = co_await PeekFirstByte(*opening_);
  LeaveIdle();
  if (!first || *first < 0) co_return false;
  if (*first != kTlsHandshakeByte) {
    ++server_->stats.plain_on_tls;
    stream_ = std::move(opening_);
    const bool text = (*first >= 'A' && *first <= 'Z') || (*first >= 'a' && *first <= 'z');
    if (text) co_await Refuse(426, "This port speaks HTTPS: the address must begin with https://");
    co_return false;
  }
  const std::string peer = opening_->peer().address;
  auto secured = co_await AcceptTls(std::move(opening_), *server_->tls, deadline);
  if (!secured) {
    ++server_->stats.tls_failures;
    server_->log.Debug("http.tls", {{"peer", peer}, {"what", secured.error().detail}});
    co_return false;
  }
  stream_ = std::move(*secured);
  info_.emplace(*stream_, server_->next_id++);
  co_return true;
}

// Idle: nothing is buffered, and the connection may be closed at any time.
asio::awaitable<bool> Connection::AwaitFirstByte() {
  if (!buffer_.empty()) co_return true;
  buffer_ = std::string();
  if (server_->stopping) co_return false;
  stream_->SetReadDeadline(In(server_->options.idle_timeout, 0));
  EnterIdle(*stream_);
  Status readable = co_await stream_->WaitReadable();
  LeaveIdle();
  co_return readable.has_value();
}

asio::awaitable<Result<std::size_t>> Connection::ReadMore(std::size_t size) {
  const std::size_t old = buffer_.size();
  buffer_.resize(old + size);
  const std::span<char> into(buffer_.data() + old, size);
  auto n = co_await stream_->ReadSome(into);
  buffer_.resize(old + (n ? *n : 0));
  co_return n;
}

// What has to be decided between header and body.
asio::awaitable<Connection::Incoming> Connection::CheckHead(HttpRequestParser& parser, LargeBodyPlace& place) {
  Incoming incoming;
  if (parser.content_length().value_or(0) > server_->options.large_body && !place.Take(server_->large_bodies)) {
    incoming.refusal = 503;
    incoming.why = "Too many large requests at once, try again later";
    co_return incoming;
  }
  const std::string* expect = parser.request().headers.Find("Expect");
  if (expect == nullptr || parser.request().minor_version == 0) co_return incoming;
  if (!SameHeaderName(*expect, "100-continue")) {
    incoming.refusal = 417;
    incoming.why = "The only expectation understood is 100-continue";
  } else if (parser.expects_body() && buffer_.empty()) {
    stream_->SetWriteDeadline(In(server_->options.write_timeout, 0));
    (void)co_await stream_->Write("HTTP/1.1 100 Continue\r\n\r\n");  // a failure shows when the body is read
  }
  co_return incoming;
}

asio::awaitable<Connection::Incoming> Connection::ReadRequest(HttpRequestParser& parser, LargeBodyPlace& place) {
  Incoming incoming;
  const auto& options = server_->options;
  SteadyTime body_start{};
  stream_->SetReadDeadline(In(options.header_timeout, 0));
  for (;;) {
    auto progress = parser.Put(buffer_);
    if (!progress) {
      incoming.refusal = parser.error_status();
      incoming.why = std::move(progress.error().detail);
      co_return incoming;
    }
    if (*progress == HttpProgress::kDone) {
      incoming.complete = true;
      co_return incoming;
    }
    if (*progress == HttpProgress::kHead) {
      body_start = server_->clock.Steady();
      incoming = co_await CheckHead(parser, place);
      if (incoming.refusal != 0) co_return incoming;
      continue;
    }
    if (parser.head_done()) {
      if (parser.body_size() > options.large_body && !place.Take(server_->large_bodies)) {
        incoming.refusal = 503;
        incoming.why = "Too many large requests at once, try again later";
        co_return incoming;
      }
      const auto allowance =
          std::chrono::microseconds(parser.body_size() * 1'000'000 / std::max<std::size_t>(1, options.min_rate));
      stream_->SetReadDeadline(body_start + options.body_timeout + allowance);
    }
    auto n = co_await ReadMore(parser.head_done() ? kBodyRead : kHeadRead);
    if (!n && n.error().code == Errc::kExpired) {
      incoming.refusal = 408;
      incoming.why = "The request did not come in time";
    }
    if (!n || *n == 0) co_return incoming;
  }
}

asio::awaitable<bool> Connection::WriteResponse(HttpResponse response, ResponseFraming framing) {
  const std::string date = server_->Date();
  framing.date = date;
  std::string head = FormatResponseHead(response, framing);
  const bool with_body = !framing.to_head && MayHaveBody(response.status);
  stream_->SetWriteDeadline(In(server_->options.write_timeout, head.size() + response.body.size()));
  if (response.source) {
    Status told = co_await stream_->Write(head);
    if (!told || !with_body) co_return told.has_value();
    const bool whole = co_await WriteSource(*response.source);
    co_return whole;
  }
  const bool together = with_body && response.body.size() <= kOneWrite;
  if (together) head += response.body;
  Status written = co_await stream_->Write(head);
  if (written && with_body && !together) written = co_await stream_->Write(response.body);
  co_return written.has_value();
}

asio::awaitable<bool> Connection::WriteSource(HttpBodySource& source) {
  std::string piece;
  // One time for the whole: a peer that takes a byte now and then holds a file open no longer than min_rate allows.
  stream_->SetWriteDeadline(In(server_->options.write_timeout, source.size()));
  for (std::uint64_t left = source.size(); left > 0; left -= piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, kOneWrite)));
    Status read = co_await source.Read(piece);
    if (!read) {
      server_->log.Warn("http.body", {{"why", read.error().detail}, {"left", left}});
      co_return false;
    }
    Status written = co_await stream_->Write(piece);
    if (!written) co_return false;
  }
  co_return true;
}

asio::awaitable<void> Connection::Refuse(int status, std::string why) {
  HttpResponse response = LineOfText(status, why);
  if (status == 426) response.headers.Add("Upgrade", "TLS/1.2, HTTP/1.1");
  return Refuse(std::move(response));
}

asio::awaitable<void> Connection::Refuse(HttpResponse response) {
  ++server_->stats.refused;
  if (response.status == 503) response.headers.Set("Retry-After", "1");
  ResponseFraming framing;
  framing.keep_alive = false;
  const bool written = co_await WriteResponse(std::move(response), framing);
  if (written) co_await Linger();
}

asio::awaitable<void> Connection::Linger() {
  const SteadyTime deadline = server_->clock.Steady() + kLingerTime;
  stream_->SetReadDeadline(deadline);
  stream_->SetWriteDeadline(deadline);
  EnterIdle(*stream_);
  Status shut = co_await stream_->ShutdownWrite();
  std::size_t dropped = 0;
  while (shut && dropped < kLingerBytes) {
    buffer_.clear();
    auto n = co_await ReadMore(kBodyRead);
    if (!n || *n == 0) break;
    dropped += *n;
  }
  LeaveIdle();
  stream_->Close();
}

asio::awaitable<HttpResponse> Connection::AskHandler(HttpRequest& request) {
  std::string what;
  try {
    co_return co_await server_->handler.Handle(*info_, request);
  } catch (const boost::system::system_error& e) {
    if (e.code() == asio::error::operation_aborted) throw;  // the server is being stopped
    what = e.what();
  } catch (const std::exception& e) {
    what = e.what();
  }
  server_->log.Error("http.handler", {{"method", request.method}, {"what", what}});
  co_return LineOfText(500, "Internal error");
}

asio::awaitable<Connection::Next> Connection::Answer(ResponseFraming framing, std::string websocket_accept,
                                                     HttpResponse response) {
  if (response.status == 101 && !websocket_accept.empty()) {
    response.headers.Set("Upgrade", "websocket");
    response.headers.Set("Connection", "Upgrade");
    response.headers.Set("Sec-WebSocket-Accept", std::move(websocket_accept));
    response.body.clear();
    response.source.reset();
    const bool granted = co_await WriteResponse(std::move(response), framing);
    co_return granted ? Next::kUpgrade : Next::kClose;
  }
  if (response.status == 101) {
    response = LineOfText(426, "This address speaks WebSocket, version 13");
    response.headers.Add("Upgrade", "websocket");
    response.headers.Add("Sec-WebSocket-Version", "13");
  } else if (response.status < 200 || response.status > 999) {
    server_->log.Error("http.handler", {{"status", response.status}});
    response = LineOfText(500, "Internal error");
  }
  framing.keep_alive = framing.keep_alive && !server_->stopping && !response.headers.HasToken("Connection", "close");
  const bool goes_on = framing.keep_alive;
  const bool written = co_await WriteResponse(std::move(response), framing);
  if (!written) co_return Next::kClose;
  if (!goes_on) co_await Linger();
  co_return goes_on ? Next::kGoOn : Next::kClose;
}

asio::awaitable<std::optional<HttpRequest>> Connection::ServeRequests() {
  for (;;) {
    const bool began = co_await AwaitFirstByte();
    if (!began) co_return std::nullopt;
    HttpRequestParser parser(server_->limits);
    LargeBodyPlace place;
    Incoming incoming = co_await ReadRequest(parser, place);
    if (!incoming.complete) {
      if (incoming.refusal != 0 && parser.head_done()) {
        HttpResponse response = server_->handler.Refuse(parser.request(), incoming.refusal, incoming.why);
        response.status = incoming.refusal;
        co_await Refuse(std::move(response));
      } else if (incoming.refusal != 0) {
        co_await Refuse(incoming.refusal, std::move(incoming.why));
      }
      co_return std::nullopt;
    }
    ++server_->stats.requests;
    if (buffer_.empty()) buffer_ = std::string();  // the handler may take its time
    HttpRequest& request = parser.request();
    ResponseFraming framing;  // before the handler, which may empty the request
    framing.keep_alive = parser.keep_alive();
    framing.minor_version = request.minor_version;
    framing.to_head = request.method == "HEAD";
    std::string accept;
    if (IsWebSocketUpgrade(request)) accept = WebSocketAccept(request.headers.Get("Sec-WebSocket-Key"));
    HttpResponse response = co_await AskHandler(request);
    request.body = std::string();
    place.GiveBack();
    const Next next = co_await Answer(framing, std::move(accept), std::move(response));
    if (next == Next::kClose) co_return std::nullopt;
    if (next == Next::kUpgrade) co_return std::optional<HttpRequest>(std::move(request));
  }
}

asio::awaitable<void> Connection::ServeWebSocket(HttpRequest request) {
  stream_->SetReadDeadline(kNoDeadline);
  stream_->SetWriteDeadline(kNoDeadline);
  auto socket = std::make_unique<WebSocket>(stream_, std::exchange(buffer_, {}), WebSocket::Role::kServer,
                                            server_->clock, server_->random, server_->options.websocket);
  ++server_->stats.websockets;
  is_websocket_ = true;
  return server_->handler.HandleWebSocket(*info_, std::move(request), std::move(socket));
}

}  // namespace

asio::awaitable<void> ServeConnection(std::shared_ptr<ServerState> server, std::unique_ptr<Stream> stream) {
  Connection connection(server, std::move(stream));
  server.reset();
  const bool open = co_await connection.Open();
  if (!open) co_return;
  auto upgraded = co_await connection.ServeRequests();
  if (!upgraded) co_return;
  co_await connection.ServeWebSocket(std::move(*upgraded));
  upgraded.reset();
  co_await connection.Linger();
}

}  // namespace assist::net_internal
