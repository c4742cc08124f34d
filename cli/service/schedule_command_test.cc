#include "cli/service/schedule_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "cli/client/fake_api_server.h"
#include "cli/service/fake_console.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "common/schedule/fake_zones.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Request = FakeApiServer::Request;
using Step = FakeApiServer::Step;
using Verb = ScheduleOptions::Verb;

/// A server with as many schedules as a test wants.
class ScheduleCommandTest : public ::testing::Test {
 protected:
  ScheduleCommandTest() {
    settings_.endpoint = {"127.0.0.1", server_.port(), false};
    settings_.access_key_id = "id";
    settings_.access_key_secret = Secret<std::string>("secret");
    settings_.region_id = "cn-hangzhou";
    server_.otherwise = [this](const Request& request) { return Answer(request); };
  }

  Step Answer(const Request& request) const {
    using Kind = Step::Kind;
    if (request.action() == "DescribeManagedInstances") {
      return {Kind::kAnswer, 200, R"({"Instances":[{"InstanceId":"mi-0","InstanceName":"web"}],"NextToken":""})", ""};
    }
    if (request.action() == "DescribeScheduleCalendar") {
      return {Kind::kAnswer, 200,
              R"({"From":"2026-03-01T00:00:00Z","To":"2026-03-02T00:00:00Z","Bucket":3600,"TotalCount":0})", ""};
    }
    const std::size_t size = std::stoul(request.fields.at("MaxResults"));
    const auto token = request.fields.find("NextToken");
    std::size_t at = token == request.fields.end() ? 0 : std::stoul(token->second);
    json::Array rows;
    for (; at < schedules_ && rows.size() < size; ++at) {
      rows.push_back(json::Object{{"InvokeId", "t-1"},
                                  {"InstanceId", "mi-" + std::to_string(at)},
                                  {"RepeatMode", "Period"},
                                  {"InvocationStatus", "Scheduled"},
                                  {"Runs", 1},
                                  {"Missed", 0}});
    }
    json::Object answer;
    answer["TotalCount"] = schedules_;
    answer["NextToken"] = at < schedules_ ? std::to_string(at) : "";
    answer["Schedules"] = json::Object{{"Schedule", rows}};
    return {Kind::kAnswer, 200, json::Write(answer), ""};
  }

  ExitCode Run(ScheduleOptions options) {
    ApiClient::Options client_options;
    client_options.retry.attempts = 1;
    ApiClient client(settings_, nullptr, clock_, random_, client_options);
    ExitCode exit = ExitCode::kInterrupted;
    auto done = [&](std::exception_ptr error, ExitCode code) {
      EXPECT_FALSE(error);
      exit = code;
      io_.stop();
    };
    asio::co_spawn(io_, RunSchedule(std::move(options), Zone::Utc(), settings_, client, clock_, random_, program_),
                   done);
    io_.run();
    return exit;
  }
  static ScheduleOptions With(Verb verb) {
    ScheduleOptions options;
    options.verb = verb;
    return options;
  }

  asio::io_context io_{1};
  FakeApiServer server_{io_};
  Settings settings_;
  SystemClock clock_;
  SystemRandom random_;
  FakeConsole console_;
  Program program_{Text(Language::kEnglish), Style(), Style(), [](const char*) -> const char* { return nullptr; },
                   console_};
  FakeZones zones_;
  std::size_t schedules_ = 2;
};

TEST_F(ScheduleCommandTest, AListShowsNamesWhereTheyAreKnown) {
  EXPECT_EQ(Run(With(Verb::kList)), ExitCode::kSuccess);
  EXPECT_THAT(console_.out, HasSubstr("\n  web      Scheduled"));
  EXPECT_THAT(console_.out, HasSubstr("\n  mi-1     Scheduled"));
  EXPECT_EQ(console_.err, "");
}

TEST_F(ScheduleCommandTest, AListTakesAllPagesUpToItsLimit) {
  schedules_ = 120;
  ScheduleOptions options = With(Verb::kList);
  options.output = ScheduleOptions::Output::kJson;
  options.invocation = "t-1";
  options.instance = "mi-1";
  options.ended = true;
  options.overdue = true;
  EXPECT_EQ(Run(options), ExitCode::kSuccess);
  ASSERT_EQ(server_.requests.size(), 3u);
  EXPECT_EQ(server_.requests[1].fields.at("NextToken"), "50");
  EXPECT_EQ(server_.requests[1].fields.at("InvokeId"), "t-1");
  EXPECT_EQ(server_.requests[1].fields.at("InstanceId"), "mi-1");
  EXPECT_EQ(server_.requests[1].fields.at("IncludeEnded"), "true");
  EXPECT_EQ(server_.requests[1].fields.at("Overdue"), "true");
  const auto answer = json::ParseObject(console_.out.substr(0, console_.out.size() - 1));
  ASSERT_TRUE(answer) << console_.out;
  EXPECT_EQ(answer->at("TotalCount").as_int64(), 120);
  EXPECT_EQ(answer->at("Schedules").as_object().at("Schedule").as_array().size(), 120u);
}

TEST_F(ScheduleCommandTest, WhatIsBeyondTheLimitIsCounted) {
  schedules_ = 120;
  ScheduleOptions options = With(Verb::kList);
  options.limit = 60;
  EXPECT_EQ(Run(options), ExitCode::kSuccess);
  EXPECT_THAT(console_.out, HasSubstr("  mi-59 "));
  EXPECT_THAT(console_.out, Not(HasSubstr("  mi-60 ")));
  EXPECT_THAT(console_.err, HasSubstr("and 60 more"));
}

TEST_F(ScheduleCommandTest, AnEmptyListIsNoFailure) {
  schedules_ = 0;
  EXPECT_EQ(Run(With(Verb::kList)), ExitCode::kSuccess);
  EXPECT_EQ(console_.out, "");
  EXPECT_THAT(console_.err, HasSubstr("no such schedules"));
}

TEST_F(ScheduleCommandTest, ACalendarAsksForItsWindow) {
  ScheduleOptions options = With(Verb::kCalendar);
  options.from = ParseIso8601("2026-03-01T00:00:00Z");
  options.hours = std::chrono::hours(48);
  options.bucket = std::chrono::seconds(600);
  EXPECT_EQ(Run(options), ExitCode::kSuccess);
  ASSERT_EQ(server_.requests.size(), 1u);
  EXPECT_EQ(server_.requests[0].fields.at("From"), "2026-03-01T00:00:00Z");
  EXPECT_EQ(server_.requests[0].fields.at("To"), "2026-03-03T00:00:00Z");
  EXPECT_EQ(server_.requests[0].fields.at("Bucket"), "600");
  EXPECT_THAT(console_.out, HasSubstr("Nothing is due."));
}

TEST_F(ScheduleCommandTest, ARefusalIsOneLineAndItsExitCode) {
  server_.otherwise = [](const Request&) {
    return Step{Step::Kind::kAnswer, 404, R"({"Code":"InvalidAction.NotFound","Message":"m","RequestId":"R"})", ""};
  };
  EXPECT_EQ(Run(With(Verb::kList)), ExitCode::kRefused);
  EXPECT_THAT(console_.err, HasSubstr("InvalidAction.NotFound"));
  EXPECT_EQ(console_.out, "");
}

TEST_F(ScheduleCommandTest, AnswersThatAreNotUnderstoodAreTold) {
  server_.otherwise = [](const Request&) { return Step{Step::Kind::kAnswer, 200, R"({"TotalCount":1})", ""}; };
  EXPECT_EQ(Run(With(Verb::kList)), ExitCode::kRefused);
  EXPECT_THAT(console_.err, HasSubstr("Schedules"));
}

TEST_F(ScheduleCommandTest, APreviewAsksNobody) {
  ScheduleOptions options = With(Verb::kPreview);
  options.expression = "0 */10 * * * * Asia/Shanghai";
  options.count = 1;
  const SystemTime now = *ParseIso8601("2026-03-01T04:06:48Z");
  EXPECT_EQ(RunPreview(options, zones_, Zone::Utc(), now, program_), ExitCode::kSuccess);
  EXPECT_THAT(console_.out, HasSubstr("2026-03-01 12:10:00 +08:00"));
  EXPECT_TRUE(server_.requests.empty());
  options.output = ScheduleOptions::Output::kJson;
  console_.out.clear();
  EXPECT_EQ(RunPreview(options, zones_, Zone::Utc(), now, program_), ExitCode::kSuccess);
  EXPECT_THAT(console_.out, HasSubstr(R"("Next":["2026-03-01T04:10:00Z"]})"));
}

TEST_F(ScheduleCommandTest, AWrongExpressionIsAWrongUsageAndPointedAt) {
  ScheduleOptions options = With(Verb::kPreview);
  options.expression = "0 0 25 * * *";
  EXPECT_EQ(RunPreview(options, zones_, Zone::Utc(), SystemTime{}, program_), ExitCode::kUsage);
  EXPECT_THAT(console_.err, HasSubstr("assist: field 3 (hour)"));
  EXPECT_THAT(console_.err, HasSubstr("\n      ^^\n"));
  EXPECT_EQ(console_.out, "");
}

TEST_F(ScheduleCommandTest, TheZoneIsTheOneThatIsNamed) {
  ScheduleOptions options = With(Verb::kList);
  const auto local = Zone::Utc();
  EXPECT_EQ(ChooseZone(options, zones_, local, program_), local);
  options.zone = "Asia/Shanghai";
  ASSERT_NE(ChooseZone(options, zones_, local, program_), nullptr);
  EXPECT_EQ(ChooseZone(options, zones_, local, program_)->name(), "Asia/Shanghai");
  EXPECT_EQ(console_.err, "");
  options.zone = "Asia/Nowhere";
  EXPECT_EQ(ChooseZone(options, zones_, local, program_), nullptr);
  EXPECT_THAT(console_.err, HasSubstr("--zone"));
}

}  // namespace
}  // namespace assist::cli
