// What the socket tests of this room share: an io_context that is run by hand with real sockets, a clock that the test
// moves, certificates, a handler that does what its target says.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/async/event.h"
#include "common/async/manual_clock.h"
#include "common/async/scope.h"
#include "common/crypto/x509.h"
#include "common/log/log_sinks.h"
#include "common/net/http_body.h"
#include "common/net/http_client.h"
#include "common/net/http_server.h"
#include "common/net/tcp_stream.h"

namespace assist {

/// Certificates made once for all tests; OpenSSL looks at the real time.
struct FakeCertificates {
  FakeCertificates();
  static const FakeCertificates& Get() {
    static const FakeCertificates made;
    return made;
  }
  CertificateAndKey ca;
  CertificateAndKey other_ca;
  CertificateAndKey leaf;     ///< For localhost and 127.0.0.1.
  CertificateAndKey renewed;  ///< The same names.
  CertificateAndKey expired;
  CertificateAndKey elsewhere;  ///< For server.example and 10.9.8.7.
  std::string chain;            ///< leaf and ca
};

inline FakeCertificates::FakeCertificates() {
  using std::chrono::hours;
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  ca = MakeCa("Test CA", now - hours(48), hours(24 * 100)).value();
  other_ca = MakeCa("Test CA", now - hours(48), hours(24 * 100)).value();
  LeafRequest request{"localhost", {"localhost"}, {"127.0.0.1"}, hours(24)};
  leaf = MakeLeaf(ca, request, now).value();
  renewed = MakeLeaf(ca, request, now).value();
  expired = MakeLeaf(ca, request, now - hours(25)).value();
  request = {"server.example", {"server.example"}, {"10.9.8.7"}, hours(24)};
  elsewhere = MakeLeaf(ca, request, now).value();
  chain = leaf.certificate_pem + ca.certificate_pem;
}

/// Letters in a row.
class FakeBody final : public HttpBodySource {
 public:
  FakeBody(std::uint64_t size, bool breaks) : size_(size), breaks_(breaks) {}
  [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }
  asio::awaitable<Status> Read(std::span<char> into) override {
    if (breaks_ && given_ > 0) co_return Fail(Errc::kInternal, "the disk is gone");
    for (char& c : into) c = static_cast<char>('a' + given_++ % 23);
    co_return Status();
  }

 private:
  const std::uint64_t size_;
  const bool breaks_;
  std::uint64_t given_ = 0;
};

/// `/hello`, `/echo` (the body), `/target` (the target), `/size` (of the body), `/large` (200,000 bytes), `/throw`,
/// `/wait` (until `go_on`), `/close`, `/odd` (a status that is none), `/inject`, `/export` (keying material), `/count`
/// (requests of this connection), `/ws` (a WebSocket that echoes), `/own-words` (refusals by Refuse()), `/source`,
/// `/huge-source` and `/broken-source` (200,000 bytes and 64 MiB in pieces; the last breaks off after the first).
class FakeHandler final : public HttpHandler {
 public:
  explicit FakeHandler(asio::any_io_executor executor) : go_on(std::move(executor)) {}

  struct Count final : ConnectionState {
    int requests = 0;
  };

  HttpResponse Refuse(const HttpRequest& request, int status, std::string_view why) override {
    if (request.target != "/own-words") return HttpHandler::Refuse(request, status, why);
    return MakeResponse(200, "text/own", request.method + ' ' + std::string(why) + request.body);
  }
  asio::awaitable<HttpResponse> Handle(ConnectionInfo& connection, HttpRequest& request) override {
    seen.push_back(request.method + " " + request.target);
    if (connection.state<Count>() == nullptr) connection.set_state(std::make_unique<Count>());
    const int count = ++connection.state<Count>()->requests;
    const std::string path = request.target.substr(0, request.target.find('?'));
    HttpResponse response = MakeResponse(200, "text/plain", "");
    if (path == "/hello") response.body = "hello";
    if (path == "/echo") response.body = std::move(request.body);
    if (path == "/target" || path == "/target%20x") response.body = request.target;
    if (path == "/size") response.body = std::to_string(request.body.size());
    if (path == "/large") response.body = std::string(200'000, 'x');
    if (path == "/source") response.source = std::make_shared<FakeBody>(200'000, false);
    if (path == "/huge-source") response.source = std::make_shared<FakeBody>(std::uint64_t{64} << 20, false);
    if (path == "/broken-source") response.source = std::make_shared<FakeBody>(200'000, true);
    if (path == "/count") response.body = std::to_string(count);
    if (path == "/throw") throw std::runtime_error("broken handler");
    if (path == "/close") response.headers.Add("Connection", "close");
    if (path == "/odd") response.status = 5;
    if (path == "/none") response.status = 404;
    if (path == "/inject") response.headers.Add("X-A", "1\r\nX-Evil: 2");
    if (path == "/export") response.body = connection.KeyingMaterial("EXPORTER-test", 32).value_or("none");
    if (path == "/peer") response.body = connection.peer().address + (connection.secure() ? " tls" : " plain");
    if (path == "/wait") {
      co_await go_on.Wait();
      response.body = "waited";
    }
    if (path == "/ws") {
      response.status = 101;
      response.headers.Add("X-Extra", "yes");
    }
    co_return response;
  }
  asio::awaitable<void> HandleWebSocket(ConnectionInfo&, HttpRequest request,
                                        std::unique_ptr<WebSocket> socket) override {
    seen.push_back("websocket " + request.target);
    for (;;) {
      auto message = co_await socket->Receive();
      if (!message) {
        ended.push_back(message.error().detail);
        co_return;
      }
      if (message->payload == "close me") {
        (void)co_await socket->Close(WebSocketCloseCode::kGoingAway, "asked");
        continue;
      }
      if (message->kind == WebSocketMessage::Kind::kBinary) {
        (void)co_await socket->SendBinary(std::move(message->payload));
      } else {
        (void)co_await socket->SendText(std::move(message->payload));
      }
    }
  }

  Event go_on;
  std::vector<std::string> seen;
  std::vector<std::string> ended;
};

class FakeNetWorld : public ::testing::Test {
 protected:
  FakeNetWorld() = default;
  ~FakeNetWorld() override {
    if (server_ != nullptr) Run(server_->Stop(clock_.Steady()));
    Run(scope_.Close());
  }

  /// Runs sockets until `done` says so; a failure of the test after 20 s.
  void RunUntil(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
      if (io_.stopped()) io_.restart();
      io_.run_one_for(std::chrono::milliseconds(20));
      if (std::chrono::steady_clock::now() > end) {
        ADD_FAILURE() << "the condition did not come true";
        return;
      }
    }
  }
  /// Runs everything that can run now.
  void Settle() {
    for (int i = 0; i < 20; ++i) {
      if (io_.stopped()) io_.restart();
      while (io_.poll() > 0) {
      }
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(1));
    }
  }
  void Advance(std::chrono::microseconds by) {
    clock_.Advance(by);
    Settle();
  }
  template <class T>
  T Run(asio::awaitable<T> work) {
    std::optional<T> result;
    std::exception_ptr failure;
    bool done = false;
    asio::co_spawn(io_, Store(std::move(work), result), [&](std::exception_ptr e) {
      failure = e;
      done = true;
    });
    RunUntil([&] { return done; });
    if (failure) std::rethrow_exception(failure);
    if (!result) throw std::runtime_error("the coroutine did not end");
    return std::move(*result);
  }
  void Run(asio::awaitable<void> work) {
    bool done = false;
    asio::co_spawn(io_, std::move(work), [&](std::exception_ptr) { done = true; });
    RunUntil([&] { return done; });
  }
  [[nodiscard]] SteadyTime In(std::chrono::seconds time) const { return clock_.Steady() + time; }

  /// Starts `server_` on a free port of 127.0.0.1.
  void Serve(TlsServerContext* tls, const HttpServer::Options& options = {}) {
    auto listener = TcpListener::Open(io_.get_executor(), {"127.0.0.1", 0});
    ASSERT_TRUE(listener) << listener.error().detail;
    server_ = std::make_unique<HttpServer>(std::move(*listener), tls, handler_, clock_, random_, log_, options);
    server_->Start();
  }
  [[nodiscard]] HostPort Address(std::string host = "127.0.0.1") const { return {std::move(host), server_->port()}; }
  std::unique_ptr<HttpConnection> Connect(const TlsClientContext* tls = nullptr, std::string host = "127.0.0.1") {
    auto connection =
        Run(HttpConnection::Connect(Address(std::move(host)), tls, clock_, random_, {}, In(std::chrono::seconds(5))));
    EXPECT_TRUE(connection) << (connection ? "" : connection.error().detail);
    return connection ? std::move(*connection) : nullptr;
  }
  Result<HttpResponse> Ask(HttpConnection& connection, std::string target, std::string method = "GET",
                           std::string body = "") {
    HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = std::move(body);
    return Run(connection.Send(std::move(request), In(std::chrono::seconds(5))));
  }
  std::unique_ptr<Stream> Raw() {
    auto stream = Run(ConnectTcp(Address(), clock_, In(std::chrono::seconds(5))));
    EXPECT_TRUE(stream);
    return std::move(*stream);
  }
  Status Say(Stream& stream, std::string bytes) { return Run(SayNamed(stream, std::move(bytes))); }
  /// Everything until the end, or until `until` has come.
  std::string Hear(Stream& stream, std::string until = "\n\n\n\n") { return Run(HearNamed(stream, std::move(until))); }
  /// For Spawn(): tells when all was taken.
  static asio::awaitable<void> Flood(Stream& stream, std::string bytes, bool& done) {
    Status written = co_await stream.Write(bytes);
    done = written.has_value();
  }
  static asio::awaitable<bool> ShutAndDrain(Stream& stream) { return ShutAndDrainNamed(stream); }
  /// Says `bytes` and hears everything until the server closes.
  std::string SayAndHear(std::string bytes) {
    auto stream = Raw();
    (void)Say(*stream, std::move(bytes));
    return Hear(*stream);
  }

  asio::io_context io_;
  ManualClock clock_;
  SeededRandom random_{1};
  MemoryLogSink lines_;
  Log log_{lines_, LogLevel::kDebug};
  FakeHandler handler_{io_.get_executor()};
  Scope scope_{io_.get_executor(),
               [](std::string_view name, std::string_view what) { ADD_FAILURE() << name << " escaped: " << what; }};
  std::unique_ptr<HttpServer> server_;

 private:
  static asio::awaitable<bool> ShutAndDrainNamed(Stream& stream) {
    (void)co_await stream.ShutdownWrite();
    (void)co_await HearNamed(stream, "\n\n\n\n");
    co_return true;
  }
  template <class T>
  static asio::awaitable<void> Store(asio::awaitable<T> work, std::optional<T>& result) {
    result.emplace(co_await std::move(work));
  }
  static asio::awaitable<Status> SayNamed(Stream& stream, std::string bytes) { co_return co_await stream.Write(bytes); }
  static asio::awaitable<std::string> HearNamed(Stream& stream, std::string until) {
    std::string heard;
    std::vector<char> buffer(65'536);
    while (heard.find(until) == std::string::npos) {
      const std::span<char> into(buffer.data(), buffer.size());
      auto n = co_await stream.ReadSome(into);
      if (!n || *n == 0) break;
      heard.append(buffer.data(), *n);
    }
    co_return heard;
  }
};

}  // namespace assist
