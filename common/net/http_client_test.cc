#include "common/net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/net/fake_net_world.h"
#include "common/net/fake_stream.h"

namespace assist {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class HttpClientTest : public FakeNetWorld {
 protected:
  ~HttpClientTest() override { Run(scope_.Close()); }  // before what its coroutines write to
  /// A client on a stream whose other end the test holds.
  std::unique_ptr<HttpConnection> OnFake(const HttpConnection::Options& options = {}) {
    auto [mine, theirs] = FakeStream::MakePair(io_.get_executor(), clock_);
    far_ = std::move(theirs);
    return std::make_unique<HttpConnection>(std::move(mine), HostPort{"server.example", 8443}, clock_, random_,
                                            options);
  }
  /// Starts a request; its end is put into `answer_`.
  void Start(HttpConnection& connection, HttpRequest request) {
    answer_.reset();
    scope_.Spawn("send", Keep(connection, std::move(request)));
    Settle();
  }
  Result<HttpResponse> Answer(HttpConnection& connection, std::string bytes, std::string method = "GET") {
    HttpRequest request;
    request.method = std::move(method);
    Start(connection, std::move(request));
    EXPECT_TRUE(Say(*far_, std::move(bytes)));
    Settle();
    return answer_ ? std::move(*answer_) : Fail(Errc::kInternal, "still waiting");
  }
  asio::awaitable<void> Keep(HttpConnection& connection, HttpRequest request) {
    answer_ = co_await connection.Send(std::move(request), In(seconds(5)));
  }

  std::unique_ptr<FakeStream> far_;
  std::optional<Result<HttpResponse>> answer_;
};

TEST_F(HttpClientTest, ARequestGoesOutWithWhatIsNeeded) {
  auto connection = OnFake();
  HttpRequest request;
  request.method = "POST";
  request.target = "/a b?c=d";
  request.headers = {{"X-A", "1"}, {"X-B", "a\r\nb"}};
  request.body = "hi";
  Start(*connection, std::move(request));
  EXPECT_EQ(
      Hear(*far_, "hi"),
      "POST /a b?c=d HTTP/1.1\r\nHost: server.example:8443\r\nX-A: 1\r\nX-B: a  b\r\nContent-Length: 2\r\n\r\nhi");
}

TEST_F(HttpClientTest, AnswersAreReadAndTheConnectionKept) {
  auto connection = OnFake();
  clock_.Advance(seconds(3));
  EXPECT_EQ(Answer(*connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")->body, "hi");
  EXPECT_TRUE(connection->usable());
  EXPECT_EQ(connection->idle_since(), clock_.Steady());
  EXPECT_EQ(connection->requests_sent(), 1u);
  EXPECT_EQ(Answer(*connection, "HTTP/1.1 204 x\r\n\r\n")->status, 204);
  EXPECT_EQ(Answer(*connection, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n", "HEAD")->body, "");
  EXPECT_TRUE(connection->usable());
  EXPECT_EQ(Answer(*connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")->status, 200);
  EXPECT_FALSE(connection->usable());
}

TEST_F(HttpClientTest, AnAnswerMayLastUntilTheEnd) {
  auto connection = OnFake();
  Start(*connection, {});
  ASSERT_TRUE(Say(*far_, "HTTP/1.1 200 OK\r\n\r\nsome text"));
  Settle();
  EXPECT_FALSE(answer_);
  far_->Close();
  Settle();
  ASSERT_TRUE(answer_);
  EXPECT_EQ((*answer_)->body, "some text");
  EXPECT_FALSE(connection->usable());
}

TEST_F(HttpClientTest, AConnectionClosedWithoutAnAnswerIsToldApartFromACutOne) {
  auto connection = OnFake();
  Start(*connection, {});
  far_->Close();
  Settle();
  ASSERT_TRUE(answer_ && !*answer_);
  EXPECT_EQ(answer_->error().code, Errc::kUnavailable);
  EXPECT_EQ(answer_->error().reason, kNetClosed);

  connection = OnFake();
  Start(*connection, {});
  ASSERT_TRUE(Say(*far_, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"));
  far_->Close();
  Settle();
  ASSERT_TRUE(answer_ && !*answer_);
  EXPECT_EQ(answer_->error().code, Errc::kUnavailable);
  EXPECT_EQ(answer_->error().reason, "");
}

TEST_F(HttpClientTest, AnAnswerThatIsLateTooLargeOrNoHttpIsAnError) {
  auto connection = OnFake();
  Start(*connection, {});
  Advance(seconds(6));
  ASSERT_TRUE(answer_ && !*answer_);
  EXPECT_EQ(answer_->error().code, Errc::kExpired);
  EXPECT_FALSE(connection->usable());

  HttpConnection::Options options;
  options.max_response_body = 10;
  connection = OnFake(options);
  EXPECT_EQ(Answer(*connection, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n").error().code, Errc::kTooLarge);
  EXPECT_FALSE(connection->usable());
  connection = OnFake(options);
  EXPECT_EQ(Answer(*connection, "SSH-2.0-OpenSSH\r\n\r\n").error().code, Errc::kInvalid);
}

TEST_F(HttpClientTest, WhatTheServerSaysUnaskedEndsTheConnection) {
  auto connection = OnFake();
  EXPECT_TRUE(Answer(*connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n"));
  EXPECT_FALSE(connection->usable());
  connection = OnFake();
  ASSERT_TRUE(Say(*far_, "HTTP/1.1 408 x\r\n\r\n"));
  EXPECT_FALSE(connection->usable());
}

TEST_F(HttpClientTest, ADestroyedConnectionEndsItsRequest) {
  auto connection = OnFake();
  Start(*connection, {});
  EXPECT_FALSE(answer_);
  connection.reset();
  Settle();
  ASSERT_TRUE(answer_ && !*answer_);
}

TEST_F(HttpClientTest, AnAnswerThatComesBeforeTheBodyIsTakenIsNotLost) {
  HttpServer::Options options;
  options.max_body = 1000;
  Serve(nullptr, options);
  auto connection = Connect();
  auto response = Ask(*connection, "/echo", "POST", std::string(30'000'000, 'x'));
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->status, 413);
  EXPECT_FALSE(connection->usable());
}

TEST_F(HttpClientTest, CannotConnectSaysWhereAndWhy) {
  Serve(nullptr);
  const HostPort gone = Address();
  Run(server_->Stop(clock_.Steady()));
  auto refused = Run(HttpConnection::Connect(gone, nullptr, clock_, random_, {}, In(seconds(5))));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUnavailable);
  EXPECT_EQ(refused.error().reason, kNetConnect);
  EXPECT_THAT(refused.error().detail, HasSubstr(FormatHostPort(gone)));
  const HostPort nowhere{"no-such-host.invalid", 443};
  auto unknown = Run(HttpConnection::Connect(nowhere, nullptr, clock_, random_, {}, In(seconds(5))));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().reason, kNetResolve);
  EXPECT_THAT(unknown.error().detail, HasSubstr("no-such-host.invalid"));
}

// A proxy for one connection: notes what it is asked and answers as told; afterwards it carries bytes to `to`.
class FakeProxy {
 public:
  FakeProxy(asio::any_io_executor executor, Clock& clock, Scope& scope, std::string answer)
      : listener_(std::move(*TcpListener::Open(std::move(executor), {"127.0.0.1", 0}))),
        clock_(clock),
        scope_(scope),
        answer_(std::move(answer)) {
    scope_.Spawn("proxy", Serve());
  }
  [[nodiscard]] HostPort address() const { return {"127.0.0.1", listener_.port()}; }
  HostPort to;
  std::string asked;

 private:
  static asio::awaitable<void> Carry(std::shared_ptr<Stream> from, std::shared_ptr<Stream> into) {
    std::vector<char> buffer(16'384);
    for (;;) {
      const std::span<char> space(buffer.data(), buffer.size());
      auto n = co_await from->ReadSome(space);
      if (!n || *n == 0) break;
      const std::string_view bytes(buffer.data(), *n);
      Status written = co_await into->Write(bytes);
      if (!written) break;
    }
    (void)co_await into->ShutdownWrite();
  }
  asio::awaitable<void> Serve() {
    auto socket = co_await listener_.Accept();
    if (!socket) co_return;
    std::shared_ptr<Stream> client_end(MakeTcpStream(std::move(*socket), clock_));
    std::vector<char> buffer(16'384);
    while (asked.find("\r\n\r\n") == std::string::npos) {
      const std::span<char> space(buffer.data(), buffer.size());
      auto n = co_await client_end->ReadSome(space);
      if (!n || *n == 0) co_return;
      asked.append(buffer.data(), *n);
    }
    (void)co_await client_end->Write(answer_);
    if (answer_.find(" 200 ") == std::string::npos) co_return;
    auto connected = co_await ConnectTcp(to, clock_, kNoDeadline);
    if (!connected) co_return;
    std::shared_ptr<Stream> target_end(std::move(*connected));
    scope_.Spawn("carry", Carry(client_end, target_end));
    co_await Carry(target_end, client_end);
  }

  TcpListener listener_;
  Clock& clock_;
  Scope& scope_;
  const std::string answer_;
};

TEST_F(HttpClientTest, AProxyIsAskedToConnectAndTlsGoesThroughIt) {
  const auto& made = FakeCertificates::Get();
  const auto tls = std::move(*TlsServerContext::Make(made.elsewhere.certificate_pem, made.elsewhere.key_pem));
  const auto trusting = std::move(*TlsClientContext::TrustPem(made.ca.certificate_pem));
  Serve(tls.get());
  FakeProxy proxy(io_.get_executor(), clock_, scope_, "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n");
  proxy.to = Address();
  HttpConnection::Options options;
  options.proxy = std::move(*ParseHttpProxy("http://user:p%40ss@" + FormatHostPort(proxy.address())));
  const HostPort server{"server.example", 8443};
  auto connection = Run(HttpConnection::Connect(server, trusting.get(), clock_, random_, options, In(seconds(5))));
  ASSERT_TRUE(connection) << connection.error().detail;
  EXPECT_EQ(Ask(**connection, "/hello")->body, "hello");
  EXPECT_EQ(proxy.asked,
            "CONNECT server.example:8443 HTTP/1.1\r\nHost: server.example:8443\r\n"
            "Proxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n");
  connection->reset();
  Run(server_->Stop(clock_.Steady()));
  server_.reset();
}

TEST_F(HttpClientTest, AProxyThatRefusesIsNamed) {
  FakeProxy proxy(io_.get_executor(), clock_, scope_, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
  HttpConnection::Options options;
  options.proxy = HttpProxy{proxy.address(), {}};
  const HostPort server{"server.example", 8443};
  auto connection = Run(HttpConnection::Connect(server, nullptr, clock_, random_, options, In(seconds(5))));
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().reason, kNetProxy);
  EXPECT_THAT(connection.error().detail, HasSubstr("407"));
  EXPECT_THAT(proxy.asked, StartsWith("CONNECT "));
  EXPECT_EQ(proxy.asked.find("Proxy-Authorization"), std::string::npos);
}

TEST_F(HttpClientTest, LoopbackIsNeverAskedOfAProxy) {
  Serve(nullptr);
  HttpConnection::Options options;
  options.proxy = HttpProxy{{"127.0.0.1", 1}, {}};
  auto connection = Run(HttpConnection::Connect(Address(), nullptr, clock_, random_, options, In(seconds(5))));
  ASSERT_TRUE(connection);
  EXPECT_EQ(Ask(**connection, "/hello")->body, "hello");
}

TEST_F(HttpClientTest, ProxyAddressesInTheirForms) {
  auto proxy = ParseHttpProxy("http://a%20b:c%3Ad@10.0.0.1:3128");
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->address, (HostPort{"10.0.0.1", 3128}));
  EXPECT_EQ(proxy->user_info.Reveal(), "a b:c:d");
  EXPECT_EQ(ParseHttpProxy("http://p:1")->user_info.Reveal(), "");
  for (const char* bad : {"p:1", "https://p:1", "http://a%2@p:1", "http://a%zz@p:1", "http://a%@p:1"}) {
    auto refused = ParseHttpProxy(bad);
    EXPECT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().detail.find("a%"), std::string::npos);  // it may be a password
  }
}

}  // namespace
}  // namespace assist
