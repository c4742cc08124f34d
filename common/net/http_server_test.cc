#include "common/net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <thread>
#include <vector>

#include "common/net/fake_net_world.h"
#include "common/net/http_format.h"

namespace assist {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpServerTest : public FakeNetWorld {};

TEST_F(HttpServerTest, RequestsOfOneConnectionAreAnsweredInTurn) {
  Serve(nullptr);
  auto connection = Connect();
  EXPECT_EQ(Ask(*connection, "/hello")->body, "hello");
  EXPECT_EQ(Ask(*connection, "/echo", "POST", std::string(500'000, 'y'))->body, std::string(500'000, 'y'));
  EXPECT_EQ(Ask(*connection, "/large")->body.size(), 200'000u);
  EXPECT_EQ(Ask(*connection, "/count")->body, "4");
  EXPECT_EQ(Ask(*connection, "/peer")->body, "127.0.0.1 plain");
  EXPECT_EQ(Ask(*connection, "/none")->status, 404);
  EXPECT_EQ(server_->stats().accepted, 1u);
  EXPECT_EQ(server_->stats().requests, 6u);
  EXPECT_TRUE(connection->usable());
}

TEST_F(HttpServerTest, AnAnswerHasDateAndLengthAndNoInjectedFields) {
  Serve(nullptr);
  auto connection = Connect();
  auto response = Ask(*connection, "/inject");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->headers.Get("X-A"), "1  X-Evil: 2");
  EXPECT_EQ(response->headers.Find("X-Evil"), nullptr);
  EXPECT_EQ(response->headers.Get("Date"), "Tue, 14 Nov 2023 22:13:20 GMT");
  EXPECT_EQ(response->headers.Get("Content-Length"), "0");
  EXPECT_EQ(net_internal::FormatHttpDate(FromUnixMillis(784'111'777'000)),
            "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Serve(nullptr);
  auto stream = Raw();
  std::string requests;
  for (const char* target : {"/wait", "/hello", "/count"}) {
    requests += "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  ASSERT_TRUE(Say(*stream, requests + "GET /close HTTP/1.1\r\nHost: h\r\n\r\n"));
  RunUntil([&] { return !handler_.seen.empty(); });
  Settle();
  EXPECT_EQ(handler_.seen.size(), 1u);  // the second waits for the first
  handler_.go_on.Set();
  const std::string heard = Hear(*stream);
  EXPECT_LT(heard.find("waited"), heard.find("hello"));
  EXPECT_LT(heard.find("hello"), heard.find("\r\n\r\n3HTTP"));
  EXPECT_THAT(heard, HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpServerTest, ChunkedBodiesAndRawSpacesAndHttp10) {
  Serve(nullptr);
  const std::string chunked =
      "POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  EXPECT_THAT(SayAndHear(chunked), EndsWith("\r\n\r\nabcde"));
  EXPECT_THAT(SayAndHear("GET /target?a=b c d HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              EndsWith("/target?a=b c d"));
  EXPECT_THAT(SayAndHear("GET /hello HTTP/1.0\r\n\r\n"), EndsWith("\r\n\r\nhello"));
  auto stream = Raw();
  ASSERT_TRUE(Say(*stream, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_THAT(Hear(*stream, "hello"), HasSubstr("Connection: keep-alive\r\n"));
  ASSERT_TRUE(Say(*stream, "GET /count HTTP/1.0\r\n\r\n"));
  EXPECT_THAT(Hear(*stream), EndsWith("\r\n\r\n2"));
}

TEST_F(HttpServerTest, ByteByByteIsTheSame) {
  Serve(nullptr);
  auto stream = Raw();
  for (const char byte :
       std::string("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")) {
    ASSERT_TRUE(Say(*stream, std::string(1, byte)));
    io_.poll();
  }
  EXPECT_THAT(Hear(*stream), EndsWith("\r\n\r\nabc"));
}

TEST_F(HttpServerTest, HeadTellsTheLengthAndSendsNoBody) {
  Serve(nullptr);
  const std::string heard = SayAndHear("HEAD /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(heard, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(heard, EndsWith("\r\n\r\n"));
  auto connection = Connect();
  EXPECT_EQ(Ask(*connection, "/hello", "HEAD")->body, "");
  EXPECT_EQ(Ask(*connection, "/hello")->body, "hello");
}

TEST_F(HttpServerTest, ABodyFromASourceGoesOutInPieces) {
  Serve(nullptr);
  auto connection = Connect();
  auto response = Ask(*connection, "/source");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->headers.Get("Content-Length"), "200000");
  std::string expected(200'000, ' ');
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<char>('a' + i % 23);
  EXPECT_EQ(response->body, expected);
  EXPECT_EQ(Ask(*connection, "/source", "HEAD")->body, "");
  EXPECT_EQ(Ask(*connection, "/hello")->body, "hello");
}

TEST_F(HttpServerTest, WhoTakesASourceDropByDropIsGivenUp) {
  HttpServer::Options options;
  options.min_rate = std::size_t{64} << 20;  // a second for the whole, beside the 30
  Serve(nullptr, options);
  auto stream = Raw();
  ASSERT_TRUE(Say(*stream, "GET /huge-source HTTP/1.1\r\nHost: h\r\n\r\n"));
  std::vector<char> buffer(1 << 20);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(server_->stats().connections, 1u) << i;
    for (std::size_t taken = 0; taken < buffer.size();) {  // several pieces go out in each round
      const std::span<char> into(buffer.data(), buffer.size() - taken);
      const auto n = Run(stream->ReadSome(into));
      ASSERT_TRUE(n && *n > 0);
      taken += *n;
    }
    Advance(seconds(12));
  }
  RunUntil([&] { return server_->stats().connections == 0; });
}

TEST_F(HttpServerTest, ASourceThatBreaksEndsTheConnection) {
  Serve(nullptr);
  const std::string heard = SayAndHear("GET /broken-source HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(heard, HasSubstr("Content-Length: 200000\r\n"));
  EXPECT_LT(heard.size(), 100'000u);
  EXPECT_EQ(lines_.Count("http.body"), 1u);
}

TEST_F(HttpServerTest, ExpectContinueIsAnsweredBeforeTheBody) {
  Serve(nullptr);
  auto stream = Raw();
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-Continue\r\nConnection: close\r\n\r\n";
  ASSERT_TRUE(Say(*stream, head));
  EXPECT_EQ(Hear(*stream, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(Say(*stream, "hi"));
  EXPECT_THAT(Hear(*stream), EndsWith("\r\n\r\nhi"));
  EXPECT_THAT(SayAndHear("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: x\r\n\r\n"),
              StartsWith("HTTP/1.1 417 "));
}

TEST_F(HttpServerTest, WhatIsWrongIsRefusedAndTheConnectionClosed) {
  HttpServer::Options options;
  options.max_request_line = 1000;
  options.max_headers = 2000;
  options.max_body = 3000;
  Serve(nullptr, options);
  const std::string host = " HTTP/1.1\r\nHost: h\r\n";
  EXPECT_THAT(SayAndHear("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(SayAndHear("GET /" + std::string(1001, 'x') + host + "\r\n"), StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(SayAndHear("GET /" + host + "A: " + std::string(2000, 'x') + "\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(SayAndHear("POST /" + host + "Content-Length: 3001\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(SayAndHear("POST /" + host + "Transfer-Encoding: chunked\r\n\r\nbb9\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(SayAndHear("POST /" + host + "Transfer-Encoding: gzip\r\n\r\n"), StartsWith("HTTP/1.1 501 "));
  EXPECT_THAT(SayAndHear("PRI * HTTP/2.0\r\nHost: h\r\n\r\n"), StartsWith("HTTP/1.1 505 "));
  EXPECT_THAT(SayAndHear("\x16\x03\x01"), StartsWith("HTTP/1.1 400 "));
  EXPECT_TRUE(handler_.seen.empty());
  EXPECT_EQ(server_->stats().refused, 8u);
  // Bytes that are still on their way do not cost the answer.
  EXPECT_THAT(SayAndHear("POST /" + host + "Content-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x')),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, TheHandlerPutsRefusalsOfBodiesIntoItsWords) {
  HttpServer::Options options;
  options.max_body = 3000;
  options.large_body = 1000;
  LargeBodyBudget none(0);
  options.large_bodies = &none;
  Serve(nullptr, options);
  const std::string head = "POST /own-words HTTP/1.1\r\nHost: h\r\n";
  const auto expect = [](const std::string& heard, const std::string& status) {
    EXPECT_THAT(heard, StartsWith("HTTP/1.1 " + status + ' '));
    EXPECT_THAT(heard, HasSubstr("Content-Type: text/own\r\n"));
    EXPECT_THAT(heard, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(heard, HasSubstr("\r\n\r\nPOST "));
  };
  expect(SayAndHear(head + "Content-Length: 3001\r\n\r\nabc"), "413");
  expect(SayAndHear(head + "Transfer-Encoding: chunked\r\n\r\nbb9\r\n"), "413");
  expect(SayAndHear(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "400");
  const std::string busy = SayAndHear(head + "Content-Length: 1001\r\n\r\n");
  expect(busy, "503");
  EXPECT_THAT(busy, HasSubstr("Retry-After: 1\r\n"));
  expect(SayAndHear(head + "Content-Length: 2\r\nExpect: x\r\n\r\n"), "417");
  // Without a head there is nobody to ask.
  EXPECT_THAT(SayAndHear("nonsense\r\n\r\n"), HasSubstr("must have three parts"));
}

TEST_F(HttpServerTest, AHandlerThatThrowsOrErrsIsA500AndTheConnectionGoesOn) {
  Serve(nullptr);
  auto connection = Connect();
  EXPECT_EQ(Ask(*connection, "/throw")->status, 500);
  EXPECT_EQ(Ask(*connection, "/odd")->status, 500);
  EXPECT_EQ(Ask(*connection, "/hello")->body, "hello");
  EXPECT_EQ(lines_.Count("http.handler"), 2u);
}

TEST_F(HttpServerTest, LargeBodiesAreCountedAndTheRestRefused) {
  LargeBodyBudget budget(1);
  HttpServer::Options options;
  options.large_bodies = &budget;
  options.large_body = 1000;
  Serve(nullptr, options);
  auto first = Raw();
  ASSERT_TRUE(Say(*first, "POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\nConnection: close\r\n\r\nabc"));
  RunUntil([&] { return budget.free() == 0; });
  EXPECT_THAT(SayAndHear("POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n"),
              StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(SayAndHear("POST /size HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" +
                         std::string(0x800, 'x') + "\r\n5\r\n"),
              StartsWith("HTTP/1.1 503 "));
  auto little = Connect();
  EXPECT_EQ(Ask(*little, "/size", "POST", std::string(1000, 'x'))->body, "1000");
  ASSERT_TRUE(Say(*first, std::string(4997, 'x')));
  EXPECT_THAT(Hear(*first), EndsWith("\r\n\r\n5000"));
  EXPECT_EQ(budget.free(), 1);
  // One that goes away gives its place back.
  auto second = Raw();
  ASSERT_TRUE(Say(*second, "POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\nabc"));
  RunUntil([&] { return budget.free() == 0; });
  second.reset();
  RunUntil([&] { return budget.free() == 1; });
}

TEST_F(HttpServerTest, SlowPeersAreGivenUp) {
  Serve(nullptr);
  auto idle = Raw();
  auto slow_head = Raw();
  auto slow_body = Raw();
  ASSERT_TRUE(Say(*slow_head, "GET / HT"));
  ASSERT_TRUE(Say(*slow_body, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nabc"));
  RunUntil([&] { return server_->stats().connections == 3; });
  Settle();
  Advance(seconds(19));
  EXPECT_EQ(server_->stats().refused, 0u);
  ASSERT_TRUE(Say(*slow_head, "TP/1.1\r\nHo"));  // one byte now and then buys no time
  Advance(seconds(2));
  EXPECT_THAT(Hear(*slow_head), StartsWith("HTTP/1.1 408 "));
  ASSERT_TRUE(Say(*slow_body, "d"));
  Advance(seconds(10));
  EXPECT_THAT(Hear(*slow_body), StartsWith("HTTP/1.1 408 "));
  Advance(seconds(68));
  EXPECT_EQ(server_->stats().connections, 1u);
  Advance(seconds(2));
  EXPECT_EQ(Hear(*idle), "");  // idle for 100 s: closed without a word
  RunUntil([&] { return server_->stats().connections == 0; });
}

TEST_F(HttpServerTest, APeerThatTakesNothingIsGivenUp) {
  HttpServer::Options options;
  Serve(nullptr, options);
  auto stream = Raw();
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += "GET /large HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_TRUE(Say(*stream, requests));
  Settle();
  EXPECT_LT(handler_.seen.size(), 200u);
  EXPECT_EQ(server_->stats().connections, 1u);
  Advance(seconds(60));
  RunUntil([&] { return server_->stats().connections == 0; });
}

TEST_F(HttpServerTest, WhenFullIdleConnectionsMakeRoomAndBusyOnesDoNot) {
  HttpServer::Options options;
  options.max_connections = 2;
  Serve(nullptr, options);
  auto busy = Raw();
  ASSERT_TRUE(Say(*busy, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n"));
  RunUntil([&] { return handler_.seen.size() == 1; });
  auto idle = Connect();
  EXPECT_EQ(Ask(*idle, "/hello")->body, "hello");
  EXPECT_TRUE(idle->usable());
  auto third = Raw();
  ASSERT_TRUE(Say(*third, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n"));
  RunUntil([&] { return handler_.seen.size() == 3; });
  EXPECT_FALSE(idle->usable());
  auto fourth = Raw();
  ASSERT_TRUE(Say(*fourth, "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  Settle();
  EXPECT_EQ(handler_.seen.size(), 3u);  // all are busy: it waits in the kernel
  handler_.go_on.Set();
  EXPECT_THAT(Hear(*fourth), EndsWith("hello"));  // in the place of one that became idle
  EXPECT_THAT(Hear(*busy, "waited"), EndsWith("waited"));
}

TEST_F(HttpServerTest, AStopLetsRunningRequestsEndAndClosesTheRest) {
  Serve(nullptr);
  auto idle = Connect();
  EXPECT_EQ(Ask(*idle, "/hello")->body, "hello");
  auto busy = Raw();
  ASSERT_TRUE(Say(*busy, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n"));
  RunUntil([&] { return handler_.seen.size() == 2; });
  bool stopped = false;
  asio::co_spawn(io_, server_->Stop(In(seconds(10))), [&](std::exception_ptr) { stopped = true; });
  RunUntil([&] { return !idle->usable(); });
  Settle();
  EXPECT_FALSE(stopped);
  auto refused = Run(ConnectTcp(Address(), clock_, In(seconds(5))));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, kNetConnect);
  handler_.go_on.Set();
  EXPECT_THAT(Hear(*busy), HasSubstr("Connection: close\r\n"));
  busy.reset();
  RunUntil([&] { return stopped; });
}

TEST_F(HttpServerTest, AStopWaitsNoLongerThanItsDeadline) {
  Serve(nullptr);
  auto busy = Raw();
  ASSERT_TRUE(Say(*busy, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n"));
  auto half = Raw();
  ASSERT_TRUE(Say(*half, "GET /wait HT"));
  RunUntil([&] { return handler_.seen.size() == 1 && server_->stats().connections == 2; });
  bool stopped = false;
  asio::co_spawn(io_, server_->Stop(In(seconds(10))), [&](std::exception_ptr) { stopped = true; });
  Advance(seconds(9));
  EXPECT_FALSE(stopped);
  Advance(seconds(2));
  RunUntil([&] { return stopped; });
  EXPECT_EQ(server_->stats().connections, 0u);
  EXPECT_EQ(Hear(*busy), "");
}

TEST_F(HttpServerTest, SeveralListenersShareAPortThatNobodyElseCanTake) {
  asio::io_context other;
  auto listeners = TcpListener::OpenForEach({io_.get_executor(), other.get_executor()}, {"127.0.0.1", 0});
  ASSERT_TRUE(listeners) << listeners.error().detail;
  ASSERT_EQ(listeners->size(), 2u);
  EXPECT_NE((*listeners)[0].port(), 0);
  EXPECT_EQ((*listeners)[0].port(), (*listeners)[1].port());
  const HostPort taken{"127.0.0.1", (*listeners)[0].port()};
  auto second = TcpListener::OpenForEach({io_.get_executor()}, taken);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kConflict);
  EXPECT_THAT(second.error().detail, HasSubstr(FormatHostPort(taken)));
  EXPECT_EQ(TcpListener::Open(io_.get_executor(), taken).error().code, Errc::kConflict);
  EXPECT_EQ(TcpListener::Open(io_.get_executor(), {"no.such.host", 1}).error().code, Errc::kInvalid);
  EXPECT_TRUE(TcpListener::Open(io_.get_executor(), {"*", 0}));
  EXPECT_TRUE(TcpListener::Open(io_.get_executor(), {"localhost", 0}));
}

TEST_F(HttpServerTest, WhoKnocksWhileAPortIsOpenedIsLetIn) {
  // Whoever was connected is accepted: nobody listens for a moment and goes away again.
  for (int round = 0; round < 3000; ++round) {
    std::uint16_t port = 0;
    {
      auto free = TcpListener::Open(io_.get_executor(), {"127.0.0.1", 0});
      ASSERT_TRUE(free);
      port = free->port();
    }
    std::atomic<bool> over = false;
    std::atomic<int> knocks = 0;
    std::size_t heard = 0;
    std::thread client([&over, &knocks, &heard, port] {
      asio::io_context io;
      boost::system::error_code error;
      asio::ip::tcp::socket socket(io);
      do {
        socket.close(error);
        socket.connect({asio::ip::address_v4::loopback(), port}, error);
        ++knocks;
      } while (error && !over);
      char answer = 0;
      if (!error) heard = socket.read_some(asio::buffer(&answer, 1), error);
      over = true;
    });
    while (knocks < 3) std::this_thread::yield();
    auto listeners = TcpListener::OpenForEach({io_.get_executor()}, {"127.0.0.1", port});
    const auto answer_one = [](TcpListener& listener) -> asio::awaitable<void> {
      auto socket = co_await listener.Accept();
      if (!socket) co_return;
      boost::system::error_code ignored;
      asio::write(*socket, asio::buffer("x", 1), ignored);
    };
    if (listeners) asio::co_spawn(io_, answer_one(listeners->front()), asio::detached);
    const auto deadline = std::chrono::steady_clock::now() + seconds(10);
    io_.restart();
    while (!over && std::chrono::steady_clock::now() < deadline) io_.run_for(milliseconds(1));
    over = true;
    if (listeners) listeners->clear();
    io_.restart();
    io_.poll();
    client.join();
    ASSERT_TRUE(listeners) << listeners.error().detail;
    ASSERT_EQ(heard, 1u) << "round " << round;
  }
}

}  // namespace
}  // namespace assist
