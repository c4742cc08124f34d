#include "agent/link/testing/link_test.h"

namespace assist::agent::link {
namespace {

TEST_F(LinkTest, AStockServersWebSocketComesFirstThenTheHeartBeatThenTheList) {
  StartOnline(false);
  const std::vector<FakeServer::Seen>& seen = server_.requests;
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].path(), wire::path::kNotify);
  EXPECT_EQ(seen[1].path(), wire::path::kHeartbeat);
  EXPECT_EQ(seen[2].path(), wire::path::kTaskList);
  EXPECT_NE(LastFetch().find("reason=startup&cold_start=false&"), std::string::npos);
}

TEST_F(LinkTest, AStockServerIsAskedPerKickAndOnceMoreWhenEmpty) {
  StartOnline(false);
  Say("kick_vm task run t-9");
  ASSERT_EQ(Fetches(), 2U);
  EXPECT_NE(LastFetch().find("reason=kickoff&taskId=t-9&"), std::string::npos);
  Poll();
  work_for_fetch_ = "t-9";
  Advance(seconds(3));
  ASSERT_EQ(Fetches(), 3U);
  EXPECT_NE(LastFetch().find("taskId=t-9"), std::string::npos);
  Poll();
  Advance(seconds(3));
  EXPECT_EQ(Fetches(), 3U);
  EXPECT_EQ(work_.lists.size(), 1U);
}

TEST_F(LinkTest, AStockServerGetsAHeartBeatAMinute) {
  StartOnline(false);
  Advance(seconds(60));
  ASSERT_EQ(Beats(), 2U);
  EXPECT_NE(server_.RequestsTo(wire::path::kHeartbeat).back().request.target.find("&index=1&seq_no=1"),
            std::string::npos);
}

// As captured in heartbeat: the answers in turn, and what is sent.
TEST_F(LinkTest, AStockServersHeartBeatsAreThoseOfTheCapture) {
  const std::vector<std::pair<int, std::string>> answers = {
      {200, R"({"errMsg":"Required request parameter 'os_type' for method parameter type String is not present"})"},
      {200, R"({"code":200,"nextInterval":60000})"},
      {200, R"({"code":200,"nextInterval":56000})"},
      {200, R"({"code":200,"nextInterval":5000})"},
      {500, ""},
      {500, ""},
      {401, ""},
      {200, ""}};
  std::size_t next = 0;
  server_.answer = [&](const Request& request) {
    if (!request.target.starts_with(wire::path::kHeartbeat)) return Answer(request);
    const auto& [status, body] = answers.at(std::min(next++, answers.size() - 1));
    return Response{status, body};
  };
  Start(false);
  ASSERT_EQ(Fetches(), 1U);
  Poll();
  std::vector<std::int64_t> waited;
  while (Beats() < 9) {
    const std::size_t before = Beats();
    std::int64_t ms = 0;
    while (Beats() == before && ms < 70000) {
      const std::int64_t step = ms == 0 ? 3000 : ms == 3000 ? 51750 : 250;
      Advance(milliseconds(step));
      ms += step;
    }
    ASSERT_GT(Beats(), before);
    waited.push_back(ms);
  }
  const auto beats = server_.RequestsTo(wire::path::kHeartbeat);
  const auto numbers = [&](std::size_t i) {
    const std::string& target = beats.at(i).request.target;
    const std::size_t at = target.find("&index=");
    return target.substr(at, target.find("&virt_type") - at);
  };
  EXPECT_NE(beats[0].request.target.find("&machineid=m-1&cold_start=false"), std::string::npos);
  EXPECT_NE(beats[1].request.target.find("&virt_type=kvm&lang=golang&os_type=linux&os_version=Linux_%231+x"
                                         "&app_version=0.1.0&az=unknown&cold_start=false"),
            std::string::npos)
      << beats[1].request.target;
  EXPECT_TRUE(beats[2].request.target.ends_with("&app_version=0.1.0&az=unknown"));
  const std::vector<std::string> expected = {"&index=0&seq_no=0", "&index=0&seq_no=0", "&index=1&seq_no=1",
                                             "&index=2&seq_no=2", "&index=3&seq_no=3", "&index=3&seq_no=3",
                                             "&index=3&seq_no=4", "&index=3&seq_no=5", "&index=4&seq_no=6"};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(numbers(i), expected[i]) << i;
  EXPECT_EQ(beats[4].request.target, beats[5].request.target) << "the very same once more";
  ASSERT_EQ(waited.size(), 7U);
  EXPECT_EQ(waited[0], 60000);
  EXPECT_EQ(waited[1], 56000);
  EXPECT_GE(waited[2], 55000) << "5000 is out of range";
  EXPECT_LE(waited[2], 65250);
  EXPECT_EQ(waited[3], 3000);
  for (std::size_t i = 4; i < 7; ++i) {
    EXPECT_GE(waited[i], 55000) << i << ": 401 is not repeated";
    EXPECT_LE(waited[i], 65250) << i;
  }
}

TEST_F(LinkTest, AStockServerThatAnswersNoHeartBeatsIsWorkedForAllTheSame) {
  heartbeat_status_ = 503;
  StartOnline(false);
  EXPECT_EQ(Beats(), 3U) << "at the start up to three, without a pause";
  EXPECT_EQ(Send(Finish()).delivery, Delivery::kDone);
  for (int i = 0; i < 30 * 6; ++i) Advance(seconds(10));
  EXPECT_EQ(link_->status().state, State::kOnline);
  EXPECT_GE(Beats(), 3U + 21 + 3);
  EXPECT_LE(Beats(), 3U + 33 + 3) << "three repeats an hour, not more";
}

// It counts no bytes: what it may have taken is there twice when it comes again.
TEST_F(LinkTest, OutputThatAStockServerMayHaveIsNotSentAgain) {
  StartOnline(false);
  Send(Finish());
  server_.answers_per_connection = 1;  // the kept one takes one more request and ends
  std::size_t before = server_.requests.size();
  EXPECT_EQ(Send(Running("x")).delivery, Delivery::kDone);
  EXPECT_EQ(server_.requests.size(), before + 1);
  Send(Finish());
  before = server_.requests.size();
  EXPECT_EQ(Send(Finish()).delivery, Delivery::kDone);
  EXPECT_EQ(server_.requests.size(), before + 2) << "an end may come twice";
}

TEST_F(LinkTest, TooManyKicksBecomeOneFetchOfAll) {
  StartOnline(false);
  server_.go_on.Reset();
  for (int i = 0; i < 200; ++i) Say("kick_vm task run t-" + std::to_string(i));
  server_.go_on.Set();
  const std::size_t before = Fetches();
  for (int i = 0; i < 300; ++i) Advance(seconds(3));
  std::size_t kicked = 0;
  std::size_t plain = 0;
  const auto fetches = server_.RequestsTo(wire::path::kTaskList);
  for (std::size_t i = before; i < fetches.size(); ++i) {
    ++(fetches[i].request.target.find("taskId=t-") == std::string::npos ? plain : kicked);
  }
  EXPECT_GE(kicked, 64U);
  EXPECT_LE(kicked, 2 * 65U) << "each is asked for again once, when its answer was empty";
  EXPECT_GE(plain, 1U);
}

}  // namespace
}  // namespace assist::agent::link
