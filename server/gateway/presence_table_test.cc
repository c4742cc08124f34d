#include "server/gateway/presence_table.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "common/async/manual_clock.h"
#include "common/async/scope.h"

namespace assist::server::gateway {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class PresenceTableTest : public ::testing::Test {
 protected:
  static wire::Heartbeat Beat(std::int64_t pid, std::chrono::milliseconds age) {
    wire::Heartbeat heartbeat;
    heartbeat.pid = pid;
    heartbeat.process_uptime = age;
    return heartbeat;
  }
  asio::awaitable<void> Take() { seen_ = co_await table_.TakeSeen(); }
  std::vector<control::Seen> TakeSeen() {
    Scope scope(io_.get_executor(), {});
    scope.Spawn("take", Take());
    io_.restart();
    io_.poll();
    return std::move(seen_);
  }

  asio::io_context io_;
  ManualClock clock_;
  PresenceTable table_{clock_, PresenceTable::Options{}};
  const InstanceId agent_{"mi-1"};
  std::vector<control::Seen> seen_;
};

TEST_F(PresenceTableTest, NobodyIsThereUntilASignOfLife) {
  const auto state = table_.Of(agent_);
  EXPECT_FALSE(state.connected || state.deaf || state.duplicate);
  EXPECT_FALSE(state.last_heartbeat);
  EXPECT_FALSE(state.clock_skew_ms);
}

TEST_F(PresenceTableTest, ANewWebSocketMayOpenBeforeTheOldOneEnds) {
  table_.Opened(agent_);
  table_.Opened(agent_);
  table_.Closed(agent_);
  EXPECT_TRUE(table_.Of(agent_).connected);
  table_.Closed(agent_);
  EXPECT_FALSE(table_.Of(agent_).connected);
  table_.Closed(agent_);
  table_.Opened(agent_);
  EXPECT_TRUE(table_.Of(agent_).connected) << "a close too many is not counted";
}

TEST_F(PresenceTableTest, AStockAgentThatBeatsWithoutAWebSocketIsDeafUntilItsTimer) {
  table_.Opened(agent_);
  table_.Beat(agent_, false, Beat(42, minutes(7)), "2.2.3.578");
  EXPECT_FALSE(table_.Of(agent_).deaf);
  table_.Closed(agent_);
  EXPECT_FALSE(table_.Of(agent_).deaf) << "it may be about to come back";
  clock_.Advance(seconds(10));
  const auto state = table_.Of(agent_);
  EXPECT_TRUE(state.deaf);
  ASSERT_TRUE(state.expected_back);
  EXPECT_EQ(*state.expected_back, clock_.Now() + minutes(23) - seconds(10)) << "30 minutes after its start";
  clock_.Advance(seconds(115));
  EXPECT_FALSE(table_.Of(agent_).deaf) << "no beat for two minutes: it is gone, not deaf";
}

TEST_F(PresenceTableTest, OursLeavesWithItsLastWebSocketAndComesBackWithAHeartBeat) {
  table_.Beat(agent_, true, Beat(42, minutes(7)), "");
  EXPECT_FALSE(table_.Of(agent_).left) << "about to open its WebSocket";
  table_.Opened(agent_);
  table_.Opened(agent_);
  table_.Closed(agent_);
  EXPECT_FALSE(table_.Of(agent_).left) << "the other one lives";
  table_.Closed(agent_);
  EXPECT_TRUE(table_.Of(agent_).left);
  clock_.Advance(seconds(10));
  EXPECT_FALSE(table_.Of(agent_).deaf) << "gone, not deaf";
  table_.Beat(agent_, true, Beat(43, seconds(0)), "");
  EXPECT_FALSE(table_.Of(agent_).left);
  EXPECT_TRUE(table_.Of(agent_).deaf) << "it beats, and no WebSocket comes";
  table_.Opened(agent_);
  EXPECT_FALSE(table_.Of(agent_).deaf);
}

TEST_F(PresenceTableTest, AStockAgentDoesNotLeaveWithItsWebSocket) {
  table_.Beat(agent_, false, Beat(42, minutes(7)), "");
  table_.Opened(agent_);
  table_.Closed(agent_);
  EXPECT_FALSE(table_.Of(agent_).left);
}

TEST_F(PresenceTableTest, TwoThatBeatInTurnAreDuplicatesAndGetNothing) {
  table_.Beat(agent_, false, Beat(42, seconds(60)), "");
  clock_.Advance(seconds(30));
  table_.Beat(agent_, false, Beat(99, seconds(500)), "");
  EXPECT_FALSE(table_.Withhold(agent_)) << "so far it may have been started anew";
  clock_.Advance(seconds(30));
  table_.Beat(agent_, false, Beat(42, seconds(120)), "");
  EXPECT_TRUE(table_.Of(agent_).duplicate);
  EXPECT_TRUE(table_.Withhold(agent_));
  EXPECT_FALSE(table_.TakeReleased(agent_));
  clock_.Advance(minutes(4));
  table_.Beat(agent_, false, Beat(42, seconds(360)), "");
  EXPECT_FALSE(table_.Of(agent_).duplicate);
  EXPECT_TRUE(table_.TakeReleased(agent_));
  EXPECT_FALSE(table_.TakeReleased(agent_)) << "once";
}

TEST_F(PresenceTableTest, OurRunsAreToldByTheirWord) {
  table_.Run(agent_, "a");
  clock_.Advance(seconds(10));
  table_.Run(agent_, "b");
  table_.Run(agent_, "");
  clock_.Advance(seconds(10));
  EXPECT_FALSE(table_.Withhold(agent_));
  table_.Run(agent_, "a");
  EXPECT_TRUE(table_.Withhold(agent_));
}

TEST_F(PresenceTableTest, SignsOfLifeAreTakenOnce) {
  wire::Heartbeat first = Beat(1, seconds(1));
  wire::Heartbeat::First fields;
  fields.os_version = "Linux_x";
  first.first = std::move(fields);
  table_.Beat(agent_, true, first, "0.1.0");
  table_.Skew(agent_, std::chrono::milliseconds(-40));
  auto seen = TakeSeen();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].instance, agent_);
  EXPECT_EQ(seen[0].at, clock_.Now());
  EXPECT_EQ(seen[0].agent_version, "0.1.0");
  EXPECT_EQ(seen[0].os_version, "Linux_x");
  EXPECT_TRUE(TakeSeen().empty());
  clock_.Advance(seconds(60));
  table_.Ping(agent_);
  seen = TakeSeen();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].agent_version, "");
  EXPECT_EQ(table_.Of(agent_).last_heartbeat, clock_.Now());
  EXPECT_EQ(table_.Of(agent_).clock_skew_ms, -40);
  EXPECT_EQ(table_.Of(agent_).memory, 0);
  table_.Memory(agent_, 5'000'000);
  EXPECT_EQ(table_.Of(agent_).memory, 5'000'000);
  table_.Forget(agent_);
  EXPECT_FALSE(table_.Of(agent_).last_heartbeat);
}

}  // namespace
}  // namespace assist::server::gateway
