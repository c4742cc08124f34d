#include "agent/link/testing/link_test.h"

namespace assist::agent::link {
namespace {

TEST_F(LinkTest, AConnectBeatsOpensTheChannelAndFetches) {
  work_for_fetch_ = "t-1";
  work_.highest = 12;
  Options options;
  options.cold_start = true;
  StartOnline(true, options);
  ASSERT_EQ(server_.requests.size(), 3U);
  const FakeServer::Seen& beat = server_.requests[0];
  EXPECT_EQ(beat.path(), wire::path::kHeartbeat);
  EXPECT_NE(beat.request.target.find("&index=0&seq_no=0&"), std::string::npos);
  EXPECT_EQ(server_.requests[1].path(), wire::path::kNotify);
  EXPECT_EQ(server_.requests[1].connection, beat.connection) << "one connect serves both";
  EXPECT_EQ(LastFetch(),
            "/luban/api/v1/task/list?reason=startup&cold_start=true&currentTime=1700000000000&offset=0"
            "&timeZone=Etc%2FUTC");
  EXPECT_EQ(*server_.requests[2].Find(wire::header::kAssistDelivery), "12");
  EXPECT_EQ(*server_.requests[2].Find(wire::header::kAssistCan), "budgets,packages,releases");
  ASSERT_EQ(work_.lists.size(), 1U);
  EXPECT_EQ(work_.lists[0].run.at(0).task_id, "t-1");
}

TEST_F(LinkTest, WhoCannotBeReachedIsTriedAgain) {
  server_.reachable = false;
  Start();
  EXPECT_EQ(link_->status().detail, "refused");
  EXPECT_EQ(link_->status().state, State::kConnecting);
  server_.reachable = true;
  Advance(milliseconds(500));
  EXPECT_EQ(link_->status().state, State::kOnline);
}

TEST_F(LinkTest, KicksAreAnsweredAndFetched) {
  StartOnline();
  Say("kick_vm");
  ASSERT_TRUE(Fetches() == 2 && Texts().size() == 1);
  EXPECT_EQ(Texts()[0], "accept:kick_vm");
  EXPECT_NE(LastFetch().find("?reason=kickoff&currentTime="), std::string::npos);
  Say("kick_vm task run t-9");
  ASSERT_EQ(Fetches(), 3U);
  std::size_t fetches = 3;
  for (const char* file : {"kick_vm file create f-9", "kick_vm file stop f-9"}) {
    Say(file);
    ASSERT_TRUE(Fetches() == fetches + 1) << file;
    ASSERT_EQ(Texts().back(), std::string("accept:") + file);
    ++fetches;
  }
  for (const char* refused : {"kick_vm agent deregister", "kick_vm agent stop", "kick_vm agent update", "kick_vm task",
                              "kick_vm session start s-1", "hello"}) {
    const std::size_t before = Texts().size();
    Say(refused);
    ASSERT_TRUE(Texts().size() > before);
    EXPECT_EQ(Texts().back(), std::string("unknow:") + refused);
  }
  Say("kick_vm noop");
  ASSERT_EQ(Texts().back(), "accept:kick_vm noop");
  Poll();
  EXPECT_EQ(Fetches(), fetches);
}

TEST_F(LinkTest, WhatTheOperatorAllowsIsObeyedAndNothingElse) {
  std::vector<AgentOrder> orders;
  Options options;
  options.may_stop = true;
  options.obey = [&](AgentOrder order) { orders.push_back(order); };
  Start(true, options);
  ASSERT_TRUE(link_->status().state == State::kOnline && Fetches() == 1);
  for (const char* refused : {"kick_vm agent deregister", "kick_vm agent remove", "kick_vm agent update"}) {
    const std::size_t before = Texts().size();
    Say(refused);
    ASSERT_TRUE(Texts().size() > before);
    EXPECT_EQ(Texts().back(), std::string("unknow:") + refused);
  }
  EXPECT_TRUE(orders.empty());
  Say("kick_vm agent stop");
  ASSERT_FALSE(orders.empty());
  ASSERT_EQ(Texts().back(), "accept:kick_vm agent stop");
  EXPECT_EQ(orders, std::vector<AgentOrder>{AgentOrder::kStop});
}

TEST_F(LinkTest, AnIdleLinkCarriesAPingAMinuteAndNothingElse) {
  StartOnline();
  Advance(seconds(5));
  EXPECT_EQ(server_.connections, 1U) << "the request connection is closed after 5 s";
  const int pings = server_.socket()->pings;
  const std::size_t requests = server_.requests.size();
  for (int minute = 1; minute <= 5; ++minute) {
    for (int i = 0; i < 60; ++i) clock_.Advance(seconds(1));
    Poll();
    EXPECT_EQ(server_.socket()->pings, pings + minute);
  }
  EXPECT_EQ(server_.requests.size(), requests);
  EXPECT_EQ(server_.connections, 1U);
}

TEST_F(LinkTest, PingsTellAServerOfOursWhatTheAgentHolds) {
  Options options;
  options.memory = [] { return std::int64_t{6} << 20; };
  StartOnline(true, options);
  EXPECT_EQ(server_.socket()->last_ping, "keepalive memory=6291456");
}

TEST_F(LinkTest, PingsToAStockServerAreAsTheStockAgents) {
  Options options;
  options.memory = [] { return std::int64_t{6} << 20; };
  StartOnline(false, options);
  EXPECT_EQ(server_.socket()->last_ping, "keepalive");
}

TEST_F(LinkTest, ALostWebSocketIsOpenedAgainAfterAPauseAndWorkIsAskedFor) {
  StartOnline();
  Advance(seconds(20));  // a good link: the pause is short again
  AbortSocket();
  ASSERT_EQ(link_->status().state, State::kConnecting);
  Poll();
  EXPECT_EQ(Beats(), 1U);
  Advance(milliseconds(500));
  ASSERT_TRUE(link_->status().state == State::kOnline && Fetches() == 2);
  EXPECT_EQ(Beats(), 2U);
  EXPECT_NE(LastFetch().find("reason=kickoff"), std::string::npos) << "this run has told its startup";
}

TEST_F(LinkTest, AServerThatAnswersNoPingsIsLeft) {
  StartOnline();
  server_.listens = false;
  Advance(seconds(60));
  EXPECT_EQ(link_->status().state, State::kOnline);
  Advance(seconds(60));
  ASSERT_TRUE(link_->status().state != State::kOnline);
  EXPECT_EQ(link_->status().detail, "the server does not answer pings");
  server_.listens = true;
  Advance(seconds(1));
  ASSERT_EQ(link_->status().state, State::kOnline);
}

TEST_F(LinkTest, PausesGrowWhileTheServerIsAway) {
  heartbeat_status_ = 503;
  Start();
  ASSERT_EQ(Beats(), 1U);
  std::vector<std::int64_t> pauses;
  for (std::size_t beat = 2; beat <= 12; ++beat) {
    std::int64_t waited = 0;
    const std::int64_t step = beat < 6 ? 250 : 2000;
    while (Beats() < beat && waited < 70000) {
      Advance(milliseconds(step));
      waited += step;
    }
    pauses.push_back(waited);
  }
  EXPECT_LE(pauses.front(), 750);
  EXPECT_GE(pauses.back(), 30000);
  EXPECT_LE(pauses.back(), 62000);
  EXPECT_EQ(Fetches(), 0U);
  EXPECT_NE(link_->status().detail.find("503"), std::string::npos);
}

TEST_F(LinkTest, WithoutAWebSocketWorkIsAskedForAtEachTry) {
  server_.takes_channels = false;
  Start();
  ASSERT_EQ(Fetches(), 1U);
  ASSERT_EQ(link_->status().state, State::kDeaf);
  Advance(seconds(1));
  ASSERT_GE(Fetches(), 2U);
  EXPECT_EQ(Send(Finish()).delivery, Delivery::kDone) << "reports need no WebSocket";
}

asio::awaitable<void> CountChanges(Link& link, int& changes) {
  for (;;) {
    co_await link.StatusChange();
    ++changes;
  }
}

TEST_F(LinkTest, ChangesOfTheLinkAreToldWithoutAsking) {
  StartOnline();
  int changes = 0;
  Scope watcher(io_.get_executor(), {});
  watcher.Spawn("watch", CountChanges(*link_, changes));
  Advance(seconds(30));
  EXPECT_EQ(changes, 0);
  AbortSocket();
  ASSERT_EQ(changes, 1);
  Advance(seconds(1));
  ASSERT_EQ(changes, 2);
  EXPECT_EQ(link_->status().state, State::kOnline);
  scope_.Spawn("close", watcher.Close());
  Poll();
}

TEST_F(LinkTest, WhoIsReplacedIsToldWhatItMeans) {
  StartOnline();
  server_.socket()->replaced = true;
  AbortSocket();
  ASSERT_EQ(link_->status().state, State::kConnecting);
  EXPECT_NE(link_->status().detail.find("second agent"), std::string::npos);
}

TEST_F(LinkTest, ARefusedIdentityIsShown) {
  heartbeat_status_ = 403;
  Start();
  ASSERT_EQ(link_->status().state, State::kRefused);
  heartbeat_status_ = 200;
  Advance(seconds(1));
  ASSERT_EQ(link_->status().state, State::kOnline);
}

TEST_F(LinkTest, StopEndsEverythingThatWaits) {
  heartbeat_status_ = 503;
  Start();
  ASSERT_EQ(Beats(), 1U);
  std::optional<ReportOutcome> outcome;
  SendSoon(Finish(), outcome);
  bool stopped = false;
  scope_.Spawn("stop", StopThenSay(*link_, stopped));
  Poll();
  EXPECT_TRUE(stopped);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->delivery, Delivery::kLater);
  EXPECT_EQ(Send(Finish()).delivery, Delivery::kLater);
}

TEST_F(LinkTest, AStopSaysGoodbye) {
  StartOnline();
  bool stopped = false;
  scope_.Spawn("stop", StopThenSay(*link_, stopped));
  Poll();
  EXPECT_TRUE(stopped) << "the server has answered";
  EXPECT_EQ(server_.sockets.back()->goodbye, "the agent stops");
  Advance(seconds(100));
  EXPECT_EQ(server_.sockets.size(), 1U) << "nothing connects any more";
  EXPECT_EQ(server_.connections, 0U);
}

TEST_F(LinkTest, AServerThatSaysNothingIsNotWaitedForLong) {
  StartOnline();
  server_.listens = false;
  bool stopped = false;
  scope_.Spawn("stop", StopThenSay(*link_, stopped));
  Poll();
  Advance(milliseconds(900));
  EXPECT_FALSE(stopped);
  Advance(milliseconds(200));
  ASSERT_TRUE(stopped);
  server_.listens = true;
}

}  // namespace
}  // namespace assist::agent::link
