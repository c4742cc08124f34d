#include "agent/service/rest_keeper.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "agent/task_engine/fake_report_sink.h"
#include "common/async/manual_clock.h"

namespace assist::agent::service {
namespace {

using std::chrono::seconds;

class RestKeeperTest : public testing::Test {
 protected:
  void Pass(seconds time) {
    clock_.Advance(time);
    Run();
  }
  void Run() {
    io_.restart();
    io_.poll();
  }
  static asio::awaitable<void> SendOne(RestKeeper& keeper, wire::ReportKind kind) {
    wire::Report report;
    report.task_id = "t-1";
    report.kind = kind;
    co_await keeper.Send(std::move(report));
  }
  void Send(wire::ReportKind kind = wire::ReportKind::kRunning) {
    asio::co_spawn(io_, SendOne(keeper_, kind), asio::detached);
    Run();
  }

  asio::io_context io_{1};
  ManualClock clock_;
  task_engine::FakeReportSink server_{io_.get_executor()};
  int rests_ = 0;
  RestKeeper keeper_{server_, io_.get_executor(), clock_, seconds(3), [this] { ++rests_; }};
};

TEST_F(RestKeeperTest, RestComesOnceWhenNoReportWentForTheTimeOfQuiet) {
  Send();
  EXPECT_EQ(server_.reports.size(), 1U);
  Pass(seconds(2));
  Send();
  Pass(seconds(2));
  EXPECT_EQ(rests_, 0) << "the second report was two seconds ago";
  Pass(seconds(1));
  EXPECT_EQ(rests_, 1);
  Pass(seconds(60));
  EXPECT_EQ(rests_, 1);
  EXPECT_FALSE(clock_.has_pending()) << "no timer runs at rest";
}

TEST_F(RestKeeperTest, EveryBusyTimeEndsInARest) {
  Send();
  Pass(seconds(3));
  keeper_.Worked();
  Pass(seconds(3));
  EXPECT_EQ(rests_, 2);
}

TEST_F(RestKeeperTest, TheEndOfATaskIsTold) {
  int ends = 0;
  keeper_.OnEnd([&ends] { ++ends; });
  Send();
  EXPECT_EQ(ends, 0);
  Send(wire::ReportKind::kTimeout);
  EXPECT_EQ(ends, 1);
}

TEST_F(RestKeeperTest, AnAnswerThatComesLateIsWorkToo) {
  server_.Hold();
  Send();
  Pass(seconds(3));
  EXPECT_EQ(rests_, 1);
  server_.Release();
  Run();
  Pass(seconds(3));
  EXPECT_EQ(rests_, 2);
}

}  // namespace
}  // namespace assist::agent::service
