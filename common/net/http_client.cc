#include "common/net/http_client.h"

#include <array>
#include <boost/asio/this_coro.hpp>
#include <span>
#include <utility>

#include "common/net/http_format.h"
#include "common/net/http_parser.h"
#include "common/net/tcp_stream.h"

namespace assist {

using net_internal::FormatRequestHead;
using net_internal::HttpLimits;
using net_internal::HttpProgress;
using net_internal::HttpResponseParser;

namespace {

constexpr std::size_t kRead = 16 * 1024;
constexpr std::size_t kOneWrite = 64 * 1024;
constexpr HttpLimits kProxyLimits{.max_line = 8192, .max_headers = 64 * 1024, .max_body = 64 * 1024};

int HexValue(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) return Fail(Errc::kInvalid, "bad percent-encoding in the proxy's user and password");
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

}  // namespace

Result<HttpProxy> ParseHttpProxy(std::string_view url) {
  auto parsed = ParseHttpUrl(url);
  if (!parsed) return Fail(Errc::kInvalid, "the proxy's address must be http://[user:password@]host:port");
  if (parsed->tls) return Fail(Errc::kInvalid, "a proxy is spoken to by http://, not https://");
  auto user_info = PercentDecode(parsed->user_info);
  if (!user_info) return Forward(user_info);
  return HttpProxy{std::move(parsed->server), Secret<std::string>(std::move(*user_info))};
}

namespace {

struct Answer {
  HttpResponse response;
  bool keep_alive = false;
};

// `buffer`: what was read behind the answer.
asio::awaitable<Result<Answer>> ReadAnswer(Stream& stream, std::string& buffer, HttpLimits limits, bool to_head,
                                           bool to_connect) {
  HttpResponseParser parser(limits, to_head, to_connect);
  for (;;) {
    auto progress = parser.Put(buffer);
    if (progress && *progress == HttpProgress::kHead) continue;
    if (progress && *progress == HttpProgress::kMore) {
      const std::size_t old = buffer.size();
      buffer.resize(old + kRead);
      const std::span<char> into(buffer.data() + old, kRead);
      auto n = co_await stream.ReadSome(into);
      buffer.resize(old + (n ? *n : 0));
      if (!n) {
        if (n.error().code == Errc::kUnavailable && !parser.started()) n.error().reason = kNetClosed;
        if (n.error().code == Errc::kExpired) n.error().detail = "the server did not answer in time";
        co_return Forward(n);
      }
      if (*n > 0) continue;
      progress = parser.PutEnd();
      if (!progress && !parser.started()) {
        co_return Fail(Errc::kUnavailable, "the server closed the connection without an answer", kNetClosed);
      }
    }
    if (!progress) co_return Forward(progress);
    if (buffer.empty()) buffer = std::string();
    Answer answer;
    answer.response = std::move(parser.response());
    answer.keep_alive = parser.keep_alive();
    co_return Result<Answer>(std::move(answer));
  }
}

// Asks a proxy to connect to `target`; afterwards the stream is the target's.
asio::awaitable<Status> Tunnel(Stream& stream, HostPort target, const HttpProxy& proxy, SteadyTime deadline) {
  const std::string address = FormatHostPort(target);
  std::string head = "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n";
  if (!proxy.user_info.Reveal().empty()) {
    head += "Proxy-Authorization: Basic " + net_internal::Base64(proxy.user_info.Reveal()) + "\r\n";
  }
  head += "\r\n";
  stream.SetReadDeadline(deadline);
  stream.SetWriteDeadline(deadline);
  Status written = co_await stream.Write(head);
  if (!written) co_return written;
  std::string buffer;
  auto answer = co_await ReadAnswer(stream, buffer, kProxyLimits, false, true);
  if (!answer) co_return Fail(answer.error().code, "the proxy: " + answer.error().detail, kNetProxy);
  const int status = answer->response.status;
  if (status / 100 != 2) {
    co_return Fail(Errc::kUnavailable,
                   "the proxy would not connect to " + address + ": status " + std::to_string(status), kNetProxy);
  }
  if (!buffer.empty()) co_return Fail(Errc::kInvalid, "the proxy said more than it was asked", kNetProxy);
  stream.SetReadDeadline(kNoDeadline);
  stream.SetWriteDeadline(kNoDeadline);
  co_return Status();
}

Errc ReactionTo(int status) noexcept {
  if (status == 401 || status == 403) return Errc::kDenied;
  if (status == 404 || status == 410) return Errc::kNotFound;
  if (status == 429 || status / 100 == 5) return Errc::kUnavailable;
  return Errc::kInvalid;
}

}  // namespace

// Shared with the coroutines that run, so that the connection may be destroyed while they wait.
class HttpConnection::Impl {
 public:
  Impl(std::unique_ptr<Stream> its_stream, HostPort its_server, Clock& its_clock, Random& its_random,
       const Options& its_options)
      : stream(std::move(its_stream)),
        server(std::move(its_server)),
        clock(its_clock),
        random(its_random),
        limits{its_options.max_response_headers, its_options.max_response_headers, its_options.max_response_body},
        idle_since(its_clock.Steady()) {}

  static asio::awaitable<Result<HttpResponse>> Exchange(std::shared_ptr<Impl> self, HttpRequest request,
                                                        SteadyTime deadline);
  static asio::awaitable<Result<std::unique_ptr<WebSocket>>> Upgrade(std::shared_ptr<Impl> self, HttpRequest request,
                                                                     WebSocket::Options options, SteadyTime deadline,
                                                                     HttpResponse* refusal);

  const std::shared_ptr<Stream> stream;
  const HostPort server;
  Clock& clock;
  Random& random;
  const HttpLimits limits;
  std::string buffer;
  SteadyTime idle_since;
  std::uint64_t requests = 0;
  bool usable = true;
};

asio::awaitable<Result<HttpResponse>> HttpConnection::Impl::Exchange(std::shared_ptr<Impl> self, HttpRequest request,
                                                                     SteadyTime deadline) {
  if (!self->usable) co_return Fail(Errc::kUnavailable, "the connection to the server is used up", kNetClosed);
  self->usable = false;  // until the answer is there
  Stream& stream = *self->stream;
  stream.SetReadDeadline(deadline);
  stream.SetWriteDeadline(deadline);
  const bool to_head = request.method == "HEAD";
  std::string head = FormatRequestHead(request, self->server, stream.secure());
  const bool together = request.body.size() <= kOneWrite;
  if (together) head += request.body;
  ++self->requests;
  Status written = co_await stream.Write(head);
  if (written && !together) written = co_await stream.Write(request.body);
  if (!written && written.error().code != Errc::kUnavailable) {
    stream.Close();
    co_return Forward(written);
  }
  request.body = std::string();
  // A server that refuses a large body answers and closes before it has read it all: the answer is there nevertheless.
  auto answer = co_await ReadAnswer(stream, self->buffer, self->limits, to_head, false);
  self->idle_since = self->clock.Steady();
  self->usable = written && answer && answer->keep_alive && self->buffer.empty();
  if (!self->usable) stream.Close();
  if (!answer) co_return Forward(answer);
  co_return Result<HttpResponse>(std::move(answer->response));
}

asio::awaitable<Result<std::unique_ptr<WebSocket>>> HttpConnection::Impl::Upgrade(std::shared_ptr<Impl> self,
                                                                                  HttpRequest request,
                                                                                  WebSocket::Options options,
                                                                                  SteadyTime deadline,
                                                                                  HttpResponse* refusal) {
  if (!std::exchange(self->usable, false)) {
    co_return Fail(Errc::kUnavailable, "the connection to the server is used up", kNetClosed);
  }
  std::array<std::uint8_t, 16> nonce{};
  self->random.Fill(nonce);
  const std::string key = net_internal::Base64({reinterpret_cast<const char*>(nonce.data()), nonce.size()});
  request.method = "GET";
  request.headers.Set("Upgrade", "websocket");
  request.headers.Set("Connection", "Upgrade");
  request.headers.Set("Sec-WebSocket-Version", "13");
  request.headers.Set("Sec-WebSocket-Key", key);
  request.body.clear();
  Stream& stream = *self->stream;
  stream.SetReadDeadline(deadline);
  stream.SetWriteDeadline(deadline);
  const std::string head = FormatRequestHead(request, self->server, stream.secure());
  ++self->requests;
  Status written = co_await stream.Write(head);
  if (!written && written.error().code != Errc::kUnavailable) co_return Forward(written);
  auto answer = co_await ReadAnswer(stream, self->buffer, self->limits, false, false);
  if (!answer) co_return Forward(answer);
  const HttpResponse& response = answer->response;
  const int status = response.status;
  if (status != 101) {
    if (refusal != nullptr) *refusal = std::move(answer->response);
    stream.Close();
    co_return Fail(ReactionTo(status), "the server refused the WebSocket with status " + std::to_string(status));
  }
  if (!response.headers.HasToken("Upgrade", "websocket") || !response.headers.HasToken("Connection", "Upgrade") ||
      response.headers.Get("Sec-WebSocket-Accept") != net_internal::WebSocketAccept(key) ||
      response.headers.Find("Sec-WebSocket-Extensions") != nullptr) {
    stream.Close();
    co_return Fail(Errc::kInvalid, "the server's answer to the WebSocket handshake is wrong");
  }
  stream.SetReadDeadline(kNoDeadline);
  stream.SetWriteDeadline(kNoDeadline);
  co_return std::make_unique<WebSocket>(self->stream, std::exchange(self->buffer, {}), WebSocket::Role::kClient,
                                        self->clock, self->random, options);
}

asio::awaitable<Result<std::unique_ptr<HttpConnection>>> HttpConnection::Connect(HostPort server,
                                                                                 const TlsClientContext* tls,
                                                                                 Clock& clock, Random& random,
                                                                                 Options options, SteadyTime deadline) {
  const bool through_proxy = options.proxy && !IsLoopbackHost(server.host);
  HostPort first = through_proxy ? options.proxy->address : server;
  auto stream = co_await ConnectTcp(std::move(first), clock, deadline);
  if (!stream) {
    if (through_proxy) stream.error().detail = "the proxy: " + stream.error().detail;
    co_return Forward(stream);
  }
  if (through_proxy) {
    Status tunnelled = co_await Tunnel(**stream, server, *options.proxy, deadline);
    if (!tunnelled) co_return Forward(tunnelled);
  }
  if (tls != nullptr) {
    stream = co_await ConnectTls(std::move(*stream), *tls, server.host, deadline);
    if (!stream) co_return Forward(stream);
  }
  co_return std::make_unique<HttpConnection>(std::move(*stream), std::move(server), clock, random, options);
}

HttpConnection::HttpConnection(std::unique_ptr<Stream> stream, HostPort server, Clock& clock, Random& random,
                               const Options& options)
    : impl_(std::make_shared<Impl>(std::move(stream), std::move(server), clock, random, options)) {}

HttpConnection::~HttpConnection() {
  // A stream that became a WebSocket's is no longer ours to close.
  if (impl_->stream.use_count() == 1 || impl_.use_count() > 1) impl_->stream->Close();
}

asio::awaitable<Result<HttpResponse>> HttpConnection::Send(HttpRequest request, SteadyTime deadline) {
  return Impl::Exchange(impl_, std::move(request), deadline);
}

asio::awaitable<Result<std::unique_ptr<WebSocket>>> HttpConnection::UpgradeToWebSocket(HttpRequest request,
                                                                                       WebSocket::Options options,
                                                                                       SteadyTime deadline,
                                                                                       HttpResponse* refusal) {
  return Impl::Upgrade(impl_, std::move(request), options, deadline, refusal);
}

bool HttpConnection::usable() const noexcept { return impl_->usable && impl_->stream->IsQuiet(); }
SteadyTime HttpConnection::idle_since() const noexcept { return impl_->idle_since; }
std::uint64_t HttpConnection::requests_sent() const noexcept { return impl_->requests; }
bool HttpConnection::secure() const noexcept { return impl_->stream->secure(); }
const Peer& HttpConnection::peer() const noexcept { return impl_->stream->peer(); }
Result<std::string> HttpConnection::KeyingMaterial(std::string_view label, std::size_t size) const {
  return impl_->stream->KeyingMaterial(label, size);
}
void HttpConnection::Close() noexcept {
  impl_->usable = false;
  impl_->stream->Close();
}

}  // namespace assist
