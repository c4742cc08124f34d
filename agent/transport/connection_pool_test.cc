#include "agent/transport/connection_pool.h"

#include <gtest/gtest.h>

#include <array>

#include "common/net/fake_stream.h"
#include "test/support/fake_server/test_loop.h"

namespace assist::agent::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Connections in memory. Each answers `answers_per_connection` requests and closes when the next one has come.
class ConnectionPoolTest : public ::testing::Test {
 protected:
  ConnectionPoolTest() {
    identity_.instance_id = InstanceId("mi-1");
    identity_.assist_protocol = 1;
    identity_.key = std::make_shared<const PrivateKey>(PrivateKey::GenerateEd25519(loop_.random));
  }
  void TearDown() override {
    loop_.Wait(work_.Close());
    EXPECT_TRUE(loop_.escaped.empty()) << loop_.escaped.front();
  }

  asio::awaitable<Result<std::unique_ptr<identity::SignedConnection>>> Connect(SteadyTime) {
    ++connects_;
    auto [client, server] = FakeStream::MakePair(loop_.executor(), loop_.clock);
    work_.Spawn("server", Serve(std::move(server)));
    HttpConnection::Options options;
    auto connection = std::make_unique<HttpConnection>(std::move(client), HostPort{"localhost", 80}, loop_.clock,
                                                       loop_.random, options);
    identity::SignedConnection::Options signing;
    co_return std::make_unique<identity::SignedConnection>(std::move(connection), identity_, loop_.clock, loop_.random,
                                                           skew_, signing);
  }
  asio::awaitable<void> Serve(std::unique_ptr<FakeStream> stream) {
    for (int answered = 0;; ++answered) {
      std::string request;
      while (request.find("\r\n\r\n") == std::string::npos) {
        std::array<char, 4096> buffer{};
        auto size = co_await stream->ReadSome(buffer);
        if (!size || *size == 0) co_return;
        request.append(buffer.data(), *size);
      }
      ++requests_;
      if (answered == answers_per_connection_) co_return;  // closes without an answer
      auto written = co_await stream->Write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      if (!written) co_return;
    }
  }
  Result<HttpResponse> Send(bool repeatable) {
    HttpRequest request;
    request.target = "/x";
    return loop_.Wait(pool_.Send(std::move(request), seconds(5), repeatable));
  }

  test::TestLoop loop_;
  identity::Identity identity_;
  identity::ClockSkew skew_;
  Scope work_{loop_.executor(), {}};
  int answers_per_connection_ = 1;
  int connects_ = 0;
  int requests_ = 0;
  ConnectionPool pool_{ConnectionPool::Options{}, [this](SteadyTime deadline) { return Connect(deadline); },
                       loop_.clock, work_};
};

TEST_F(ConnectionPoolTest, AKeptConnectionThatEndsCostsARepeatableRequestNothing) {
  EXPECT_TRUE(Send(true));
  EXPECT_EQ(pool_.idle(), 1U);
  EXPECT_TRUE(Send(true));
  EXPECT_EQ(connects_, 2);
  EXPECT_EQ(requests_, 3) << "the second was sent twice";
}

TEST_F(ConnectionPoolTest, WhatMustNotBeRepeatedIsSentOnce) {
  EXPECT_TRUE(Send(false));
  EXPECT_FALSE(Send(false));
  EXPECT_EQ(connects_, 1);
  EXPECT_EQ(requests_, 2);
}

TEST_F(ConnectionPoolTest, AFreshConnectionThatEndsIsAFailure) {
  answers_per_connection_ = 0;
  EXPECT_FALSE(Send(true));
  EXPECT_EQ(connects_, 1);
  EXPECT_EQ(pool_.busy(), 0U);
  EXPECT_EQ(pool_.idle(), 0U);
}

TEST_F(ConnectionPoolTest, IdleConnectionsAreClosedAfterTheirTime) {
  answers_per_connection_ = 100;
  EXPECT_TRUE(Send(true));
  loop_.Advance(milliseconds(3000));
  EXPECT_TRUE(Send(true));
  loop_.Advance(milliseconds(4999));
  EXPECT_EQ(pool_.idle(), 1U);
  EXPECT_EQ(connects_, 1);
  loop_.Advance(milliseconds(1));
  EXPECT_EQ(pool_.idle(), 0U);
  EXPECT_TRUE(Send(true));
  EXPECT_EQ(connects_, 2);
}

}  // namespace
}  // namespace assist::agent::transport
