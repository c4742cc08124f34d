#include "agent/link/testing/link_test.h"

namespace assist::agent::link {
namespace {

TEST_F(LinkTest, KicksDuringAFetchCauseOneMore) {
  StartOnline();
  server_.go_on.Reset();
  Say("kick_vm");
  ASSERT_EQ(Fetches(), 2U);
  for (int i = 0; i < 5; ++i) Say(i == 0 ? "kick_vm" : "kick_vm task run t-" + std::to_string(i));
  ASSERT_EQ(Texts().size(), 6);
  server_.go_on.Set();
  Poll();
  ASSERT_EQ(Fetches(), 3U);
  Poll();
  EXPECT_EQ(Fetches(), 3U);
}

TEST_F(LinkTest, AStartupFetchThatFailsIsTriedUntilItComesThrough) {
  list_status_ = 503;
  int heard = 0;
  Options options;
  options.startup_heard = [&heard] { ++heard; };
  Start(true, options);
  const std::string first = std::to_string(ToUnixMillis(clock_.Now()));
  ASSERT_EQ(Fetches(), 1U);
  for (std::size_t fetches = 2; fetches <= 9; ++fetches) {
    Poll();
    Advance(seconds(2));
    ASSERT_TRUE(Fetches() == fetches) << fetches;
    EXPECT_NE(LastFetch().find("reason=startup"), std::string::npos);
    EXPECT_NE(LastFetch().find("&currentTime=" + first + "&"), std::string::npos)
        << "it is one run of the agent that asks: " << LastFetch();
  }
  EXPECT_EQ(heard, 0);
  list_status_ = 200;
  Poll();
  Advance(seconds(2));
  ASSERT_EQ(Fetches(), 10U);
  Poll();
  EXPECT_EQ(heard, 1);
  Say("kick_vm");
  ASSERT_EQ(Fetches(), 11U);
  EXPECT_NE(LastFetch().find("reason=kickoff"), std::string::npos);
  Poll();
  EXPECT_EQ(heard, 1);
}

TEST_F(LinkTest, AFetchTellsTheServersTimeAsFarAsLearnt) {
  server_.ahead = seconds(7);
  StartOnline();
  EXPECT_NE(LastFetch().find("&currentTime=1700000007000&"), std::string::npos) << LastFetch();
  EXPECT_EQ(link_->status().server_ahead, seconds(7));
}

TEST_F(LinkTest, OursAndStockArePinnedByTheRegistration) {
  const auto fetch = [this](bool ours, const char* entry) {
    server_.answer = [this, entry](const Request& request) {
      if (!request.target.starts_with(wire::path::kTaskList)) return Answer(request);
      return Response{200, std::string(R"({"code":200,"instanceId":"mi-1","run":[)") + entry + "]}"};
    };
    Start(ours);
    const wire::TaskEntry had = work_.lists.back().run.at(0);
    bool stopped = false;
    scope_.Spawn("stop", StopThenSay(*link_, stopped));
    Poll();
    EXPECT_TRUE(stopped);
    return had.assist.has_value();
  };
  EXPECT_FALSE(fetch(false, R"({"task":{"taskID":"t-1","type":"RunShellScript"},"assist":{"delivery":7}})"));
  EXPECT_TRUE(fetch(true, R"({"task":{"taskID":"t-1","type":"RunShellScript"}})"));
}

TEST_F(LinkTest, Code408MeansAskAgain) {
  int lists = 0;
  server_.answer = [&](const Request& request) {
    if (!request.target.starts_with(wire::path::kTaskList)) return Answer(request);
    return Response{200, ++lists < 3 ? R"({"code":408})" : R"({"code":200})"};
  };
  Start(false);
  for (int fetch = 1; fetch <= 3; ++fetch) {
    ASSERT_EQ(lists, fetch);
    Poll();
    Advance(seconds(2));
  }
  Advance(seconds(10));
  EXPECT_EQ(lists, 3);
}

}  // namespace
}  // namespace assist::agent::link
