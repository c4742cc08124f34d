#include "agent/link/connection_pool.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <optional>

#include "agent/link/testing/fake_server.h"
#include "common/async/manual_clock.h"

namespace assist::agent::link {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ConnectionPoolTest : public ::testing::Test {
 protected:
  ConnectionPoolTest() { server_.answers_per_connection = 1; }
  void TearDown() override {
    closer_.Spawn("close", work_.Close());
    Poll();
  }
  void Poll() {
    io_.restart();
    io_.poll();
  }
  static asio::awaitable<void> SendOne(ConnectionPool& pool, bool repeatable, std::optional<Result<Response>>& answer) {
    Request request;
    request.target = "/x";
    answer = co_await pool.Send(std::move(request), seconds(5), repeatable);
  }
  Result<Response> Send(bool repeatable) {
    std::optional<Result<Response>> answer;
    work_.Spawn("send", SendOne(*pool_, repeatable, answer));
    Poll();
    EXPECT_TRUE(answer);
    return answer ? std::move(*answer) : Result<Response>(Fail(Errc::kInternal, "no end"));
  }

  asio::io_context io_;
  ManualClock clock_;
  FakeServer server_{io_.get_executor(), clock_};
  Scope work_{io_.get_executor(),
              [](std::string_view name, std::string_view what) { ADD_FAILURE() << name << ": " << what; }};
  Scope closer_{io_.get_executor(), {}};
  std::unique_ptr<ConnectionPool> pool_ =
      std::make_unique<ConnectionPool>(ConnectionPool::Options{}, server_, clock_, work_);
};

TEST_F(ConnectionPoolTest, AKeptConnectionThatEndsCostsARepeatableRequestNothing) {
  EXPECT_TRUE(Send(true));
  EXPECT_EQ(pool_->idle(), 1U);
  EXPECT_TRUE(Send(true));
  EXPECT_EQ(server_.connects, 2);
  EXPECT_EQ(server_.requests.size(), 3U) << "the second was sent twice";
}

TEST_F(ConnectionPoolTest, WhatMustNotBeRepeatedIsSentOnce) {
  EXPECT_TRUE(Send(false));
  EXPECT_FALSE(Send(false));
  EXPECT_EQ(server_.connects, 1);
  EXPECT_EQ(server_.requests.size(), 2U);
}

TEST_F(ConnectionPoolTest, AFreshConnectionThatEndsIsAFailure) {
  server_.answers_per_connection = 0;
  EXPECT_FALSE(Send(true));
  EXPECT_EQ(server_.connects, 1);
  EXPECT_EQ(pool_->busy(), 0U);
  EXPECT_EQ(pool_->idle(), 0U);
}

TEST_F(ConnectionPoolTest, IdleConnectionsAreClosedAfterTheirTime) {
  server_.answers_per_connection = 100;
  EXPECT_TRUE(Send(true));
  clock_.Advance(milliseconds(3000));
  Poll();
  EXPECT_TRUE(Send(true));
  clock_.Advance(milliseconds(2000));
  Poll();
  clock_.Advance(milliseconds(2999));
  Poll();
  EXPECT_EQ(pool_->idle(), 1U);
  EXPECT_EQ(server_.connects, 1);
  clock_.Advance(milliseconds(1));
  Poll();
  EXPECT_EQ(pool_->idle(), 0U);
  EXPECT_TRUE(Send(true));
  EXPECT_EQ(server_.connects, 2);
}

// As when the simulator ends a process: objects first, then what their coroutines hold.
TEST_F(ConnectionPoolTest, APoolThatGoesWhileARequestRunsIsNotTouchedByIt) {
  server_.go_on.Reset();
  std::optional<Result<Response>> answer;
  work_.Spawn("send", SendOne(*pool_, true, answer));
  Poll();
  EXPECT_EQ(pool_->busy(), 1U);
  pool_.reset();
  closer_.Spawn("close", work_.Close());
  Poll();
  EXPECT_EQ(server_.connections, 0U);
}

}  // namespace
}  // namespace assist::agent::link
