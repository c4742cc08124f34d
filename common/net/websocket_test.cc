#include "common/net/websocket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/net/fake_net_world.h"
#include "common/net/fake_stream.h"
#include "common/net/websocket_frame.h"

namespace assist {
namespace {

using net_internal::ClosePayload;
using net_internal::EncodeFrame;
using net_internal::Opcode;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// What a receiver gets, one text each: `text:…`, `binary:…`, `ping:…`, `pong:…`, at last `end:<close code>:<error
// code>`.
asio::awaitable<void> ReceiveAll(WebSocket& socket, std::vector<std::string>& got) {
  for (;;) {
    auto message = co_await socket.Receive();
    if (!message) {
      got.push_back("end:" + std::to_string(socket.close_code()) + ":" + std::string(Name(message.error().code)));
      co_return;
    }
    static constexpr const char* kNames[] = {"text:", "binary:", "pong:", "ping:"};
    got.push_back(kNames[static_cast<int>(message->kind)] + message->payload);
  }
}

asio::awaitable<void> SendOne(WebSocket& socket, std::string text, std::vector<std::string>& results) {
  Status sent = co_await socket.SendText(std::move(text));
  if (sent) {
    results.emplace_back("sent");
  } else {
    results.emplace_back(sent.error().reason.empty() ? Name(sent.error().code) : sent.error().reason);
  }
}

class WebSocketTest : public FakeNetWorld {
 protected:
  /// A server's WebSocket whose other end are bytes in the test's hand.
  void OpenServer(const WebSocket::Options& options = {}, std::string already_read = "") {
    auto [mine, theirs] = FakeStream::MakePair(io_.get_executor(), clock_);
    far_ = std::move(theirs);
    socket_ = std::make_unique<WebSocket>(std::move(mine), std::move(already_read), WebSocket::Role::kServer, clock_,
                                          random_, options);
    scope_.Spawn("receive", ReceiveAll(*socket_, got_));
    Settle();
  }
  ~WebSocketTest() override {
    Run(scope_.Close());
    if (server_ != nullptr) Run(server_->Stop(clock_.Steady()));
    server_.reset();
  }
  static std::string FromClient(Opcode opcode, std::string_view payload, bool final_frame = true) {
    return EncodeFrame(opcode, payload, std::array<std::uint8_t, 4>{1, 2, 3, 4}, final_frame);
  }
  static std::string FromServer(Opcode opcode, std::string_view payload) {
    return EncodeFrame(opcode, payload, std::nullopt);
  }
  void Feed(std::string bytes) {
    ASSERT_TRUE(Say(*far_, std::move(bytes)));
    Settle();
  }
  /// What the WebSocket has written so far.
  std::string Written() {
    std::string bytes;
    while (!far_->IsQuiet()) {
      std::vector<char> buffer(100'000);
      auto n = Run(far_->ReadSome(buffer));
      if (!n || *n == 0) break;
      bytes.append(buffer.data(), *n);
    }
    return bytes;
  }
  std::unique_ptr<WebSocket> Upgrade(const TlsClientContext* tls = nullptr, const WebSocket::Options& options = {}) {
    auto connection = Connect(tls);
    HttpRequest request;
    request.target = "/ws?a=b";
    auto socket = Run(connection->UpgradeToWebSocket(std::move(request), options, In(seconds(5))));
    EXPECT_TRUE(socket) << (socket ? "" : socket.error().detail);
    return socket ? std::move(*socket) : nullptr;
  }
  Status SendText(WebSocket& socket, std::string text) { return Run(socket.SendText(std::move(text))); }
  std::string Receive(WebSocket& socket) {
    auto message = Run(socket.Receive());
    return message ? message->payload : "error: " + message.error().detail;
  }

  std::unique_ptr<FakeStream> far_;
  std::unique_ptr<WebSocket> socket_;
  std::vector<std::string> got_;
};

TEST_F(WebSocketTest, MessagesGoBothWaysThroughAServer) {
  Serve(nullptr);
  auto socket = Upgrade();
  ASSERT_NE(socket, nullptr);
  EXPECT_EQ(server_->stats().websockets, 1u);
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65'535u, 65'536u, 1'000'000u}) {
    const std::string text(size, 'x');
    ASSERT_TRUE(SendText(*socket, text));
    EXPECT_EQ(Receive(*socket), text);
  }
  ASSERT_TRUE(Run(socket->SendBinary(std::string("\0\xff", 2))));
  auto binary = Run(socket->Receive());
  ASSERT_TRUE(binary);
  EXPECT_EQ(binary->kind, WebSocketMessage::Kind::kBinary);
  EXPECT_EQ(binary->payload, std::string("\0\xff", 2));
  EXPECT_EQ(socket->peer().address, "127.0.0.1");
  socket.reset();
  RunUntil([&] { return server_->stats().connections == 0; });
  EXPECT_EQ(server_->stats().websockets, 0u);
  EXPECT_THAT(handler_.seen, ElementsAre("GET /ws?a=b", "websocket /ws?a=b"));
}

TEST_F(WebSocketTest, MessagesGoThroughTls) {
  const auto& made = FakeCertificates::Get();
  const auto tls = std::move(*TlsServerContext::Make(made.chain, made.leaf.key_pem));
  const auto trusting = std::move(*TlsClientContext::TrustPem(made.ca.certificate_pem));
  Serve(tls.get());
  auto socket = Upgrade(trusting.get());
  ASSERT_NE(socket, nullptr);
  const std::string text(300'000, 'x');
  ASSERT_TRUE(SendText(*socket, text));
  EXPECT_EQ(Receive(*socket), text);
  ASSERT_TRUE(Run(socket->Close(WebSocketCloseCode::kNormal, "bye")));
  EXPECT_THAT(Receive(*socket), HasSubstr("1000"));
  EXPECT_EQ(socket->close_code(), 1000);
  socket.reset();
  Run(server_->Stop(clock_.Steady()));
  server_.reset();
}

TEST_F(WebSocketTest, TheServerMayCloseFirst) {
  Serve(nullptr);
  auto socket = Upgrade();
  ASSERT_TRUE(SendText(*socket, "close me"));
  EXPECT_THAT(Receive(*socket), HasSubstr("1001"));
  EXPECT_EQ(socket->close_code(), 1001);
  EXPECT_FALSE(socket->open());
  EXPECT_FALSE(SendText(*socket, "too late"));
  RunUntil([&] { return handler_.ended.size() == 1; });
  EXPECT_THAT(handler_.ended[0], HasSubstr("1001"));
}

TEST_F(WebSocketTest, TheHandshakeOfTheRfcIsAnswered) {
  Serve(nullptr);
  auto stream = Raw();
  // RFC 6455, section 1.3; with the first frame already behind it
  ASSERT_TRUE(Say(*stream,
                  "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n" +
                      FromClient(Opcode::kText, "early")));
  const std::string heard = Hear(*stream, "early");
  EXPECT_THAT(heard, StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_THAT(heard, HasSubstr("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_THAT(heard, HasSubstr("\r\nX-Extra: yes\r\n"));
  EXPECT_THAT(heard, ::testing::EndsWith("\r\n\r\n\x81\x05"
                                         "early"));
}

TEST_F(WebSocketTest, ARequestThatIsNoHandshakeGetsNoWebSocket) {
  Serve(nullptr);
  auto connection = Connect();
  auto response = Ask(*connection, "/ws");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 426);
  EXPECT_EQ(response->headers.Get("Sec-WebSocket-Version"), "13");
  EXPECT_THAT(handler_.seen, ElementsAre("GET /ws"));
}

TEST_F(WebSocketTest, ARefusalIsToldWithItsAnswer) {
  Serve(nullptr);
  auto connection = Connect();
  HttpRequest request;
  request.target = "/none";
  HttpResponse refusal;
  auto socket = Run(connection->UpgradeToWebSocket(std::move(request), {}, In(seconds(5)), &refusal));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Errc::kNotFound);
  EXPECT_EQ(refusal.status, 404);
  EXPECT_FALSE(connection->usable());
}

TEST_F(WebSocketTest, AServerThatDoesNotProveItselfIsRefused) {
  auto [mine, theirs] = FakeStream::MakePair(io_.get_executor(), clock_);
  HttpConnection connection(std::move(mine), {"h", 80}, clock_, random_, {});
  ASSERT_TRUE(Say(*theirs,
                  "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                  "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"));
  auto socket = Run(connection.UpgradeToWebSocket({}, {}, In(seconds(5))));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Errc::kInvalid);
}

TEST_F(WebSocketTest, PingsAreAnsweredBetweenFragmentsAndNotDelivered) {
  OpenServer();
  Feed(FromClient(Opcode::kText, "a", false) + FromClient(Opcode::kPing, "keepalive") +
       FromClient(Opcode::kContinuation, "b") + FromClient(Opcode::kPong, "p"));
  EXPECT_EQ(Written(), FromServer(Opcode::kPong, "keepalive"));
  EXPECT_THAT(got_, ElementsAre("text:ab"));
  EXPECT_EQ(socket_->frames_received(), 4u);
}

TEST_F(WebSocketTest, PingsAndPongsAreDeliveredOnRequest) {
  WebSocket::Options options;
  options.deliver_pings = true;
  options.deliver_pongs = true;
  OpenServer(options);
  Feed(FromClient(Opcode::kPing, "a") + FromClient(Opcode::kPong, "b"));
  EXPECT_EQ(Written(), FromServer(Opcode::kPong, "a"));
  EXPECT_THAT(got_, ElementsAre("ping:a", "pong:b"));
  ASSERT_TRUE(Run(socket_->Ping("mine")));
  EXPECT_EQ(Written(), FromServer(Opcode::kPing, "mine"));
}

TEST_F(WebSocketTest, ByteByByteIsTheSameAndWhatCameEarlyCounts) {
  OpenServer({}, FromClient(Opcode::kText, "early"));
  const std::string large(5000, 'x');
  for (const char byte : FromClient(Opcode::kText, "slow") + FromClient(Opcode::kPing, "p")) {
    ASSERT_TRUE(Say(*far_, std::string(1, byte)));
    io_.poll();
    io_.restart();
  }
  Feed(FromClient(Opcode::kBinary, large));
  EXPECT_THAT(got_, ElementsAre("text:early", "text:slow", "binary:" + large));
}

TEST_F(WebSocketTest, AProtocolErrorIsAnsweredWith1002) {
  OpenServer();
  Feed(FromServer(Opcode::kText, "unmasked"));
  EXPECT_THAT(got_, ElementsAre("end:1002:invalid"));
  EXPECT_THAT(Written(), HasSubstr(ClosePayload(1002, "a client must mask its frames")));
  EXPECT_FALSE(socket_->open());
}

TEST_F(WebSocketTest, ALongMessageIsAnsweredWith1009) {
  WebSocket::Options options;
  options.max_message = 10;
  OpenServer(options);
  Feed(FromClient(Opcode::kText, "0123456789") + FromClient(Opcode::kText, "01234567890"));
  EXPECT_THAT(got_, ElementsAre("text:0123456789", "end:1009:too large"));
  EXPECT_THAT(Written(), HasSubstr("\x03\xf1"));
}

TEST_F(WebSocketTest, ACloseIsEchoedAndEndsBothDirections) {
  OpenServer();
  Feed(FromClient(Opcode::kClose, ClosePayload(1001, "going")));
  EXPECT_THAT(got_, ElementsAre("end:1001:unavailable"));
  EXPECT_EQ(Written(), FromServer(Opcode::kClose, ClosePayload(1001, "")));
  EXPECT_FALSE(SendText(*socket_, "late"));
}

TEST_F(WebSocketTest, AConnectionThatGoesWithoutAWordIsAbnormal) {
  OpenServer();
  Feed(FromClient(Opcode::kText, "half").substr(0, 5));
  far_->Close();
  Settle();
  EXPECT_THAT(got_, ElementsAre("end:1006:unavailable"));
}

TEST_F(WebSocketTest, AReceiveDeadlineLeavesTheWebSocketUsable) {
  OpenServer();
  socket_->SetReceiveDeadline(In(seconds(60)));
  const std::string frame = FromClient(Opcode::kText, "in two parts");
  Feed(frame.substr(0, 4));
  Advance(seconds(59));
  EXPECT_TRUE(got_.empty());
  Advance(seconds(2));
  EXPECT_THAT(got_, ElementsAre("end:1006:expired"));
  EXPECT_TRUE(socket_->open());
  socket_->SetReceiveDeadline(kNoDeadline);
  scope_.Spawn("receive", ReceiveAll(*socket_, got_));
  Feed(frame.substr(4));
  EXPECT_EQ(got_.back(), "text:in two parts");
}

TEST_F(WebSocketTest, SendsOfManyCoroutinesDoNotMixAndTheQueueIsBounded) {
  WebSocket::Options options;
  options.max_queued_bytes = 200'000;
  OpenServer(options);
  std::vector<std::string> results;
  std::string expected;
  // The far side takes 64 KiB; then one coroutine waits in a write and the others behind it.
  for (int i = 0; i < 6; ++i) {
    const std::string text(50'000, static_cast<char>('a' + i));
    scope_.Spawn("send", SendOne(*socket_, text, results));
    if (i < 4) expected += FromServer(Opcode::kText, text);
  }
  Settle();
  EXPECT_THAT(results, ElementsAre("sent", "net.full", "net.full"));
  EXPECT_TRUE(Written() == expected);
  Settle();
  EXPECT_THAT(results, ElementsAre("sent", "net.full", "net.full", "sent", "sent", "sent"));
}

TEST_F(WebSocketTest, AFrameLargerThanTheQueueGoesOutAlone) {
  WebSocket::Options options;
  options.max_queued_bytes = 10;
  OpenServer(options);
  ASSERT_TRUE(SendText(*socket_, std::string(1000, 'x')));
  EXPECT_EQ(Written(), FromServer(Opcode::kText, std::string(1000, 'x')));
}

TEST_F(WebSocketTest, APeerThatTakesNothingIsGivenUp) {
  OpenServer();
  std::vector<std::string> results;
  scope_.Spawn("send", SendOne(*socket_, std::string(100'000, 'x'), results));
  scope_.Spawn("send", SendOne(*socket_, "behind it", results));
  Settle();
  EXPECT_TRUE(results.empty());
  Advance(seconds(31));
  EXPECT_THAT(results, ElementsAre("expired", "unavailable"));
  EXPECT_THAT(got_, ElementsAre("end:1006:unavailable"));
}

TEST_F(WebSocketTest, WhoSendsPingsAndTakesNoPongsIsReadNoFurther) {
  OpenServer();
  std::string flood;
  for (int i = 0; i < 10'000; ++i) flood += FromClient(Opcode::kPing, std::string(100, 'p'));
  bool flooded = false;
  scope_.Spawn("flood", Flood(*far_, flood, flooded));
  Settle();
  EXPECT_FALSE(flooded);
  EXPECT_EQ(Written().size(), 10'000u * 102);
  EXPECT_TRUE(flooded);
}

TEST_F(WebSocketTest, PongsBehindABlockedSendAreDroppedWhenTheQueueIsFull) {
  WebSocket::Options options;
  options.max_queued_bytes = 110'000;
  OpenServer(options);
  std::vector<std::string> results;
  scope_.Spawn("send", SendOne(*socket_, std::string(100'000, 'x'), results));
  Settle();
  std::string flood;
  for (int i = 0; i < 10'000; ++i) flood += FromClient(Opcode::kPing, std::string(100, 'p'));
  bool flooded = false;
  scope_.Spawn("flood", Flood(*far_, flood, flooded));
  Settle();
  EXPECT_TRUE(flooded);  // it was read, so that a wake's answer behind it would be
  const std::size_t written = Written().size();
  EXPECT_GT(written, 100'000u);
  EXPECT_LE(written, 110'000u);
}

TEST_F(WebSocketTest, AbortAndDestructionEndWhoWaits) {
  OpenServer();
  socket_->Abort();
  Settle();
  EXPECT_THAT(got_, ElementsAre("end:1006:unavailable"));
  OpenServer();
  std::vector<std::string> results;
  scope_.Spawn("send", SendOne(*socket_, std::string(100'000, 'x'), results));
  Settle();
  far_.reset();
  Settle();
  EXPECT_THAT(results, ElementsAre("unavailable"));
}

TEST_F(WebSocketTest, WhoWaitsIsCancelledWithItsScope) {
  auto [mine, theirs] = FakeStream::MakePair(io_.get_executor(), clock_);
  WebSocket socket(std::move(mine), "", WebSocket::Role::kServer, clock_, random_, {});
  Scope inner(io_.get_executor(), {});
  std::vector<std::string> results;
  inner.Spawn("receive", ReceiveAll(socket, got_));
  inner.Spawn("send", SendOne(socket, std::string(100'000, 'x'), results));
  inner.Spawn("send", SendOne(socket, "behind it", results));
  Settle();
  EXPECT_EQ(inner.running(), 3u);
  Run(inner.Close());
  EXPECT_EQ(inner.running(), 0u);
  EXPECT_FALSE(socket.open());
}

TEST_F(WebSocketTest, AStopOfTheServerEndsItsWebSocketsAtTheDeadline) {
  Serve(nullptr);
  auto socket = Upgrade();
  bool stopped = false;
  asio::co_spawn(io_, server_->Stop(In(seconds(10))), [&](std::exception_ptr) { stopped = true; });
  Advance(seconds(9));
  EXPECT_FALSE(stopped);
  ASSERT_TRUE(SendText(*socket, "still here"));
  EXPECT_EQ(Receive(*socket), "still here");
  Advance(seconds(2));
  RunUntil([&] { return stopped; });
  EXPECT_EQ(server_->stats().websockets, 0u);
  EXPECT_THAT(Receive(*socket), StartsWith("error: "));
  EXPECT_EQ(socket->close_code(), 1006);
}

}  // namespace
}  // namespace assist
