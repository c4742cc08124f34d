// The link over real sockets: against a server on loopback that holds, drops, refuses and closes. What is decided is
// tested in agent/link. Time is a ManualClock.
#include "agent/transport/signed_connector.h"

#include <gtest/gtest.h>

#include "agent/link/link.h"
#include "protocol/wire/heartbeat.h"
#include "protocol/wire/names.h"
#include "protocol/wire/registration.h"
#include "protocol/wire/report_codec.h"
#include "protocol/wire/task_codec.h"
#include "test/support/fake_server/fake_server.h"
#include "test/support/fake_server/test_loop.h"

namespace assist::agent::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using task_engine::Delivery;
using task_engine::ReportOutcome;
using State = link::LinkStatus::State;

class FakeWork final : public link::WorkSink {
 public:
  asio::awaitable<void> Take(wire::TaskList list) override {
    lists.push_back(std::move(list));
    co_return;
  }
  [[nodiscard]] std::int64_t highest_delivery() const override { return highest; }
  std::vector<wire::TaskList> lists;
  std::int64_t highest = 0;
};

class FakeFacts final : public link::FactSource {
 public:
  [[nodiscard]] link::MachineFacts Facts() override {
    link::MachineFacts facts;
    facts.os_type = "linux";
    facts.arch = "amd64";
    facts.os_version = "Linux_#1 x";
    facts.machine_id = "m-1";
    facts.client_ip = "192.0.2.2";
    facts.time_zone = "Etc/UTC";
    facts.uptime = seconds(1378);
    return facts;
  }
};

class TransportTest : public ::testing::Test {
 protected:
  void SetUp() override { Serve(false); }
  void TearDown() override {
    loop_.time_passes = true;
    if (link_) loop_.Wait(link_->Stop());
    link_.reset();
    if (server_) loop_.Wait(server_->Stop());
    EXPECT_TRUE(loop_.escaped.empty()) << loop_.escaped.front();
  }

  void Serve(bool tls) {
    test::FakeServer::Options options;
    options.tls = tls;
    server_ = std::make_unique<test::FakeServer>(loop_.executor(), loop_.clock, loop_.random, options);
    server_->answer = [this](const HttpRequest& request) { return Answer(request); };
  }
  HttpResponse Answer(const HttpRequest& request) {
    const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
    if (path == wire::path::kHeartbeat) {
      return MakeResponse(heartbeat_status_, "application/json", wire::RenderHeartbeatAnswer({}));
    }
    if (path == wire::path::kTaskList) {
      wire::TaskList list;
      list.instance_id = "mi-1";
      if (!work_for_fetch_.empty()) {
        wire::TaskEntry entry;
        entry.task_id = std::exchange(work_for_fetch_, {});
        list.run.push_back(std::move(entry));
      }
      return MakeResponse(list_status_, "application/json", wire::RenderTaskList(list));
    }
    return MakeResponse(report_status_, "application/json", wire::RenderReportAnswer("mi-1", report_answer_));
  }
  void Start(bool ours = true, link::Options options = {}) {
    identity::Identity identity;
    identity.instance_id = InstanceId("mi-1");
    identity.server = server_->url();
    identity.machine_id = "m-1";
    identity.assist_protocol = ours ? 1 : 0;
    if (server_->url().starts_with("https")) {
      identity.trust = identity::Trust::kList;
      identity.ca_pem = server_->ca_pem();
    }
    identity.key = std::make_shared<const PrivateKey>(ours ? PrivateKey::GenerateEd25519(loop_.random)
                                                           : PrivateKey::GenerateRsa());
    SignedConnector::Options way;
    way.agent_version = "0.1.0";
    way.run_id = "run-1";
    auto connector = SignedConnector::Make(identity, way, loop_.clock, loop_.random, facts_);
    ASSERT_TRUE(connector) << connector.error().detail;
    connector_ = std::move(*connector);
    options.ours = ours;
    options.server = identity.server;
    options.agent_version = "0.1.0";
    options.pid = 42;
    link_ = std::make_unique<link::Link>(options, loop_.executor(), loop_.clock, loop_.random, *connector_, work_,
                                         facts_, loop_.log);
    link_->Start();
  }
  void StartOnline(bool ours = true) {
    Start(ours);
    ASSERT_TRUE(loop_.RunUntil([&] { return link_->status().state == State::kOnline && Fetches() == 1; }));
    loop_.Settle();
  }
  [[nodiscard]] std::size_t Fetches() const { return server_->RequestsTo(wire::path::kTaskList).size(); }
  [[nodiscard]] std::size_t Beats() const { return server_->RequestsTo(wire::path::kHeartbeat).size(); }
  [[nodiscard]] std::string LastFetch() const {
    return server_->RequestsTo(wire::path::kTaskList).back().request.target;
  }
  [[nodiscard]] std::vector<std::string> Texts() const {
    return server_->socket() == nullptr ? std::vector<std::string>() : server_->socket()->texts;
  }

  static wire::Report Running(std::string body) {
    wire::Report report;
    report.kind = wire::ReportKind::kRunning;
    report.task_id = "t-1";
    report.start = FromUnixMillis(7);
    report.output_offset = 3;
    report.body = Secret<std::string>(std::move(body));
    return report;
  }
  static wire::Report Finish() {
    wire::Report report = Running("end");
    report.kind = wire::ReportKind::kFinish;
    return report;
  }
  ReportOutcome Send(wire::Report report) { return loop_.Wait(link_->Send(std::move(report))); }
  void SendSoon(wire::Report report, std::optional<ReportOutcome>& outcome) {
    loop_.scope.Spawn("send", Keep(*link_, std::move(report), outcome));
    loop_.Settle();
  }
  static asio::awaitable<void> Keep(link::Link& link, wire::Report report, std::optional<ReportOutcome>& outcome) {
    outcome = co_await link.Send(std::move(report));
  }

  test::TestLoop loop_;
  std::unique_ptr<test::FakeServer> server_;
  FakeWork work_;
  FakeFacts facts_;
  int heartbeat_status_ = 200;
  int list_status_ = 200;
  int report_status_ = 200;
  wire::ReportAnswer report_answer_;
  std::string work_for_fetch_;
  std::unique_ptr<SignedConnector> connector_;
  std::unique_ptr<link::Link> link_;
};

TEST_F(TransportTest, AConnectBeatsOpensTheWebSocketAndFetches) {
  work_for_fetch_ = "t-1";
  work_.highest = 12;
  link::Options options;
  options.cold_start = true;
  Start(true, options);
  ASSERT_TRUE(loop_.RunUntil([&] { return !work_.lists.empty(); }));
  loop_.Settle();
  ASSERT_EQ(server_->requests().size(), 3U);
  const auto& beat = server_->requests()[0];
  EXPECT_EQ(beat.request.target.find("/luban/api/heart-beat?uptime=1378000&timestamp="), 0U);
  EXPECT_NE(beat.request.target.find("&pid=42&process_uptime=0&index=0&seq_no=0&virt_type=kvm&os_version=Linux_%231+x"
                                     "&az=unknown&machineid=m-1&cold_start=true"),
            std::string::npos);
  EXPECT_EQ(beat.request.headers.Get("User-Agent"), "linux_amd64/0.1.0");
  EXPECT_EQ(server_->requests()[1].path(), wire::path::kNotify);
  EXPECT_EQ(server_->requests()[1].connection, beat.connection) << "one handshake serves both";
  EXPECT_EQ(LastFetch(),
            "/luban/api/v1/task/list?reason=startup&cold_start=true&currentTime=1700000000000&offset=0"
            "&timeZone=Etc%2FUTC");
  EXPECT_EQ(server_->requests()[2].request.headers.Get(wire::header::kAssistDelivery), "12");
  EXPECT_EQ(server_->requests()[2].request.headers.Get(wire::header::kAssistCan), "budgets,packages,releases");
  EXPECT_EQ(work_.lists[0].run.at(0).task_id, "t-1");
  EXPECT_EQ(link_->status().state, State::kOnline);
}

TEST_F(TransportTest, KicksAreAnsweredAndFetched) {
  StartOnline();
  server_->SendText("kick_vm");
  ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == 2 && Texts().size() == 1; }));
  EXPECT_EQ(Texts()[0], "accept:kick_vm");
  EXPECT_NE(LastFetch().find("?reason=kickoff&currentTime="), std::string::npos);
  server_->SendText("kick_vm task run t-9");
  ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == 3; }));
  std::size_t fetches = 3;
  for (const char* file : {"kick_vm file create f-9", "kick_vm file stop f-9"}) {
    server_->SendText(file);
    ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == fetches + 1; })) << file;
    ASSERT_TRUE(loop_.RunUntil([&] { return Texts().back() == std::string("accept:") + file; }));
    ++fetches;
  }
  for (const char* refused : {"kick_vm agent deregister", "kick_vm agent stop", "kick_vm agent update", "kick_vm task",
                              "kick_vm session start s-1", "hello"}) {
    const std::size_t before = Texts().size();
    server_->SendText(refused);
    ASSERT_TRUE(loop_.RunUntil([&] { return Texts().size() > before; }));
    EXPECT_EQ(Texts().back(), std::string("unknow:") + refused);
  }
  server_->SendText("kick_vm noop");
  ASSERT_TRUE(loop_.RunUntil([&] { return Texts().back() == "accept:kick_vm noop"; }));
  loop_.Settle();
  EXPECT_EQ(Fetches(), fetches);
}

TEST_F(TransportTest, AnIdleLinkCarriesAPingAMinuteAndNothingElse) {
  StartOnline();
  loop_.Advance(seconds(5));
  EXPECT_EQ(server_->connections(), 1U) << "the request connection is closed after 5 s";
  const int pings = server_->socket()->pings;
  const std::size_t requests = server_->requests().size();
  for (int minute = 1; minute <= 5; ++minute) {
    for (int i = 0; i < 60; ++i) loop_.clock.Advance(seconds(1));
    loop_.Settle();
    EXPECT_EQ(server_->socket()->pings, pings + minute);
  }
  EXPECT_EQ(server_->requests().size(), requests);
  EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(TransportTest, AServerThatAnswersNoPingsIsLeft) {
  StartOnline();
  server_->listens.Reset();
  loop_.Advance(seconds(60));  // this one is still answered, by the read that was under way
  EXPECT_EQ(link_->status().state, State::kOnline);
  loop_.Advance(seconds(60));
  EXPECT_EQ(link_->status().state, State::kOnline);
  loop_.Advance(seconds(60));
  ASSERT_TRUE(loop_.RunUntil([&] { return link_->status().state != State::kOnline; }));
  EXPECT_EQ(link_->status().detail, "the server does not answer pings");
  server_->listens.Set();
  loop_.Advance(seconds(1));
  ASSERT_TRUE(loop_.RunUntil([&] { return link_->status().state == State::kOnline; }));
}

TEST_F(TransportTest, WhoIsReplacedIsToldWhatItMeans) {
  StartOnline();
  server_->CloseSocket(WebSocketCloseCode::kPolicy);
  ASSERT_TRUE(loop_.RunUntil([&] { return link_->status().state == State::kConnecting; }));
  EXPECT_NE(link_->status().detail.find("second agent"), std::string::npos);
}

TEST_F(TransportTest, AReportsAnswerDecides) {
  StartOnline();
  report_answer_.next = 9;
  ReportOutcome outcome = Send(Running("output"));
  EXPECT_EQ(outcome.delivery, Delivery::kDone);
  EXPECT_EQ(outcome.next, 9U);
  const auto& request = server_->requests().back().request;
  EXPECT_EQ(request.target, "/luban/api/v1/task/running?taskId=t-1&invokeVersion=0&start=7");
  EXPECT_EQ(request.body, "output");
  EXPECT_EQ(request.headers.Get(wire::header::kAssistOffset), "3");
  EXPECT_EQ(request.headers.Get("Content-Type"), "text/plain; charset=utf-8");
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

TEST_F(TransportTest, AReportThatGetsNoAnswerIsForLater) {
  StartOnline();
  server_->go_on.Reset();
  std::optional<ReportOutcome> outcome;
  SendSoon(Finish(), outcome);
  loop_.Advance(milliseconds(9999));
  EXPECT_FALSE(outcome);
  loop_.Advance(milliseconds(1));
  ASSERT_TRUE(loop_.RunUntil([&] { return outcome.has_value(); }));
  EXPECT_EQ(outcome->delivery, Delivery::kLater);
  server_->go_on.Set();
}

TEST_F(TransportTest, AStopSaysGoodbyeAndWaitsForTheServersWord) {
  StartOnline();
  const std::shared_ptr<test::FakeServer::Socket> socket = server_->sockets().back();
  loop_.Wait(link_->Stop());
  ASSERT_TRUE(loop_.RunUntil([&] { return !socket->open && server_->connections() == 0; }));
  EXPECT_EQ(socket->socket->close_code(), static_cast<std::uint16_t>(WebSocketCloseCode::kGoingAway));
  EXPECT_EQ(server_->sockets().size(), 1u) << "nothing connects any more";
}

TEST_F(TransportTest, AWrongClockIsCorrectedOnConnect) {
  bool told = false;
  server_->answer = [&](const HttpRequest& request) {
    if (!told) {
      told = true;
      HttpResponse response = MakeResponse(401, "text/plain", "time");
      response.headers.Set(wire::header::kAssistTime, std::to_string(ToUnixMillis(loop_.clock.Now()) + 7000));
      return response;
    }
    return Answer(request);
  };
  StartOnline();
  EXPECT_EQ(link_->status().server_ahead, seconds(7));
  EXPECT_EQ(Beats(), 2U) << "the same heart-beat, signed anew";
  const std::string now = std::to_string(ToUnixMillis(loop_.clock.Now()) + 7000);
  EXPECT_NE(LastFetch().find("&currentTime=" + now + "&"), std::string::npos) << LastFetch();
}

TEST_F(TransportTest, OverTlsTheWebSocketNeedsNoSecondSignature) {
  loop_.Wait(server_->Stop());
  Serve(true);
  StartOnline();
  const auto& upgrade = server_->requests()[1].request;
  EXPECT_EQ(upgrade.headers.Get(wire::header::kInstanceId), "mi-1");
  EXPECT_EQ(upgrade.headers.Find(wire::header::kAssistSignature), nullptr);
  EXPECT_NE(server_->requests()[2].request.headers.Find(wire::header::kAssistSignature), nullptr)
      << "the fetch has a connection of its own";
}

// ---- with a stock server

TEST_F(TransportTest, AStockServerIsSpokenToAsAStockAgentDoes) {
  StartOnline(false);
  const auto& beat = server_->requests()[0].request;
  EXPECT_EQ(beat.headers.Get(wire::header::kSignature).size(), 344U);
  EXPECT_EQ(beat.headers.Get(wire::header::kClientIp), "192.0.2.2");
  EXPECT_EQ(beat.headers.Find(wire::header::kAssistRun), nullptr);
  EXPECT_EQ(server_->requests().back().request.headers.Find(wire::header::kAssistDelivery), nullptr);
  wire::Report accepted;
  accepted.kind = wire::ReportKind::kAccepted;
  accepted.task_id = "t-1";
  const std::size_t before = server_->requests().size();
  EXPECT_EQ(Send(accepted).delivery, Delivery::kDone);
  EXPECT_EQ(server_->requests().size(), before) << "there is no such message there";
  report_status_ = 500;
  EXPECT_EQ(Send(Running("x")).delivery, Delivery::kDone) << "each piece once, whatever becomes of it";
  EXPECT_EQ(Send(Finish()).delivery, Delivery::kLater);
  wire::Report file;
  file.kind = wire::ReportKind::kFinish;
  file.task_id = "f-1";
  file.file = wire::FileResult{std::string(wire::FileResult::kSuccess), 0};
  const std::size_t earlier = server_->requests().size();
  EXPECT_EQ(Send(file).delivery, Delivery::kDone) << "once, as the stock agent tells it";
  EXPECT_EQ(server_->requests().size(), earlier + 1);
  EXPECT_EQ(server_->requests().back().request.target,
            "/luban/api/v1/task/finish?taskId=f-1&status=Success&taskType=sendfile&errorcode=0");
  report_status_ = 400;
  EXPECT_EQ(Send(Finish()).delivery, Delivery::kDone) << "as the stock agent takes it";
  EXPECT_EQ(server_->requests().back().request.headers.Find(wire::header::kAssistOffset), nullptr);
}

TEST_F(TransportTest, WhatWasPinnedStaysWhateverLaterAnswersHave) {
  // A stock server that begins to speak of ours.
  report_answer_.next = 1;
  const auto with_assist = [&](const HttpRequest& request) {
    HttpResponse response = Answer(request);
    if (request.target.starts_with(wire::path::kTaskList)) {
      response.body = R"({"code":200,"instanceId":"mi-1","assist":{"protocol":1},"run":[{"task":{"taskID":"t-1",)"
                      R"("type":"RunShellScript","commandContent":"","timeOut":"60"},"assist":{"delivery":7}}]})";
    }
    response.headers.Set(wire::header::kAssistTime, std::to_string(ToUnixMillis(loop_.clock.Now())));
    return response;
  };
  server_->answer = with_assist;
  Start(false);
  ASSERT_TRUE(loop_.RunUntil([&] { return !work_.lists.empty(); }));
  loop_.Settle();
  EXPECT_FALSE(work_.lists[0].run.at(0).assist) << "the task is a stock one";
  EXPECT_EQ(Send(Running("x")).next, std::nullopt);
  EXPECT_EQ(Send(Finish()).delivery, Delivery::kDone);
  for (const auto& seen : server_->requests()) {
    EXPECT_EQ(seen.request.headers.Get(wire::header::kSignature).size(), 344U) << seen.request.target;
    for (const std::string_view ours :
         {wire::header::kAssistSignature, wire::header::kAssistRun, wire::header::kAssistDelivery,
          wire::header::kAssistOffset, wire::header::kAssistCan}) {
      EXPECT_EQ(seen.request.headers.Find(ours), nullptr) << ours;
    }
  }
}

TEST_F(TransportTest, OursIsNotTalkedDownByAnswersThatLackIt) {
  report_answer_ = {};
  work_for_fetch_ = "t-1";  // the entry has no `assist`
  Start(true);
  ASSERT_TRUE(loop_.RunUntil([&] { return !work_.lists.empty(); }));
  loop_.Settle();
  EXPECT_TRUE(work_.lists[0].run.at(0).assist) << "carried out and reported in our way";
  Send(Running("x"));
  report_status_ = 400;
  EXPECT_EQ(Send(Finish()).delivery, Delivery::kLater) << "a stock agent would take it";
  for (const auto& seen : server_->requests()) {
    EXPECT_NE(seen.request.headers.Find(wire::header::kAssistSignature), nullptr) << seen.request.target;
    EXPECT_EQ(seen.request.headers.Find(wire::header::kSignature), nullptr) << seen.request.target;
  }
}

}  // namespace
}  // namespace assist::agent::transport
