#include "agent/transport/socket_connection.h"

#include <gtest/gtest.h>

#include <array>

#include "common/net/fake_stream.h"
#include "test/support/fake_server/test_loop.h"

namespace assist::agent::transport {
namespace {

using std::chrono::seconds;

/// A connection in memory, whose server answers once and closes when the next request has come.
class SocketConnectionTest : public ::testing::Test {
 protected:
  SocketConnectionTest() {
    identity_.instance_id = InstanceId("mi-1");
    identity_.assist_protocol = 1;
    identity_.key = std::make_shared<const PrivateKey>(PrivateKey::GenerateEd25519(loop_.random));
    auto [client, server] = FakeStream::MakePair(loop_.executor(), loop_.clock);
    work_.Spawn("server", Serve(std::move(server)));
    const HttpConnection::Options options;
    auto http = std::make_unique<HttpConnection>(std::move(client), HostPort{"localhost", 80}, loop_.clock,
                                                 loop_.random, options);
    const identity::SignedConnection::Options signing;
    connection_ = MakeConnection(std::make_unique<identity::SignedConnection>(std::move(http), identity_, loop_.clock,
                                                                              loop_.random, skew_, signing));
  }
  void TearDown() override {
    loop_.Wait(work_.Close());
    EXPECT_TRUE(loop_.escaped.empty()) << loop_.escaped.front();
  }
  asio::awaitable<void> Serve(std::unique_ptr<FakeStream> stream) {
    for (bool answered = false;; answered = true) {
      std::string request;
      while (request.find("\r\n\r\n") == std::string::npos) {
        std::array<char, 4096> buffer{};
        auto size = co_await stream->ReadSome(buffer);
        if (!size || *size == 0) co_return;
        request.append(buffer.data(), *size);
      }
      seen_ += request;
      if (answered) co_return;  // closes without an answer
      auto written = co_await stream->Write("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");
      if (!written) co_return;
    }
  }
  Result<link::Response> Send() {
    link::Request request;
    request.method = "POST";
    request.target = "/x?y=z";
    request.headers.emplace_back("X-Name", "value");
    request.body = "body";
    return loop_.Wait(connection_->Send(std::move(request), loop_.clock.Steady() + seconds(5)));
  }

  test::TestLoop loop_;
  identity::Identity identity_;
  identity::ClockSkew skew_;
  Scope work_{loop_.executor(), {}};
  std::string seen_;
  std::unique_ptr<link::Connection> connection_;
};

TEST_F(SocketConnectionTest, ARequestGoesOutWholeAndItsAnswerComesBack) {
  EXPECT_TRUE(connection_->usable());
  loop_.Advance(seconds(3));
  const auto answer = Send();
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "ok");
  EXPECT_TRUE(seen_.starts_with("POST /x?y=z HTTP/1.1\r\n")) << seen_;
  EXPECT_NE(seen_.find("X-Name: value\r\n"), std::string::npos) << seen_;
  EXPECT_NE(seen_.find("X-Assist-Signature: "), std::string::npos) << seen_;
  EXPECT_TRUE(connection_->usable());
  EXPECT_EQ(connection_->idle_since(), loop_.clock.Steady());
}

TEST_F(SocketConnectionTest, AConnectionThatWasClosedSaysSo) {
  ASSERT_TRUE(Send());
  const auto answer = Send();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, link::kClosed);
  EXPECT_FALSE(connection_->usable());
}

}  // namespace
}  // namespace assist::agent::transport
