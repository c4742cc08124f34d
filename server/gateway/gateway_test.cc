// The gateway behind a real HTTP server on loopback; the other side is a small agent of agent/identity's connection.
#include "server/gateway/gateway.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <set>

#include "agent/identity/registration.h"
#include "agent/identity/signed_connection.h"
#include "common/async/manual_clock.h"
#include "common/async/scope.h"
#include "protocol/wire/heartbeat.h"
#include "protocol/wire/names.h"
#include "protocol/wire/registration.h"
#include "protocol/wire/report_codec.h"
#include "protocol/wire/task_codec.h"
#include "server/gateway/fake_backend.h"
#include "server/gateway/routes.h"
#include "server/identity/fake_connection.h"
#include "test/support/captures/captures.h"

namespace assist::server::gateway {
namespace {

using agent::identity::ClockSkew;
using agent::identity::Identity;
using agent::identity::SignedConnection;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// An agent of a few lines: a WebSocket and a connection for requests.
struct FakeAgent {
  Identity identity;
  ClockSkew skew;
  SignedConnection::Options options;
  std::unique_ptr<SignedConnection> requests;
  std::unique_ptr<WebSocket> socket;
  std::vector<std::string> heard;  ///< Messages of the server.
  bool open = false;
  bool answer_kicks = true;
};

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest() {
    Gateway::Parts parts{{io_.get_executor(), other_.get_executor()}, clock_, random_, log_, [] { return "CA PEM"; }};
    gateway_ = std::make_unique<Gateway>(std::move(parts), Options{});
    gateway_->Start(backend_);
    auto listener = TcpListener::Open(io_.get_executor(), HostPort{"127.0.0.1", 0});
    EXPECT_TRUE(listener);
    HttpServer::Options options;
    options.websocket.deliver_pings = true;
    options.websocket.deliver_pongs = true;
    server_ = std::make_unique<HttpServer>(std::move(*listener), nullptr, *gateway_, clock_, random_, log_, options);
    server_->Start();
  }
  ~GatewayTest() override {
    bool stopped = false;
    time_passes_ = true;
    scope_.Spawn("stop", StopAll(stopped));
    RunUntil([&] { return stopped; });
    EXPECT_TRUE(escaped_.empty()) << escaped_.front();
  }
  asio::awaitable<void> StopAll(bool& stopped) {
    for (auto& agent : agents_) {
      if (agent->socket) agent->socket->Abort();
    }
    co_await gateway_->Stop(milliseconds(0));
    co_await server_->Stop(clock_.Steady());
    stopped = true;
  }

  /// Runs both shards until `done`; fails the test after some real seconds. Time stands still, or see time_passes_.
  void RunUntil(const std::function<bool()>& done) {
    const auto give_up = std::chrono::steady_clock::now() + seconds(20);
    while (!done()) {
      io_.restart();
      other_.restart();
      if (io_.poll() + other_.poll() == 0) {
        io_.run_one_for(milliseconds(2));
        if (time_passes_) clock_.Advance(milliseconds(20));
      }
      ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "what was waited for did not come";
    }
  }
  /// Lets everything happen that can happen now.
  void Settle() {
    for (int quiet = 0; quiet < 5;) {
      io_.restart();
      other_.restart();
      quiet = io_.poll() + other_.poll() == 0 ? quiet + 1 : 0;
      io_.restart();
      io_.run_one_for(milliseconds(2));
    }
  }
  void Advance(milliseconds by) {
    clock_.Advance(by);
    Settle();
  }
  template <class T>
  T Wait(asio::awaitable<T> work) {
    std::optional<T> result;
    scope_.Spawn("test", Keep<T>(std::move(work), result));
    RunUntil([&] { return result.has_value(); });
    return std::move(*result);
  }
  template <class T>
  static asio::awaitable<void> Keep(asio::awaitable<T> work, std::optional<T>& result) {
    T value = co_await std::move(work);
    result.emplace(std::move(value));
  }

  [[nodiscard]] HostPort address() const { return {"127.0.0.1", server_->port()}; }
  [[nodiscard]] std::string url() const { return "http://" + FormatHostPort(address()); }

  FakeAgent& AddAgent(bool ours, std::string run = "run-1") {
    auto agent = std::make_unique<FakeAgent>();
    agent::identity::Enrolment enrolment;
    enrolment.server = url();
    enrolment.activation = ActivationId("A-1");
    enrolment.code = Secret<std::string>("code");
    enrolment.stock_server = !ours;
    enrolment.machine_id = "machine-1";
    enrolment.os_type = "linux";
    enrolment.user_agent = "linux_amd64/9.9";
    auto identity = Wait(agent::identity::Enrol(std::move(enrolment), clock_, random_, clock_.Steady() + seconds(60)));
    EXPECT_TRUE(identity) << identity.error().detail;
    agent->identity = *identity;
    return Adopt(std::move(agent), std::move(run));
  }
  /// Another process with the same identity.
  FakeAgent& AddTwin(const FakeAgent& of, std::string run) {
    auto agent = std::make_unique<FakeAgent>();
    agent->identity = of.identity;
    return Adopt(std::move(agent), std::move(run));
  }
  FakeAgent& Adopt(std::unique_ptr<FakeAgent> agent, std::string run) {
    agent->options.run_id = std::move(run);
    agent->options.user_agent = "linux_amd64/9.9";
    agents_.push_back(std::move(agent));
    return *agents_.back();
  }

  asio::awaitable<Result<HttpResponse>> SendOnce(FakeAgent& agent, HttpRequest request) {
    if (!agent.requests || !agent.requests->usable()) {
      auto connection = co_await SignedConnection::Connect(agent.identity, nullptr, clock_, random_, agent.skew,
                                                           agent.options, clock_.Steady() + seconds(60));
      if (!connection) co_return Forward(connection);
      agent.requests = std::move(*connection);
    }
    auto response = co_await agent.requests->Send(std::move(request), clock_.Steady() + seconds(3600));
    co_return response;
  }
  HttpResponse Send(FakeAgent& agent, std::string method, std::string target, std::string body = "",
                    HttpHeaders headers = {}) {
    HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = std::move(body);
    request.headers = std::move(headers);
    auto response = Wait(SendOnce(agent, std::move(request)));
    EXPECT_TRUE(response) << response.error().detail;
    return response ? *response : HttpResponse{};
  }
  HttpResponse Beat(FakeAgent& agent) {
    wire::Heartbeat heartbeat;
    heartbeat.pid = 42;
    heartbeat.process_uptime = std::chrono::duration_cast<milliseconds>(clock_.Steady().time_since_epoch());
    return Send(agent, "GET", wire::HeartbeatTarget(heartbeat));
  }
  wire::TaskList Fetch(FakeAgent& agent, const std::string& reason = "kickoff") {
    const HttpResponse response = Send(agent, "POST", "/luban/api/v1/task/list?reason=" + reason);
    EXPECT_EQ(response.status, 200) << response.body;
    auto list = wire::ParseTaskList(response.body);
    EXPECT_TRUE(list);
    return list ? *list : wire::TaskList{};
  }

  void Connect(FakeAgent& agent) {
    scope_.Spawn("agent", Listen(agent));
    RunUntil([&] { return agent.open; });
    Settle();
  }
  asio::awaitable<void> Listen(FakeAgent& agent) {
    auto connection = co_await SignedConnection::Connect(agent.identity, nullptr, clock_, random_, agent.skew,
                                                         agent.options, clock_.Steady() + seconds(60));
    if (!connection) co_return;
    WebSocket::Options options;
    auto socket =
        co_await (*connection)->OpenWebSocket(std::string(wire::path::kNotify), options, clock_.Steady() + seconds(60));
    EXPECT_TRUE(socket) << socket.error().detail;
    if (!socket) co_return;
    agent.socket = std::move(*socket);
    agent.open = true;
    for (;;) {
      auto message = co_await agent.socket->Receive();
      if (!message) break;
      agent.heard.push_back(message->payload);
      if (!agent.answer_kicks) continue;
      std::string answer = "accept:" + message->payload;
      auto sent = co_await agent.socket->SendText(std::move(answer));
      if (!sent) break;
    }
    agent.open = false;
  }
  asio::awaitable<void> StopGateway(bool& stopped) {
    co_await gateway_->Stop(seconds(4));
    stopped = true;
  }
  asio::awaitable<void> PingOnce(FakeAgent& agent) {
    auto sent = co_await agent.socket->Ping("keepalive memory=7340032");
    EXPECT_TRUE(sent);
  }

  void Wake(const FakeAgent& agent) {
    gateway_->Wake(std::span(&agent.identity.instance_id, 1));
    Settle();
  }
  [[nodiscard]] control::Presence::State State(const FakeAgent& agent) {
    return gateway_->presence().Of(agent.identity.instance_id);
  }

  asio::io_context io_;
  asio::io_context other_;
  ManualClock clock_;
  SeededRandom random_{11};
  Log log_;
  bool time_passes_ = false;  ///< RunUntil() lets time pass while nothing happens.
  std::vector<std::string> escaped_;
  Scope scope_{io_.get_executor(), [this](std::string_view name, std::string_view what) {
                 escaped_.push_back(std::string(name) + ": " + std::string(what));
               }};
  FakeBackend backend_{io_.get_executor()};
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<HttpServer> server_;
  std::vector<std::unique_ptr<FakeAgent>> agents_;
};

TEST_F(GatewayTest, NothingIsAnsweredWithoutProofExceptWhatTellsNothing) {
  int open = 0;
  for (const Route& route : Routes()) {
    HttpRequest request;
    request.method = std::string(route.method);
    request.target = std::string(route.path) + "?taskId=t-1";
    FakeAgent nobody;
    auto connection = Wait(HttpConnection::Connect(address(), nullptr, clock_, random_, HttpConnection::Options{},
                                                   clock_.Steady() + seconds(60)));
    ASSERT_TRUE(connection);
    auto response = Wait((*connection)->Send(std::move(request), clock_.Steady() + seconds(60)));
    ASSERT_TRUE(response);
    switch (route.access) {
      case Access::kAnyone:
        EXPECT_EQ(response->status, 200);
        ++open;
        break;
      case Access::kActivation:
        EXPECT_EQ(response->status, 403) << route.path;
        break;
      case Access::kAgent:
      case Access::kLeavingAgent:
        EXPECT_EQ(response->status, 401) << route.path;
        break;
    }
  }
  EXPECT_EQ(open, 2);
  EXPECT_TRUE(backend_.fetches.empty());
  EXPECT_TRUE(backend_.reports.empty());
}

TEST_F(GatewayTest, UnlistedPathsAndOtherMethodsAreRefused) {
  FakeAgent& agent = AddAgent(true);
  EXPECT_EQ(Send(agent, "GET", "/luban/api/v1/task/running/../list").status, 404);
  EXPECT_EQ(Send(agent, "POST", "/luban/").status, 404);
  EXPECT_EQ(Send(agent, "POST", "/luban/api/v1/task/paused?taskId=t").status, 404);
  const HttpResponse response = Send(agent, "GET", "/luban/api/v1/task/list");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.Get("Allow"), "POST");
}

TEST_F(GatewayTest, EveryRouteOfAnAgentHasItsMinimalAnswer) {
  FakeAgent& agent = AddAgent(false);
  for (const Route& route : Routes()) {
    if (route.access != Access::kAgent || route.id == RouteId::kNotify) continue;
    if (route.id == RouteId::kPackage || route.id == RouteId::kArtifact) continue;  // packages_test.cc
    std::string target = std::string(route.path) + "?taskId=t-1";
    if (route.path.ends_with("/missed")) target += "&occurrence=1&due=1&count=1&lastDue=1&reason=Overlap";
    const HttpResponse response = Send(agent, std::string(route.method), target);
    EXPECT_EQ(response.status, 200) << route.path;
    EXPECT_TRUE(response.body.starts_with("{")) << route.path << " " << response.body;
  }
  EXPECT_EQ(
      Send(agent, "POST", "/luban/api/v1/update/update_check").body,
      R"({"need_update":0,"flag":0,"next_interval":1800,"instanceId":")" + agent.identity.instance_id.str() + R"("})");
  EXPECT_TRUE(Send(agent, "POST", "/luban/api/instance/put_inventory")
                  .body.starts_with(R"({"errCode":"200","errMsg":"","result":{"RequestId":")"));
  EXPECT_NE(Send(agent, "POST", "/luban/api/gshell").body.find(R"("gshellSupport":"false")"), std::string::npos);
}

TEST_F(GatewayTest, AStockAgentIsToldOfAnUpdateAfterThatWasNoted) {
  FakeAgent& stock = AddAgent(false);
  FakeAgent& ours = AddAgent(true);
  const std::string body = R"({"os":"linux","arch":"amd64","app_version":"2.2.3.578"})";
  const std::string target = "/luban/api/v1/update/update_check";
  EXPECT_NE(Send(stock, "POST", target, body).body.find(R"("need_update":0)"), std::string::npos);
  EXPECT_TRUE(backend_.told_updates.empty());
  backend_.update.needed = true;
  backend_.update.version = "2.2.3.600";
  const HttpResponse told = Send(stock, "POST", target, body);
  EXPECT_NE(told.body.find(R"("need_update":1)"), std::string::npos);
  EXPECT_NE(told.body.find("/2.2.3.600_update.zip"), std::string::npos);
  ASSERT_EQ(backend_.told_updates.size(), 1u);
  EXPECT_EQ(backend_.told_updates[0].machine, stock.identity.instance_id);
  EXPECT_NE(Send(ours, "POST", target, body).body.find(R"("need_update":0)"), std::string::npos) << "it has releases";
  EXPECT_EQ(backend_.told_updates.size(), 1u);
  EXPECT_NE(Send(stock, "POST", target, R"({"os":"linux","app_version":"1.0"})").body.find(R"("need_update":0)"),
            std::string::npos);
  EXPECT_EQ(backend_.told_updates.size(), 1u);
}

TEST_F(GatewayTest, WhatAnAgentTellsOfPluginsAndUpdatesIsHandedOn) {
  FakeAgent& agent = AddAgent(false);
  const std::string status = "/luban/api/v1/plugin/report_status";
  const std::string plugin = R"({"plugin":[{"name":"demo","status":"ONCE_INSTALLED","version":"1.0"}]})";
  EXPECT_NE(Send(agent, "POST", status, plugin).body.find(R"("scanInterval":900)"), std::string::npos);
  ASSERT_EQ(backend_.plugin_reports.size(), 1u);
  EXPECT_EQ(backend_.plugin_reports[0].machine, agent.identity.instance_id);
  EXPECT_EQ(backend_.plugin_reports[0].reports.at(0).name, "demo");
  const std::string report = "/luban/api/v1/exception/client_report";
  EXPECT_EQ(Send(agent, "POST", report, R"({"type":"AgentPanic","info":"x"})").status, 200);
  EXPECT_TRUE(backend_.upgrade_failures.empty());
  EXPECT_EQ(Send(agent, "POST", report, R"({"type":"AgentUpdateFailure:CheckMD5Failed","info":"{}"})").status, 200);
  ASSERT_EQ(backend_.upgrade_failures.size(), 1u);
  EXPECT_EQ(backend_.upgrade_failures[0].report.phase, "CheckMD5Failed");
  backend_.unavailable = true;
  EXPECT_EQ(Send(agent, "POST", status, plugin).status, 503);
  EXPECT_EQ(Send(agent, "POST", report, R"({"type":"AgentUpdateFailure:CheckMD5Failed","info":"{}"})").status, 503);
}

TEST_F(GatewayTest, AnInventoryIsHandedOnAndWhatIsNoneIsAcceptedAllTheSame) {
  FakeAgent& agent = AddAgent(false);
  const std::string path = "/luban/api/instance/put_inventory";
  EXPECT_NE(Send(agent, "POST", path, R"({"items":"i65WCqksSPVLzE1VslJydA628ssvz0gtSlXSUXLOzytJzStRsoo21jHRsYitjQUA"})")
                .body.find(R"("errCode":"200")"),
            std::string::npos);
  ASSERT_EQ(backend_.inventories.size(), 1U);
  EXPECT_EQ(backend_.inventories[0].machine, agent.identity.instance_id);
  EXPECT_EQ(backend_.inventories[0].items.at(0).content, "[3,4,8]");
  EXPECT_NE(Send(agent, "POST", path, "nonsense").body.find(R"("errCode":"200")"), std::string::npos);
  EXPECT_EQ(backend_.inventories.size(), 1U);
  backend_.unavailable = true;
  EXPECT_EQ(Send(agent, "POST", path, R"({"items":"i65WCqksSPVLzE1VslJydA628ssvz0gtSlXSUXLOzytJzStRsoo21jHRsYitjQUA"})")
                .status,
            503);
}

TEST_F(GatewayTest, ConnectionDetectSaysExactlyOk) {
  auto connection = Wait(HttpConnection::Connect(address(), nullptr, clock_, random_, HttpConnection::Options{},
                                                 clock_.Steady() + seconds(60)));
  ASSERT_TRUE(connection);
  HttpRequest request;
  request.target = std::string(wire::path::kConnectionDetect);
  EXPECT_EQ(Wait((*connection)->Send(request, clock_.Steady() + seconds(60)))->body, "ok");
  request.target = std::string(wire::path::kRegionId);
  EXPECT_EQ(Wait((*connection)->Send(request, clock_.Steady() + seconds(60)))->body, "cn-hangzhou");
}

TEST_F(GatewayTest, RegistrationTellsWhyItWasRefused) {
  backend_.refuse_registration = "Activation.Expired";
  agent::identity::Enrolment enrolment;
  enrolment.server = url();
  enrolment.activation = ActivationId("A-1");
  enrolment.code = Secret<std::string>("code");
  enrolment.os_type = "linux";
  auto identity = Wait(agent::identity::Enrol(enrolment, clock_, random_, clock_.Steady() + seconds(60)));
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().code, Errc::kDenied);
  EXPECT_EQ(identity.error().detail,
            "the server refuses the registration: This activation code has expired; create a new one. "
            "(Activation.Expired)");
}

TEST_F(GatewayTest, BothKindsOfAgentRegisterBeatAndLeave) {
  for (const bool ours : {true, false}) {
    FakeAgent& agent = AddAgent(ours);
    EXPECT_EQ(agent.identity.assist_protocol, ours ? 1 : 0);
    const HttpResponse beat = Beat(agent);
    EXPECT_EQ(beat.status, 200);
    EXPECT_TRUE(wire::ParseHeartbeatInterval(beat.body)) << beat.body;
    EXPECT_EQ(State(agent).last_heartbeat, clock_.Now());
    auto left = Wait(agent::identity::Deregister(agent.identity, std::nullopt, "x/1", clock_, random_,
                                                 clock_.Steady() + seconds(60)));
    EXPECT_TRUE(left) << left.error().detail;
    EXPECT_FALSE(State(agent).last_heartbeat);
    EXPECT_EQ(Beat(agent).status, 403) << "nobody of that name";
  }
}

TEST_F(GatewayTest, ADeregistrationThatCannotBeDoneIsNoErrorOfHttp) {
  FakeAgent& agent = AddAgent(false);
  Beat(agent);  // the key is known
  backend_.unavailable = true;
  const HttpResponse response = Send(agent, "POST", std::string(wire::path::kDeregister));
  EXPECT_EQ(response.status, 200) << "a stock agent would delete its identity";
  EXPECT_FALSE(wire::IsOk(response.body));
}

TEST_F(GatewayTest, ADeregistrationThatCannotBeJudgedNowIsNoErrorOfHttpEither) {
  FakeAgent& agent = AddAgent(false);
  backend_.unavailable = true;  // the key is not known
  const HttpResponse busy = Send(agent, "POST", std::string(wire::path::kDeregister));
  EXPECT_EQ(busy.status, 200);
  EXPECT_FALSE(wire::IsOk(busy.body));
  backend_.unavailable = false;
  agent.skew.ahead = seconds(3600);
  const HttpResponse late = Send(agent, "POST", std::string(wire::path::kDeregister));
  EXPECT_EQ(late.status, 200) << "its clock is wrong";
  EXPECT_FALSE(wire::IsOk(late.body));
  EXPECT_EQ(backend_.machines.size(), 1U);
}

TEST_F(GatewayTest, AWakeReachesTheAgentAndIsRepeatedUntilItFetches) {
  for (const bool ours : {true, false}) {
    FakeAgent& agent = AddAgent(ours);
    Connect(agent);
    EXPECT_TRUE(State(agent).connected);
    backend_.Give(agent.identity.instance_id.str(), "t-1", ours);
    Wake(agent);
    RunUntil([&] { return agent.heard.size() == 1; });
    EXPECT_EQ(agent.heard[0], "kick_vm");
    Advance(milliseconds(2900));
    EXPECT_EQ(agent.heard.size(), 1U) << "it was heard: its fetch may be on its way";
    Advance(milliseconds(100));
    RunUntil([&] { return agent.heard.size() == 2; });
    Advance(milliseconds(3000));
    RunUntil([&] { return agent.heard.size() == 3; });
    const SystemTime last_wake = clock_.Now();
    Advance(milliseconds(40));

    const wire::TaskList list = Fetch(agent);
    ASSERT_EQ(list.run.size(), 1U);
    EXPECT_EQ(list.run[0].task_id, "t-1");
    EXPECT_EQ(list.run[0].assist.has_value(), ours);
    EXPECT_EQ(backend_.fetches.back().woken, last_wake);
    Advance(seconds(4));
    EXPECT_EQ(agent.heard.size(), 3U) << "a fetch came";
  }
}

TEST_F(GatewayTest, OurAgentIsWokenAgainUntilItHasAccepted) {
  FakeAgent& agent = AddAgent(true);
  Connect(agent);
  backend_.Give(agent.identity.instance_id.str(), "t-1", true);
  EXPECT_EQ(Fetch(agent).run.size(), 1U);
  Advance(seconds(5));
  RunUntil([&] { return agent.heard.size() == 1; });
  backend_.Give(agent.identity.instance_id.str(), "t-1", true);
  EXPECT_EQ(Fetch(agent).run.size(), 1U);
  EXPECT_EQ(Send(agent, "POST", "/luban/api/v1/task/running?taskId=t-1&invokeVersion=0&start=0").status, 200);
  ASSERT_EQ(backend_.reports.size(), 1U);
  EXPECT_FALSE(backend_.reports[0].report.start);
  Advance(seconds(120));
  EXPECT_EQ(agent.heard.size(), 1U);
}

TEST_F(GatewayTest, OurAgentIsWokenAgainUntilAStopIsAnswered) {
  FakeAgent& agent = AddAgent(true);
  Connect(agent);
  control::StopEntry stop;
  stop.invocation = InvokeId("t-1");
  backend_.work[agent.identity.instance_id.str()].ours = true;
  backend_.work[agent.identity.instance_id.str()].stop.push_back(stop);
  EXPECT_EQ(Fetch(agent).stop.size(), 1U);
  Advance(seconds(5));
  RunUntil([&] { return agent.heard.size() == 1; });
  backend_.work[agent.identity.instance_id.str()].ours = true;
  backend_.work[agent.identity.instance_id.str()].stop.push_back(stop);
  EXPECT_EQ(Fetch(agent).stop.size(), 1U);
  EXPECT_EQ(Send(agent, "POST", "/luban/api/v1/task/stopped?taskId=t-1&result=killed").status, 200);
  Advance(seconds(120));
  EXPECT_EQ(agent.heard.size(), 1U);
}

TEST_F(GatewayTest, AWebSocketThatEndsIsNoticed) {
  FakeAgent& agent = AddAgent(false);
  Connect(agent);
  agent.socket->Abort();
  RunUntil([&] { return !State(agent).connected; });
  EXPECT_EQ(gateway_->stats().websockets, 0U);
}

TEST_F(GatewayTest, AWebSocketWithoutASignOfLifeIsGivenUp) {
  FakeAgent& agent = AddAgent(true);
  Connect(agent);
  Advance(milliseconds(149'999));
  EXPECT_TRUE(agent.open);
  Advance(milliseconds(1));
  RunUntil([&] { return !agent.open; });
}

TEST_F(GatewayTest, WorkThatWaitsIsToldOnConnect) {
  FakeAgent& agent = AddAgent(false);
  backend_.Give(agent.identity.instance_id.str(), "t-1", false);
  Wake(agent);
  Connect(agent);
  RunUntil([&] { return agent.heard.size() == 1; });
  FakeAgent& idle = AddAgent(false);
  Connect(idle);
  RunUntil([&] { return backend_.find_works == 2; });
  Settle();
  EXPECT_TRUE(idle.heard.empty());
}

TEST_F(GatewayTest, TheNewestWebSocketReplacesTheFormer) {
  FakeAgent& first = AddAgent(true);
  Connect(first);
  FakeAgent& second = AddTwin(first, "run-1");
  Connect(second);
  RunUntil([&] { return !first.open; });
  EXPECT_TRUE(State(second).connected);
  Wake(second);
  RunUntil([&] { return second.heard.size() == 1; });
}

TEST_F(GatewayTest, TwoLiveAgentsWithOneIdentityGetNothing) {
  FakeAgent& first = AddAgent(true, "run-a");
  Connect(first);
  backend_.Give(first.identity.instance_id.str(), "t-1", true);
  Advance(seconds(10));
  FakeAgent& second = AddTwin(first, "run-b");
  Beat(second);
  EXPECT_FALSE(State(first).duplicate);
  Advance(seconds(10));
  Beat(first);
  EXPECT_TRUE(State(first).duplicate);
  EXPECT_TRUE(Fetch(first).empty());
  EXPECT_TRUE(Fetch(second).empty());
  EXPECT_TRUE(backend_.fetches.empty());
  // One of them goes; some minutes later the other gets its work, by its next sign of life.
  for (int minute = 0; minute < 3; ++minute) {
    EXPECT_TRUE(first.heard.empty());
    Advance(seconds(60));
    scope_.Spawn("ping", PingOnce(first));
    Settle();
  }
  RunUntil([&] { return !first.heard.empty(); });
  EXPECT_FALSE(State(first).duplicate);
  EXPECT_EQ(Fetch(first).run.size(), 1U);
}

TEST_F(GatewayTest, APingIsTheHeartBeatOfOurAgentOnly) {
  FakeAgent& ours = AddAgent(true);
  FakeAgent& stock = AddAgent(false);
  Connect(ours);
  Connect(stock);
  scope_.Spawn("ping", PingOnce(ours));
  scope_.Spawn("ping", PingOnce(stock));
  RunUntil([&] { return State(ours).last_heartbeat.has_value(); });
  Settle();
  EXPECT_EQ(State(ours).last_heartbeat, clock_.Now());
  EXPECT_FALSE(State(stock).last_heartbeat);
  EXPECT_EQ(State(ours).memory, 7 << 20);
  EXPECT_EQ(State(stock).memory, 0);
}

TEST_F(GatewayTest, AReportIsAnsweredAfterItsCommit) {
  FakeAgent& agent = AddAgent(true);
  backend_.report_answer.next = 6;
  HttpHeaders offset;
  offset.Set(wire::header::kAssistOffset, "2");
  const HttpResponse response =
      Send(agent, "POST", "/luban/api/v1/task/running?taskId=t-1&invokeVersion=0&start=7", "1234", offset);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(wire::ParseReportAnswer(response.body).next, 6U);
  ASSERT_EQ(backend_.reports.size(), 1U);
  EXPECT_EQ(backend_.reports[0].offset, 2);
  EXPECT_EQ(backend_.reports[0].output.Reveal(), "1234");
  EXPECT_EQ(backend_.reports[0].machine, agent.identity.instance_id);
  EXPECT_EQ(backend_.reports[0].report.received, clock_.Now());
}

TEST_F(GatewayTest, TimesAreBelievedOfOurAgentsOnly) {
  for (const bool ours : {true, false}) {
    FakeAgent& agent = AddAgent(ours);
    const HttpResponse response =
        Send(agent, "POST",
             "/luban/api/v1/task/running?taskId=t-1&invokeVersion=0&start=7&journaled=5&firstOutput=8&sent=9", "1");
    EXPECT_EQ(response.status, 200);
    const model::AgentTimes& times = backend_.reports.back().report.times;
    EXPECT_EQ(times.journaled.has_value() && times.first_output.has_value() && times.sent.has_value(), ours);
    EXPECT_EQ(times.journaled || times.first_output || times.sent, ours);
  }
}

TEST_F(GatewayTest, AStockAgentIsToldWhatOfItsOutputIsHeld) {
  FakeAgent& agent = AddAgent(false);
  backend_.report_answer.next = 106;
  backend_.report_answer.accepted = 4;
  EXPECT_EQ(Send(agent, "POST", "/luban/api/v1/task/running?taskId=t-1&start=5", "123456").body,
            R"({"code":200,"instanceId":")" + agent.identity.instance_id.str() +
                R"(","received":6,"accepted":4,"current":106})");
  EXPECT_EQ(Send(agent, "POST", "/luban/api/v1/task/finish?taskId=t-1&start=5&end=6&exitCode=0&dropped=0").body,
            R"({"code":200,"instanceId":")" + agent.identity.instance_id.str() + R"("})");
}

/// The plain listener of the agents of 2018, and an address without a machine.
class LegacyTest : public GatewayTest {
 protected:
  LegacyTest() {
    model::Machine machine;
    machine.key = model::MachineKey{1};
    machine.id = InstanceId("i-old");
    machine.key_type = model::KeyType::kAddress;
    backend_.machines.emplace("i-old", machine);
    backend_.bound.emplace("192.0.2.7", "i-old");
  }
  HttpResponse Post(const std::string& target, std::string body = "", const std::string& from = "192.0.2.7",
                    const std::string& method = "POST") {
    identity::FakeConnection connection(false, from);
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = std::move(body);
    request.headers.Set("X-Client-Instance-Id", "i-old");
    return Wait(gateway_->HandleLegacy(connection.info, request));
  }
};

constexpr std::string_view kLegacy = "/luban/api/v1/";

TEST_F(LegacyTest, EachFetchAsksForItsKindAndGetsTheOldForm) {
  backend_.Give("i-old", "t-1", false);
  EXPECT_EQ(
      Post(std::string(kLegacy) + "task/fetch_task").body,
      R"([{"taskItem":{"type":"RunShellScript","taskID":"t-1","commandContent":"ZWNobyAxMjMK","workingDirectory":"",)"
      R"("cron":"","timeOut":"60"}}])");
  EXPECT_EQ(Post(std::string(kLegacy) + "task/fetch_canceled_task").body, "[]");
  EXPECT_EQ(Post(std::string(kLegacy) + "task/fetch_active_period_task").body, "[]");
  ASSERT_EQ(backend_.fetches.size(), 3U);
  using Which = control::FetchTasksIn::Which;
  EXPECT_EQ(backend_.fetches[0].which, Which::kRuns);
  EXPECT_EQ(backend_.fetches[1].which, Which::kStops);
  EXPECT_EQ(backend_.fetches[2].which, Which::kSchedules);
  EXPECT_TRUE(backend_.fetches[2].all_schedules);
  for (const auto& fetch : backend_.fetches) {
    EXPECT_TRUE(fetch.cpp);
    EXPECT_EQ(fetch.machine.str(), "i-old");
  }
}

TEST_F(LegacyTest, ItsReportsReachControlWithoutTimes) {
  EXPECT_EQ(Post(std::string(kLegacy) + "task/upload_output",
                 R"({"taskID":"t-1","taskStatus":"finished","taskOutput":{"taskInstanceOutput":"MTIz","errNo":0}})")
                .status,
            200);
  EXPECT_EQ(Post(std::string(kLegacy) + "task/update_status", R"({"taskStatus":"stopped","taskID":"t-1"})").status,
            200);
  ASSERT_EQ(backend_.reports.size(), 2U);
  EXPECT_EQ(backend_.reports[0].report.kind, model::ReportKind::kFinish);
  EXPECT_EQ(backend_.reports[0].report.exit_code, 0);
  EXPECT_EQ(backend_.reports[0].output.Reveal(), "123");
  EXPECT_TRUE(backend_.reports[0].untimed);
  EXPECT_FALSE(backend_.reports[0].report.start);
  EXPECT_EQ(backend_.reports[1].report.kind, model::ReportKind::kStopped);
  EXPECT_EQ(Post(std::string(kLegacy) + "task/upload_output", "[]").status, 410);
  EXPECT_EQ(Post(std::string(kLegacy) + "task/upload_output", std::string(2 << 20, 'x')).status, 413);
  backend_.report_answer.answer = control::RecordReportOut::Answer::kGone;
  EXPECT_EQ(Post(std::string(kLegacy) + "task/update_status", R"({"taskStatus":"stopped","taskID":"t-2"})").status,
            410);
}

TEST_F(LegacyTest, TheOtherOldRoutesHaveTheirAnswers) {
  EXPECT_EQ(Post("/luban/api/connection_detect").body, "ok");
  EXPECT_EQ(Post(std::string(kLegacy) + "repo/query_software?").body, "[]");
  EXPECT_EQ(Post(std::string(kLegacy) + "exception/dump_report").status, 200);
  EXPECT_NE(Post(std::string(kLegacy) + "update/update_check").body.find(R"("need_update":0)"), std::string::npos);
}

TEST_F(LegacyTest, WhoIsNotBoundFindsNothingWhateverItSaysOfItself) {
  for (const char* path :
       {"task/fetch_task", "task/fetch_canceled_task", "task/upload_output", "update/update_check"}) {
    EXPECT_EQ(Post(std::string(kLegacy) + path, "", "192.0.2.8").status, 404) << path;
  }
  EXPECT_EQ(Post("/luban/api/connection_detect", "", "192.0.2.8").status, 404);
  for (const Route& route : Routes()) {
    if (route.id == RouteId::kConnectionDetect || route.id == RouteId::kUpdateCheck) continue;
    EXPECT_EQ(Post(std::string(route.path)).status, 404) << "not even for who is bound: " << route.path;
  }
  EXPECT_EQ(Post(std::string(kLegacy) + "task/fetch_task", "", "192.0.2.7", "GET").status, 404);
  EXPECT_TRUE(backend_.fetches.empty());
  EXPECT_TRUE(backend_.reports.empty());
  backend_.unavailable = true;
  EXPECT_EQ(Post(std::string(kLegacy) + "task/fetch_task", "", "192.0.2.9").status, 503) << "not known is not nobody";
}

TEST_F(LegacyTest, OverTlsAnAgentOf2020IsKnownByItsAddressAndCannotGiveItUp) {
  identity::FakeConnection connection(true, "192.0.2.7");
  const auto send = [&](std::string method, std::string target, std::string agent = "") {
    HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    if (!agent.empty()) request.headers.Set("User-Agent", agent);
    return Wait(gateway_->Handle(connection.info, request));
  };
  EXPECT_EQ(send("POST", "/luban/api/v1/task/list?reason=period").status, 200);
  EXPECT_EQ(send("POST", "/luban/api/v1/task/list?reason=kickoff", "linux_amd64/2.2.3.578").status, 200);
  ASSERT_EQ(backend_.fetches.size(), 2U);
  EXPECT_TRUE(backend_.fetches[0].cpp);
  EXPECT_TRUE(backend_.fetches[0].all_schedules);
  EXPECT_FALSE(backend_.fetches[1].cpp) << "a Go agent of the cloud";
  EXPECT_FALSE(backend_.fetches[1].all_schedules);
  EXPECT_NE(send("GET", "/luban/api/gshell").body.find(R"("gshellSupport":"false")"), std::string::npos)
      << "its form of the question";
  EXPECT_EQ(send("GET", "/luban/api/metrics").status, 405);
  EXPECT_EQ(send("POST", "/luban/api/instance/deregister").status, 403);
  EXPECT_TRUE(backend_.machines.contains("i-old"));
  const std::string beat = "/luban/api/heart-beat?virt_type=KVM&os_type=linux&app_version=1.0&uptime=1";
  EXPECT_NE(send("GET", beat).body.find(R"("newTask":false)"), std::string::npos);
  backend_.Give("i-old", "t-1", false);
  EXPECT_NE(send("GET", beat).body.find(R"("newTask":true)"), std::string::npos);
  EXPECT_NE(send("GET", beat, "linux_amd64/2.2.3.578").body.find(R"("newTasks":false)"), std::string::npos)
      << "a Go agent heeds wakes only";
}

TEST_F(LegacyTest, AnAgentOf2020WhoseRunningWasNotAnsweredSendsEverythingAtTheEnd) {
  identity::FakeConnection connection(true, "192.0.2.7");
  const auto send = [&](const std::string& target) {
    HttpRequest request;
    request.method = "POST";
    request.target = "/luban/api/v1/task/" + target;
    request.body = "out";
    return Wait(gateway_->Handle(connection.info, request)).status;
  };
  EXPECT_EQ(send("running?taskId=t-1&start=5"), 200);
  EXPECT_EQ(send("finish?taskId=t-1&start=5&end=6&exitCode=0&dropped=0"), 200);
  EXPECT_FALSE(backend_.reports.back().whole);
  EXPECT_TRUE(backend_.reports.back().counted);

  backend_.unavailable = true;
  EXPECT_EQ(send("running?taskId=t-2&start=5"), 503);
  EXPECT_EQ(send("finish?taskId=t-2&start=5&end=6&exitCode=0&dropped=0"), 503);
  backend_.unavailable = false;
  EXPECT_EQ(send("finish?taskId=t-3&start=5&end=6&exitCode=0&dropped=0"), 200);
  EXPECT_FALSE(backend_.reports.back().whole) << "another task";
  EXPECT_EQ(send("finish?taskId=t-2&start=5&end=6&exitCode=0&dropped=0"), 200);
  EXPECT_TRUE(backend_.reports.back().whole);

  backend_.unavailable = true;
  EXPECT_EQ(send("running?taskId=t-4&start=5"), 503);
  backend_.unavailable = false;
  EXPECT_EQ(send("running?taskId=t-4&start=5"), 200);
  EXPECT_EQ(send("finish?taskId=t-4&start=5&end=6&exitCode=0&dropped=0"), 200);
  EXPECT_FALSE(backend_.reports.back().whole) << "the next one was answered";
}

TEST_F(GatewayTest, WhatIsLargerThanItsRouteTakesIsRefused) {
  FakeAgent& agent = AddAgent(false);
  for (const Route& route : Routes()) {
    if (route.method != "POST" || route.access != Access::kAgent || route.id == RouteId::kReport) continue;
    EXPECT_EQ(Send(agent, "POST", std::string(route.path), std::string(route.max_body + 1, 'x')).status, 413)
        << route.path;
    EXPECT_NE(Send(agent, "POST", std::string(route.path), std::string(route.max_body, 'x')).status, 413) << route.path;
  }
}

TEST_F(GatewayTest, AReportThatIsNotCommittedInTimeGets503AndNever400) {
  FakeAgent& agent = AddAgent(true);
  Beat(agent);
  backend_.go_on.Reset();
  std::optional<Result<HttpResponse>> response;
  HttpRequest request;
  request.method = "POST";
  request.target = "/luban/api/v1/task/finish?taskId=t-1&exitCode=0";
  scope_.Spawn("report", Keep<Result<HttpResponse>>(SendOnce(agent, request), response));
  Settle();
  EXPECT_FALSE(response);
  Advance(milliseconds(3999));
  EXPECT_FALSE(response);
  Advance(milliseconds(1));
  RunUntil([&] { return response.has_value(); });
  ASSERT_TRUE(*response);
  EXPECT_EQ((*response)->status, 503);
  backend_.go_on.Set();
  Settle();

  backend_.unavailable = true;
  EXPECT_EQ(Send(agent, "POST", request.target).status, 503);
  backend_.unavailable = false;
  EXPECT_EQ(Send(agent, "POST", "/luban/api/v1/task/finish?exitCode=0").status, 410) << "no task id";
  EXPECT_EQ(Send(agent, "POST", "/luban/api/v1/task/finish?taskId=t-1&exitCode=x").status, 410);
  backend_.report_answer.answer = control::RecordReportOut::Answer::kGone;
  EXPECT_EQ(Send(agent, "POST", request.target).status, 410);
}

TEST_F(GatewayTest, AFetchTellsControlWhatTheAgentHasHad) {
  FakeAgent& ours = AddAgent(true);
  HttpHeaders delivery;
  delivery.Set(wire::header::kAssistDelivery, "12");
  delivery.Set(wire::header::kAssistCan, "budgets, packages, releases");
  const std::string startup = "/luban/api/v1/task/list?reason=startup&cold_start=true&currentTime=1700000000123";
  EXPECT_EQ(Send(ours, "POST", startup, "", delivery).status, 200);
  FakeAgent& stock = AddAgent(false);
  EXPECT_EQ(Send(stock, "POST", "/luban/api/v1/task/list?reason=kickoff&taskId=t-9", "", delivery).status, 200);
  ASSERT_EQ(backend_.fetches.size(), 2U);
  EXPECT_TRUE(backend_.fetches[0].startup);
  EXPECT_EQ(backend_.fetches[0].agent_time_ms, 1700000000123);
  EXPECT_EQ(backend_.fetches[0].highest_delivery, 12);
  EXPECT_FALSE(backend_.fetches[1].startup);
  EXPECT_FALSE(backend_.fetches[1].highest_delivery) << "only ours has numbers";
  EXPECT_TRUE(backend_.fetches[0].keeps_budgets && backend_.fetches[0].takes_packages &&
              backend_.fetches[0].takes_releases);
  EXPECT_FALSE(backend_.fetches[1].takes_packages || backend_.fetches[1].takes_releases);
  EXPECT_FALSE(backend_.fetches[1].keeps_budgets) << "a stock agent may say what it likes";
}

TEST_F(GatewayTest, AFetchThatFailsIsAskedForAgain) {
  FakeAgent& agent = AddAgent(true);
  Connect(agent);
  backend_.unavailable = true;
  EXPECT_EQ(Send(agent, "POST", "/luban/api/v1/task/list?reason=kickoff").status, 503);
  backend_.unavailable = false;
  Advance(milliseconds(1000));
  RunUntil([&] { return agent.heard.size() == 1; });
}

TEST_F(GatewayTest, AStockWebSocketWaitsForTheStoreInsteadOfBeingRefused) {
  FakeAgent& agent = AddAgent(false);
  backend_.unavailable = true;
  scope_.Spawn("agent", Listen(agent));
  Settle();
  EXPECT_FALSE(agent.open);
  backend_.unavailable = false;
  Advance(milliseconds(500));
  RunUntil([&] { return agent.open; });
}

TEST_F(GatewayTest, AStockAgentWithAWrongClockKeepsItsWebSocket) {
  FakeAgent& agent = AddAgent(false);
  agent.skew.ahead = seconds(3600);
  Connect(agent);
  EXPECT_EQ(State(agent).clock_skew_ms, 3'600'000);
  HttpRequest request;
  request.method = "POST";
  request.target = "/luban/api/v1/task/list?reason=kickoff";
  EXPECT_TRUE(Wait(SendOnce(agent, request)));
  EXPECT_EQ(gateway_->stats().refused, 1U) << "work is only for those whose time fits";
}

TEST_F(GatewayTest, OurAgentCorrectsItsClockByTheAnswer) {
  FakeAgent& agent = AddAgent(true);
  agent.skew.ahead = seconds(-3600);
  EXPECT_EQ(Beat(agent).status, 200);
  EXPECT_EQ(agent.skew.ahead.count(), 0);
}

// Whole conversations of a real agent, replayed: each request gets an answer that such an agent takes.
TEST_F(GatewayTest, CapturedConversationsAreAnswered) {
  FakeAgent& agent = AddAgent(false);
  int requests = 0;
  for (const std::string& name : test::CaptureNames()) {
    if (name.starts_with("user-") || name.starts_with("cloud-") || name.starts_with("register")) continue;
    if (name.find("deregister") != std::string::npos) continue;
    for (const auto& exchange : test::LoadCapture(name)) {
      if (exchange.kind != "http" || !exchange.path().starts_with("/luban/api/")) continue;
      const HttpResponse response = Send(agent, exchange.method, exchange.target, exchange.body);
      EXPECT_EQ(response.status, 200) << name << ": " << exchange.method << " " << exchange.target << " "
                                      << response.body;
      ++requests;
    }
  }
  EXPECT_GT(requests, 400);
}

TEST_F(GatewayTest, StopClosesWebSocketsInWaves) {
  std::vector<FakeAgent*> agents;
  for (int i = 0; i < 4; ++i) {
    agents.push_back(&AddAgent(true));
    Connect(*agents.back());
  }
  EXPECT_EQ(gateway_->stats().websockets, 4U);
  bool stopped = false;
  scope_.Spawn("stop", StopGateway(stopped));
  Settle();
  const auto open = [&] { return std::count_if(agents.begin(), agents.end(), [](auto* a) { return a->open; }); };
  RunUntil([&] { return open() == 3; });
  Advance(milliseconds(999));
  EXPECT_EQ(open(), 3);
  Advance(milliseconds(1));
  RunUntil([&] { return open() == 2; });
  Advance(seconds(2));
  RunUntil([&] { return open() == 0; });
  time_passes_ = true;
  RunUntil([&] { return stopped; });
}

}  // namespace
}  // namespace assist::server::gateway
