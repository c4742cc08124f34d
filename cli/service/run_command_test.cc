#include "cli/service/run_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/client/fake_api_server.h"
#include "cli/service/ecs_command.h"
#include "cli/service/fake_console.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "protocol/encoding/base64.h"
#include "protocol/json/json.h"

namespace assist::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Kind = FakeApiServer::Step::Kind;
using Request = FakeApiServer::Request;
using Step = FakeApiServer::Step;
using Words = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A server with machines whose state a test moves on, call by call.
class RunCommandTest : public ::testing::Test {
 protected:
  struct Box {
    std::string id;
    std::string name;
    std::string status = "Running";
    std::string output{};
    std::string more{};  ///< Further members of the row, each with a comma before it.
    bool connected = true;
  };

  RunCommandTest() {
    timing_.patience = seconds(0);
    server_.otherwise = [this](const Request& request) { return Answer(request); };
  }

  Step Answer(const Request& request) {
    if (request.action() == "RunCommand") {
      runs_.push_back(request);
      return {Kind::kAnswer, 200, R"({"RequestId":"R","CommandId":"c-1","InvokeId":"t-1"})", ""};
    }
    if (request.action() == "ManagePackages") {
      runs_.push_back(request);
      return {Kind::kAnswer, 200, R"({"InvokeId":"t-1","PackageVersion":"1.2","Warning":"1.2 is deprecated"})", ""};
    }
    if (request.action() == "DescribeManagedInstances") return Machines(request);
    if (request.action() == "DescribeInvocationResults") {
      if (on_poll_) on_poll_(++polls_);
      return Results(request);
    }
    return {Kind::kAnswer, 404, R"({"Code":"InvalidAction.NotFound","Message":"m","RequestId":"R"})", ""};
  }
  Step Machines(const Request& request) {
    json::Array list;
    for (const Box& box : boxes_) {
      bool wanted = request.fields.count("InstanceId.1") == 0 && request.fields.count("InstanceName") == 0;
      wanted = wanted || (request.fields.count("InstanceName") != 0 && request.fields.at("InstanceName") == box.name);
      for (const auto& [name, value] : request.fields)
        wanted = wanted || (name.starts_with("InstanceId.") && value == box.id);
      if (wanted) list.push_back({{"InstanceId", box.id}, {"InstanceName", box.name}, {"Connected", box.connected}});
    }
    return {Kind::kAnswer, 200, json::Write(json::Object{{"Instances", list}, {"NextToken", ""}}), ""};
  }
  Step Results(const Request& request) {
    const bool range = request.fields.count("OutputOffset") != 0;
    EXPECT_EQ(range, request.fields.count("InstanceId") != 0);
    const auto offset = range ? std::stoul(request.fields.at("OutputOffset")) : 0;
    const auto length = range ? std::stoul(request.fields.at("OutputLength")) : 24'576;
    std::string rows;
    int total = 0;
    for (const Box& box : boxes_) {
      if (request.fields.count("InstanceId") != 0 && request.fields.at("InstanceId") != box.id) continue;
      const std::size_t begin = std::min(offset, box.output.size());
      rows += (total++ == 0 ? "" : ",") + std::string(R"({"InstanceId":")") + box.id + R"(","InvocationStatus":")" +
              box.status + "\"" + (range ? ",\"OutputOffset\":" + std::to_string(begin) : "") + R"(,"OutputSize":)" +
              std::to_string(box.output.size()) + R"(,"Output":")" +
              encoding::Base64Encode(box.output.substr(begin, length)) + "\"" + box.more + "}";
    }
    return {Kind::kAnswer, 200,
            R"({"RequestId":"R","Invocation":{"TotalCount":)" + std::to_string(total) +
                R"(,"PageNumber":1,"PageSize":50,"NextToken":"","InvocationResults":{"InvocationResult":[)" + rows +
                "]}}}",
            ""};
  }

  asio::awaitable<void> RunAndStop() {
    exit_ = co_await session_->Run();
    io_.stop();
  }
  /// Runs `assist run WORDS` to its end.
  ExitCode Run(Words words) {
    auto options = ParseRun(words, Text(Language::kEnglish));
    EXPECT_TRUE(options) << options.error().detail;
    return Run(std::move(*options));
  }
  ExitCode Run(RunOptions options) {
    const std::string script = options.script;
    session_ = std::make_unique<RunSession>(std::move(options), script, settings_, client_, clock_, random_, program_,
                                            timing_);
    asio::co_spawn(io_, RunAndStop(), asio::detached);
    io_.run_for(seconds(20));
    EXPECT_TRUE(exit_) << "no end within 20 s";
    return exit_.value_or(ExitCode::kUsage);
  }

  asio::io_context io_{1};
  SystemClock clock_;
  SystemRandom random_;
  FakeApiServer server_{io_};
  Settings settings_ = ForServer(server_.port());
  ApiClient client_{settings_, nullptr, clock_, random_, FastRetry()};
  RunSession::Timing timing_;
  FakeConsole console_;
  Program program_{Text(Language::kEnglish), Style(), Style(), [](const char*) -> const char* { return nullptr; },
                   console_};
  std::vector<Box> boxes_;
  std::vector<Request> runs_;
  std::function<void(int)> on_poll_;
  int polls_ = 0;
  std::unique_ptr<RunSession> session_;
  std::optional<ExitCode> exit_;

 private:
  static Settings ForServer(std::uint16_t port) {
    Settings settings;
    settings.endpoint = {"127.0.0.1", port, false};
    settings.access_key_id = "id";
    settings.access_key_secret = Secret<std::string>("secret");
    settings.region_id = "cn-hangzhou";
    return settings;
  }
  static ApiClient::Options FastRetry() {
    ApiClient::Options options;
    options.retry.first_pause = milliseconds(1);
    return options;
  }
};

TEST_F(RunCommandTest, OneMachineInAPipeGivesItsOutputAlone) {
  boxes_ = {{"mi-1", "web-1", "Success", "123\n", ",\"ExitCode\":0"}};
  EXPECT_EQ(Run({"-i", "mi-1", "--", "echo 123"}), ExitCode::kSuccess) << console_.err;
  EXPECT_EQ(console_.out, "123\n");
  EXPECT_THAT(console_.err, HasSubstr("1 machine: 1 succeeded"));
  ASSERT_EQ(runs_.size(), 1u);
  EXPECT_EQ(runs_[0].fields.at("CommandContent"), "ZWNobyAxMjM=");
  EXPECT_EQ(runs_[0].fields.at("InstanceId.1"), "mi-1");
  EXPECT_EQ(runs_[0].fields.at("RegionId"), "cn-hangzhou");
  EXPECT_FALSE(runs_[0].fields.at("ClientToken").empty());
}

TEST_F(RunCommandTest, AnOrderIsFollowedLikeARunAndItsRefusalExplained) {
  boxes_ = {{"mi-1", "web-1", "Success", "installed\n", ",\"ExitCode\":0"},
            {"mi-2", "web-2", "Failed", "REFUSED NoSpace: needs 3 GiB\n", ",\"ExitCode\":49"}};
  RunOptions options;
  options.stored_action = "ManagePackages";
  options.stored = {{"Verb", "Install"}, {"Name", "x"}};
  options.all = true;
  EXPECT_EQ(Run(std::move(options)), ExitCode::kSomeFailed) << console_.err;
  EXPECT_EQ(console_.out, "web-1 | installed\nweb-2 | REFUSED NoSpace: needs 3 GiB\n");
  EXPECT_THAT(console_.err, HasSubstr("the server warns: 1.2 is deprecated"));
  EXPECT_THAT(console_.err,
              HasSubstr("web-2 (mi-2): refused, NoSpace: the disk there has no room for it (needs 3 GiB)"));
  EXPECT_THAT(console_.err, HasSubstr("  NoSpace: Make room on the machine"));
  ASSERT_EQ(runs_.size(), 1u);
  EXPECT_EQ(runs_[0].fields.at("Verb"), "Install");
  EXPECT_EQ(runs_[0].fields.at("InstanceId.2"), "mi-2");
}

TEST_F(RunCommandTest, AnOrderThatIsNotWaitedForPrintsItsId) {
  boxes_ = {{"mi-1", "web-1"}};
  RunOptions options;
  options.stored_action = "ManagePackages";
  options.stored = {{"Verb", "Install"}, {"Name", "x"}};
  options.instances = {"mi-1"};
  options.detach = true;
  options.output = RunOptions::Output::kJson;
  EXPECT_EQ(Run(std::move(options)), ExitCode::kSuccess) << console_.err;
  EXPECT_EQ(console_.out, "{\"InvokeId\":\"t-1\"}\n");
}

TEST_F(RunCommandTest, OutputComesWhileTheScriptRuns) {
  boxes_ = {{"mi-1", "web-1", "Pending", ""}};
  std::string seen_before_the_end;
  on_poll_ = [this, &seen_before_the_end](int poll) {
    if (poll == 2) boxes_[0].status = "Running";
    if (poll == 3) boxes_[0].output = "first\n";
    if (poll == 4) seen_before_the_end = console_.out;
    if (poll == 5) {
      boxes_[0].output += "second\n";
      boxes_[0].status = "Success";
    }
  };
  EXPECT_EQ(Run({"-i", "mi-1", "--", "x"}), ExitCode::kSuccess);
  EXPECT_EQ(seen_before_the_end, "first\n");
  EXPECT_EQ(console_.out, "first\nsecond\n");
}

TEST_F(RunCommandTest, SeveralMachinesGetTheirNamesAndTheSummaryNamesWhoFailed) {
  boxes_ = {{"mi-1", "web-1", "Success", "one\n"},
            {"mi-2", "web-2", "Failed", "two", ",\"ExitCode\":3,\"ErrorCode\":\"ExitCodeNonzero\""},
            {"mi-3", "", "Timeout", ""}};
  EXPECT_EQ(Run({"-i", "mi-1", "mi-2", "mi-3", "--", "x"}), ExitCode::kSomeFailed);
  EXPECT_EQ(console_.out, "web-1 | one\nweb-2 | two\n");
  EXPECT_THAT(console_.err, HasSubstr("3 machines: 1 succeeded, 1 failed, 1 timed out"));
  EXPECT_THAT(console_.err, HasSubstr("web-2 (mi-2): failed with exit code 3"));
  EXPECT_THAT(console_.err, HasSubstr("mi-3: timed out"));
}

TEST_F(RunCommandTest, AllMeansEveryRegisteredMachineConnectedOrNot) {
  boxes_ = {{"mi-1", "a", "Success", ""}, {"mi-2", "b", "Success", "", "", false}};
  EXPECT_EQ(Run({"--all", "--", "x"}), ExitCode::kSuccess) << console_.err;
  EXPECT_EQ(runs_.at(0).fields.at("InstanceId.1"), "mi-1");
  EXPECT_EQ(runs_.at(0).fields.at("InstanceId.2"), "mi-2");
}

TEST_F(RunCommandTest, AllOfNothingIsNoSuccess) {
  EXPECT_EQ(Run({"--all", "--", "x"}), ExitCode::kRefused);
  EXPECT_THAT(console_.err, HasSubstr("no machine is registered"));
  EXPECT_TRUE(runs_.empty());
}

TEST_F(RunCommandTest, TagsAreLeftToTheServer) {
  boxes_ = {{"mi-1", "a", "Success", "x\n"}, {"mi-2", "b", "Success", "y\n"}};
  EXPECT_EQ(Run({"-t", "role=web", "--", "x"}), ExitCode::kSuccess);
  EXPECT_EQ(runs_.at(0).fields.at("ResourceTag.1.Key"), "role");
  EXPECT_EQ(runs_.at(0).fields.count("InstanceId.1"), 0u);
  EXPECT_EQ(console_.out, "a | x\nb | y\n");
}

TEST_F(RunCommandTest, ARefusalEndsWithThreeAndItsLine) {
  server_.script = {
      {Kind::kAnswer, 404, R"({"RequestId":"R","Code":"InvalidInstance.NotFound","Message":"no such"})", ""}};
  EXPECT_EQ(Run({"-i", "mi-9", "--", "x"}), ExitCode::kRefused);
  EXPECT_THAT(console_.err, HasSubstr("InvalidInstance.NotFound: no such"));
  EXPECT_EQ(console_.out, "");
}

TEST_F(RunCommandTest, ABrokenConnectionAfterSendingStartsNothingTwice) {
  boxes_ = {{"mi-1", "a", "Success", "x\n"}};
  server_.script = {{Kind::kDropAfterRequest, 200, "", ""}};
  EXPECT_EQ(Run({"-i", "mi-1", "--", "x"}), ExitCode::kSuccess) << console_.err;
  ASSERT_GE(server_.requests.size(), 2u);
  EXPECT_EQ(server_.requests[0].action(), "RunCommand");
  EXPECT_EQ(server_.requests[1].action(), "RunCommand");
  EXPECT_EQ(server_.requests[0].fields.at("ClientToken"), server_.requests[1].fields.at("ClientToken"));
}

TEST_F(RunCommandTest, NobodyThereEndsWithFour) {
  server_.StopListening();
  EXPECT_EQ(Run({"-i", "mi-1", "--", "x"}), ExitCode::kUnreachable);
  EXPECT_THAT(console_.err, HasSubstr("is assist-server running there?"));
}

TEST_F(RunCommandTest, AServerLostWhileWatchingIsWaitedForAndToldOnce) {
  timing_.patience = seconds(10);
  boxes_ = {{"mi-1", "a", "Running", "x\n"}};
  on_poll_ = [this](int poll) {
    if (poll == 2) server_.script = {4, Step{Kind::kDropAfterRequest, 200, "", ""}};
    if (poll == 3) boxes_[0].status = "Success";
  };
  EXPECT_EQ(Run({"-i", "mi-1", "--", "x"}), ExitCode::kSuccess) << console_.err;
  const auto first = console_.err.find("trying again");
  EXPECT_NE(first, std::string::npos) << console_.err;
  EXPECT_EQ(console_.err.find("trying again", first + 1), std::string::npos) << console_.err;
  EXPECT_EQ(console_.out, "x\n");
}

TEST_F(RunCommandTest, ATerminalGetsEscapesAndProgress) {
  console_.terminal = true;
  boxes_ = {{"mi-1", "evil\x1b[2J", "Running", "\x1b[31mred\n"}, {"mi-2", "b", "Success", ""}};
  on_poll_ = [this](int poll) {
    if (poll == 3) boxes_[0].status = "Success";
  };
  EXPECT_EQ(Run({"-i", "mi-1", "mi-2", "--", "x"}), ExitCode::kSuccess);
  EXPECT_EQ(console_.out, "evil\\x1b[2J | \\x1b[31mred\n");
  ASSERT_FALSE(console_.statuses.empty());
  EXPECT_THAT(console_.statuses[0], HasSubstr("1 of 2 done: 1 running, 1 succeeded (0:0"));
}

TEST_F(RunCommandTest, RawLetsControlCharactersThrough) {
  console_.terminal = true;
  boxes_ = {{"mi-1", "a", "Success", "\x1b[31mred\n"}};
  EXPECT_EQ(Run({"-i", "mi-1", "--raw", "--", "x"}), ExitCode::kSuccess);
  EXPECT_EQ(console_.out, "\x1b[31mred\n");
}

TEST_F(RunCommandTest, QuietSaysNothingOfItsOwn) {
  boxes_ = {{"mi-1", "a", "Success", "x\n"}};
  EXPECT_EQ(Run({"-q", "-i", "mi-1", "--", "x"}), ExitCode::kSuccess);
  EXPECT_EQ(console_.out, "x\n");
  EXPECT_EQ(console_.err, "");
}

TEST_F(RunCommandTest, WaitingHasAnEndWhenAskedFor) {
  boxes_ = {{"mi-1", "a", "Running", "x\n"}};
  EXPECT_EQ(Run({"--wait", "1", "-i", "mi-1", "--", "x"}), ExitCode::kSomeFailed);
  EXPECT_EQ(console_.out, "x\n");
  EXPECT_THAT(console_.err, HasSubstr("1 machine: 1 running; the run t-1 goes on"));
  EXPECT_THAT(console_.err, HasSubstr("assist ecs StopInvocation --InvokeId t-1"));
}

TEST_F(RunCommandTest, AMachineThatIsAwayIsNamedWhileWeWait) {
  timing_.tell_away = milliseconds(1);
  boxes_ = {{"mi-1", "a", "Pending", "", "", false}, {"mi-2", "b", "Pending", ""}};
  on_poll_ = [this](int poll) {
    if (poll < 4) return;
    boxes_[0].status = "Success";
    boxes_[1].status = "Success";
  };
  EXPECT_EQ(Run({"-i", "mi-1", "mi-2", "--", "x"}), ExitCode::kSuccess);
  EXPECT_THAT(console_.err, HasSubstr("not connected, will run it when back: a\n"));
}

TEST_F(RunCommandTest, AReaderThatLeavesEndsTheWatching) {
  boxes_ = {{"mi-1", "a", "Running", "x\n"}};
  console_.closed = true;
  EXPECT_EQ(Run({"-i", "mi-1", "--", "x"}), ExitCode::kOutputClosed);
  EXPECT_THAT(console_.err, HasSubstr("the run t-1 goes on"));
}

TEST_F(RunCommandTest, NobodyOnlineIsSaidSo) {
  timing_.tell_away = milliseconds(1);
  boxes_ = {{"mi-1", "a", "Pending", "", "", false}};
  on_poll_ = [this](int poll) {
    if (poll > 3) boxes_[0].status = "Success";
  };
  EXPECT_EQ(Run({"-i", "mi-1", "--", "x"}), ExitCode::kSuccess);
  EXPECT_THAT(console_.err, HasSubstr("no machine is connected; they run it when they are back: a\n"));
}

TEST_F(RunCommandTest, WhoLeavesIsToldHowFarItCame) {
  auto options = ParseRun(Words{"-i", "mi-1", "--", "x"}, Text(Language::kEnglish));
  ASSERT_TRUE(options);
  RunSession session(*options, "x", settings_, client_, clock_, random_, program_, timing_);
  EXPECT_FALSE(session.Reassure()) << "nothing goes on yet";
  session.Leave();
  EXPECT_THAT(console_.err, HasSubstr("nothing was started"));
  boxes_ = {{"mi-1", "a", "Success", ""}};
  Run({"-i", "mi-1", "--", "x"});
  session_->Leave();
  EXPECT_THAT(console_.err, HasSubstr("StopInvocation --InvokeId t-1"));
}

TEST_F(RunCommandTest, AtATerminalTheFirstInterruptionIsAnswered) {
  console_.terminal = true;
  boxes_ = {{"mi-1", "a", "Success", ""}};
  Run({"-i", "mi-1", "--", "x"});
  EXPECT_TRUE(session_->Reassure());
  EXPECT_THAT(console_.err, HasSubstr("Ctrl-C again leaves"));
  EXPECT_FALSE(session_->Reassure()) << "the second one leaves";
  console_.err.clear();
  session_->Leave();
  EXPECT_THAT(console_.err, Not(HasSubstr("goes on"))) << "that was said";
}

TEST_F(RunCommandTest, ANameIsAsGoodAsAnId) {
  boxes_ = {{"mi-1", "web-1", "Success", "x\n"}};
  EXPECT_EQ(Run({"-i", "web-1", "mi-1", "--", "x"}), ExitCode::kSuccess) << console_.err;
  EXPECT_EQ(runs_.at(0).fields.at("InstanceId.1"), "mi-1");
  EXPECT_EQ(runs_.at(0).fields.count("InstanceId.2"), 0u);
}

TEST_F(RunCommandTest, AnUnknownNameIsRefusedWithThoseThatAreNear) {
  boxes_ = {{"mi-1", "web-1", "Success", ""}, {"mi-2", "database", "Success", ""}};
  EXPECT_EQ(Run({"-i", "web-2", "--", "x"}), ExitCode::kRefused);
  EXPECT_THAT(console_.err, HasSubstr("there is no machine 'web-2'; did you mean mi-1 (web-1)?"));
  EXPECT_TRUE(runs_.empty());
}

TEST_F(RunCommandTest, ANameOfTwoMachinesIsRefused) {
  boxes_ = {{"mi-1", "web", "Success", ""}, {"mi-2", "web", "Success", ""}};
  EXPECT_EQ(Run({"-i", "web", "--", "x"}), ExitCode::kRefused);
  EXPECT_THAT(console_.err, HasSubstr("use the id, mi-1 or mi-2"));
}

TEST_F(RunCommandTest, ARefusedIdIsExplained) {
  boxes_ = {{"mi-10", "web-1", "Success", ""}};
  server_.script = {
      {Kind::kAnswer, 404, R"({"RequestId":"R","Code":"InvalidInstance.NotFound","Message":"no such"})", ""}};
  EXPECT_EQ(Run({"-i", "mi-11", "--", "x"}), ExitCode::kRefused);
  EXPECT_THAT(console_.err, HasSubstr("there is no machine 'mi-11'; did you mean mi-10 (web-1)?"));
}

TEST_F(RunCommandTest, TagsThatNoMachineHasAreNamed) {
  server_.script = {
      {Kind::kAnswer, 404, R"({"RequestId":"R","Code":"InvalidInstance.NotFound","Message":"no such"})", ""}};
  EXPECT_EQ(Run({"-t", "role=web", "--", "x"}), ExitCode::kRefused);
  EXPECT_THAT(console_.err, HasSubstr("no machine has the tags role=web"));
}

TEST_F(RunCommandTest, DetachingPrintsTheIdAndLeaves) {
  boxes_ = {{"mi-1", "a", "Running", ""}};
  EXPECT_EQ(Run({"-i", "mi-1", "--no-wait", "--", "x"}), ExitCode::kSuccess);
  EXPECT_EQ(console_.out, "t-1\n");
  EXPECT_EQ(polls_, 0);
}

TEST_F(RunCommandTest, DetachingInJsonPrintsBothIds) {
  boxes_ = {{"mi-1", "a", "Running", ""}};
  EXPECT_EQ(Run({"-i", "mi-1", "--detach", "--output", "json", "--", "x"}), ExitCode::kSuccess);
  EXPECT_EQ(console_.out, "{\"InvokeId\":\"t-1\",\"CommandId\":\"c-1\"}\n");
}

TEST_F(RunCommandTest, JsonIsOneDocumentWithEveryMachine) {
  boxes_ = {{"mi-1", "web-1", "Success", "one\n", ",\"ExitCode\":0"},
            {"mi-2", "web-2", "Cancelled", "", ",\"ErrorCode\":\"MaxErrorsExceeded\""}};
  EXPECT_EQ(Run({"-i", "mi-1", "mi-2", "--output", "json", "--", "x"}), ExitCode::kSomeFailed);
  const auto document = json::ParseObject(console_.out);
  ASSERT_TRUE(document) << console_.out;
  EXPECT_EQ(document->at("InvokeId").as_string(), "t-1");
  EXPECT_EQ(document->at("Succeeded").as_int64(), 1);
  const auto& machines = document->at("Machines").as_array();
  ASSERT_EQ(machines.size(), 2u);
  EXPECT_EQ(machines[0].as_object().at("Output").as_string(), "one\n");
  EXPECT_EQ(machines[0].as_object().at("InstanceName").as_string(), "web-1");
  EXPECT_EQ(machines[1].as_object().at("State").as_string(), "not-started");
  EXPECT_THAT(console_.err, HasSubstr("1 not started"));
}

class EcsCommandTest : public RunCommandTest {
 protected:
  asio::awaitable<void> CallAndStop(EcsCall call) {
    exit_ = co_await RunEcs(std::move(call), settings_, client_, random_, program_);
    io_.stop();
  }
  ExitCode Ecs(Words words) {
    auto call = ParseEcs(words, Text(Language::kEnglish));
    EXPECT_TRUE(call) << call.error().detail;
    asio::co_spawn(io_, CallAndStop(std::move(*call)), asio::detached);
    io_.run_for(seconds(20));
    EXPECT_TRUE(exit_) << "no end within 20 s";
    return exit_.value_or(ExitCode::kUsage);
  }
};

TEST_F(EcsCommandTest, TheAnswerGoesOutAsReceivedInAPipe) {
  server_.script = {{Kind::kAnswer, 200, R"({"CommandId":"c-1","RequestId":"R"})", ""}};
  EXPECT_EQ(Ecs({"CreateCommand", "--Name", "test"}), ExitCode::kSuccess);
  EXPECT_EQ(console_.out, "{\"CommandId\":\"c-1\",\"RequestId\":\"R\"}\n");
  EXPECT_EQ(console_.err, "");
  EXPECT_EQ(server_.requests.at(0).fields.at("Name"), "test");
  EXPECT_FALSE(server_.requests.at(0).fields.at("ClientToken").empty());
}

TEST_F(EcsCommandTest, ATerminalGetsItIndented) {
  console_.terminal = true;
  server_.script = {{Kind::kAnswer, 200, R"({"A":[1]})", ""}};
  EXPECT_EQ(Ecs({"DescribeRegions"}), ExitCode::kSuccess);
  EXPECT_EQ(console_.out, "{\n    \"A\": [\n        1\n    ]\n}\n");
  EXPECT_EQ(server_.requests.at(0).fields.count("ClientToken"), 0u);
}

TEST_F(EcsCommandTest, AnErrorIsPrintedAsJsonAndAsALine) {
  EXPECT_EQ(Ecs({"CreatCommand"}), ExitCode::kRefused);
  EXPECT_THAT(console_.out, HasSubstr("\"Code\":\"InvalidAction.NotFound\""));
  EXPECT_THAT(console_.err, HasSubstr("the server knows no action 'CreatCommand'"));
  EXPECT_THAT(console_.err, HasSubstr("did you mean CreateCommand?"));
}

TEST_F(EcsCommandTest, APageOfSomethingElseIsNotShownAsAnAnswer) {
  server_.otherwise = [](const Request&) { return Step{Kind::kAnswer, 403, "<html>no</html>", ""}; };
  EXPECT_EQ(Ecs({"DescribeRegions"}), ExitCode::kRefused);
  EXPECT_EQ(console_.out, "");
  EXPECT_THAT(console_.err, HasSubstr("HTTP status 403 and no API error"));
}

TEST_F(EcsCommandTest, AnEarlierAttemptThatMayHaveBeenCarriedOutIsTold) {
  server_.script = {{Kind::kDropAfterRequest, 200, "", ""},
                    {Kind::kAnswer, 404, R"({"Code":"InvalidCmdId.NotFound","Message":"m"})", ""}};
  EXPECT_EQ(Ecs({"DeleteCommand", "--CommandId", "c-1"}), ExitCode::kRefused);
  EXPECT_THAT(console_.err, HasSubstr("may have been carried out"));
}

}  // namespace
}  // namespace assist::cli
