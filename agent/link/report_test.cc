#include "agent/link/testing/link_test.h"

namespace assist::agent::link {
namespace {

TEST_F(LinkTest, AReportsAnswerDecides) {
  StartOnline();
  report_answer_.next = 9;
  ReportOutcome outcome = Send(Running("output"));
  EXPECT_EQ(outcome.delivery, Delivery::kDone);
  EXPECT_EQ(outcome.next, 9U);
  const FakeServer::Seen& seen = server_.requests.back();
  const Request& request = seen.request;
  EXPECT_EQ(request.target, "/luban/api/v1/task/running?taskId=t-1&invokeVersion=0&start=7");
  EXPECT_EQ(request.body, "output");
  EXPECT_EQ(*seen.Find(wire::header::kAssistOffset), "3");
  EXPECT_EQ(*seen.Find("Content-Type"), "text/plain; charset=utf-8");
  for (const auto& [status, delivery] : std::vector<std::pair<int, Delivery>>{{410, Delivery::kGone},
                                                                              {503, Delivery::kLater},
                                                                              {500, Delivery::kLater},
                                                                              {401, Delivery::kLater},
                                                                              {403, Delivery::kLater},
                                                                              {400, Delivery::kLater}}) {
    report_status_ = status;
    EXPECT_EQ(Send(Finish()).delivery, delivery) << status;
  }
}

TEST_F(LinkTest, AReportWaitsForTheLinkAndGoesAsSoonAsItIsBack) {
  heartbeat_status_ = 503;
  Start();
  ASSERT_EQ(Beats(), 1U);
  std::optional<ReportOutcome> outcome;
  SendSoon(Finish(), outcome);
  EXPECT_FALSE(outcome);
  heartbeat_status_ = 200;
  Advance(seconds(1));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->delivery, Delivery::kDone);
}

TEST_F(LinkTest, AReportThatGetsNoAnswerIsForLater) {
  StartOnline();
  server_.go_on.Reset();
  std::optional<ReportOutcome> outcome;
  SendSoon(Finish(), outcome);
  Advance(milliseconds(9999));
  EXPECT_FALSE(outcome);
  Advance(milliseconds(1));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->delivery, Delivery::kLater);
  server_.go_on.Set();
}

TEST_F(LinkTest, AtMostFourRequestsAtATime) {
  StartOnline();
  Advance(seconds(6));
  server_.go_on.Reset();
  const std::size_t before = server_.requests.size();
  std::vector<std::optional<ReportOutcome>> outcomes(10);
  for (auto& outcome : outcomes) SendSoon(Finish(), outcome);
  ASSERT_EQ(server_.requests.size(), before + 4);
  Poll();
  EXPECT_EQ(server_.requests.size(), before + 4);
  EXPECT_EQ(server_.connections, 5U);
  server_.go_on.Set();
  Poll();
  for (const auto& outcome : outcomes) EXPECT_TRUE(outcome);
  EXPECT_EQ(server_.requests.size(), before + 10);
}

}  // namespace
}  // namespace assist::agent::link
