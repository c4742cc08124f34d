// Transport against a scripted server that holds, drops, refuses and closes. Time is a ManualClock.
#include "agent/transport/transport.h"

#include <gtest/gtest.h>

#include <algorithm>

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
using State = LinkStatus::State;

class FakeWork final : public WorkSink {
 public:
  asio::awaitable<void> Take(wire::TaskList list) override {
    lists.push_back(std::move(list));
    co_return;
  }
  [[nodiscard]] std::int64_t highest_delivery() const override { return highest; }
  std::vector<wire::TaskList> lists;
  std::int64_t highest = 0;
};

class FakeFacts final : public FactSource {
 public:
  [[nodiscard]] MachineFacts Facts() override {
    MachineFacts facts;
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

TEST(BackoffTest, PausesDoubleWithJitterUpToTheirBound) {
  SeededRandom random(1);
  Backoff backoff(Backoff::Options{});
  std::int64_t bound = 500;
  for (int i = 0; i < 12; ++i) {
    const auto pause = backoff.Next(random).count();
    EXPECT_GE(pause, bound / 2);
    EXPECT_LE(pause, bound);
    bound = std::min<std::int64_t>(bound * 2, 60000);
  }
  backoff.Reset();
  EXPECT_LE(backoff.Next(random).count(), 500);
  Backoff other(Backoff::Options{});
  SeededRandom second(2);
  SeededRandom first(1);
  Backoff again(Backoff::Options{});
  EXPECT_NE(other.Next(second), again.Next(first)) << "two agents do not come back together";
}

class TransportTest : public ::testing::Test {
 protected:
  void SetUp() override { Serve(false); }
  void TearDown() override {
    loop_.time_passes = true;
    if (transport_) loop_.Wait(transport_->Stop());
    transport_.reset();
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
  void Start(bool ours = true, Options options = {}) {
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
    options.agent_version = "0.1.0";
    options.run_id = "run-1";
    options.pid = 42;
    auto transport =
        Transport::Make(identity, options, loop_.executor(), loop_.clock, loop_.random, work_, facts_, loop_.log);
    ASSERT_TRUE(transport) << transport.error().detail;
    transport_ = std::move(*transport);
    transport_->Start();
  }
  void StartOnline(bool ours = true) {
    Start(ours);
    ASSERT_TRUE(loop_.RunUntil([&] { return transport_->status().state == State::kOnline && Fetches() == 1; }));
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
  ReportOutcome Send(wire::Report report) { return loop_.Wait(transport_->Send(std::move(report))); }
  void SendSoon(wire::Report report, std::optional<ReportOutcome>& outcome) {
    loop_.scope.Spawn("send", Keep(*transport_, std::move(report), outcome));
    loop_.Settle();
  }
  static asio::awaitable<void> Keep(Transport& transport, wire::Report report, std::optional<ReportOutcome>& outcome) {
    outcome = co_await transport.Send(std::move(report));
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
  std::unique_ptr<Transport> transport_;
};

TEST_F(TransportTest, AConnectBeatsOpensTheWebSocketAndFetches) {
  work_for_fetch_ = "t-1";
  work_.highest = 12;
  Options options;
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
  EXPECT_EQ(server_->requests()[2].request.headers.Get(wire::header::kAssistCan), "budgets");
  EXPECT_EQ(work_.lists[0].run.at(0).task_id, "t-1");
  EXPECT_EQ(transport_->status().state, State::kOnline);
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

TEST_F(TransportTest, WhatTheOperatorAllowsIsObeyedAndNothingElse) {
  std::vector<AgentOrder> orders;
  Options options;
  options.may_stop = true;
  options.obey = [&](AgentOrder order) { orders.push_back(order); };
  Start(true, options);
  ASSERT_TRUE(loop_.RunUntil([&] { return transport_->status().state == State::kOnline && Fetches() == 1; }));
  for (const char* refused : {"kick_vm agent deregister", "kick_vm agent remove", "kick_vm agent update"}) {
    const std::size_t before = Texts().size();
    server_->SendText(refused);
    ASSERT_TRUE(loop_.RunUntil([&] { return Texts().size() > before; }));
    EXPECT_EQ(Texts().back(), std::string("unknow:") + refused);
  }
  EXPECT_TRUE(orders.empty());
  server_->SendText("kick_vm agent stop");
  ASSERT_TRUE(loop_.RunUntil([&] { return !orders.empty(); }));
  ASSERT_TRUE(loop_.RunUntil([&] { return Texts().back() == "accept:kick_vm agent stop"; }));
  EXPECT_EQ(orders, std::vector<AgentOrder>{AgentOrder::kStop});
}

TEST_F(TransportTest, KicksDuringAFetchCauseOneMore) {
  StartOnline();
  server_->go_on.Reset();
  server_->SendText("kick_vm");
  ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == 2; }));
  for (int i = 0; i < 5; ++i) server_->SendText(i == 0 ? "kick_vm" : "kick_vm task run t-" + std::to_string(i));
  ASSERT_TRUE(loop_.RunUntil([&] { return Texts().size() == 6; }));
  server_->go_on.Set();
  ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == 3; }));
  loop_.Settle();
  EXPECT_EQ(Fetches(), 3U);
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

TEST_F(TransportTest, ALostWebSocketIsOpenedAgainAfterAPauseAndWorkIsAskedFor) {
  StartOnline();
  loop_.Advance(seconds(20));  // a good link: the pause is short again
  server_->AbortSocket();
  ASSERT_TRUE(loop_.RunUntil([&] { return transport_->status().state == State::kConnecting; }));
  loop_.Settle();
  EXPECT_EQ(Beats(), 1U);
  loop_.Advance(milliseconds(500));
  ASSERT_TRUE(loop_.RunUntil([&] { return transport_->status().state == State::kOnline && Fetches() == 2; }));
  EXPECT_EQ(Beats(), 2U);
  EXPECT_NE(LastFetch().find("reason=kickoff"), std::string::npos) << "this run has told its startup";
}

TEST_F(TransportTest, AServerThatAnswersNoPingsIsLeft) {
  StartOnline();
  server_->listens.Reset();
  loop_.Advance(seconds(60));  // this one is still answered, by the read that was under way
  EXPECT_EQ(transport_->status().state, State::kOnline);
  loop_.Advance(seconds(60));
  EXPECT_EQ(transport_->status().state, State::kOnline);
  loop_.Advance(seconds(60));
  ASSERT_TRUE(loop_.RunUntil([&] { return transport_->status().state != State::kOnline; }));
  EXPECT_EQ(transport_->status().detail, "the server does not answer pings");
  server_->listens.Set();
  loop_.Advance(seconds(1));
  ASSERT_TRUE(loop_.RunUntil([&] { return transport_->status().state == State::kOnline; }));
}

TEST_F(TransportTest, PausesGrowWhileTheServerIsAway) {
  const std::string url = server_->url();
  heartbeat_status_ = 503;
  Start();
  ASSERT_TRUE(loop_.RunUntil([&] { return Beats() == 1; }));
  std::vector<std::int64_t> pauses;
  for (std::size_t beat = 2; beat <= 12; ++beat) {
    std::int64_t waited = 0;
    const std::int64_t step = beat < 6 ? 250 : 2000;
    while (Beats() < beat && waited < 70000) {
      loop_.Advance(milliseconds(step));
      waited += step;
    }
    pauses.push_back(waited);
  }
  EXPECT_LE(pauses.front(), 750);
  EXPECT_GE(pauses.back(), 30000);
  EXPECT_LE(pauses.back(), 62000);
  EXPECT_EQ(Fetches(), 0U);
  EXPECT_NE(transport_->status().detail.find("503"), std::string::npos);
}

TEST_F(TransportTest, WithoutAWebSocketWorkIsAskedForAtEachTry) {
  server_->socket_status = 403;
  Start();
  ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == 1; }));
  ASSERT_TRUE(loop_.RunUntil([&] { return transport_->status().state == State::kDeaf; }));
  loop_.Advance(seconds(1));
  ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == 2; }));
  EXPECT_EQ(Send(Finish()).delivery, Delivery::kDone) << "reports need no WebSocket";
}

asio::awaitable<void> CountChanges(Transport& transport, int& changes) {
  for (;;) {
    co_await transport.StatusChange();
    ++changes;
  }
}

asio::awaitable<void> StopThenSay(Transport& transport, bool& stopped) {
  co_await transport.Stop();
  stopped = true;
}

TEST_F(TransportTest, ChangesOfTheLinkAreToldWithoutAsking) {
  StartOnline();
  int changes = 0;
  Scope watcher(loop_.executor(), {});
  watcher.Spawn("watch", CountChanges(*transport_, changes));
  loop_.Advance(seconds(30));
  EXPECT_EQ(changes, 0);
  server_->AbortSocket();
  ASSERT_TRUE(loop_.RunUntil([&] { return changes == 1; }));
  loop_.Advance(seconds(1));
  ASSERT_TRUE(loop_.RunUntil([&] { return changes == 2; }));
  EXPECT_EQ(transport_->status().state, State::kOnline);
  loop_.Wait(watcher.Close());
}

TEST_F(TransportTest, WhoIsReplacedIsToldWhatItMeans) {
  StartOnline();
  server_->CloseSocket(WebSocketCloseCode::kPolicy);
  ASSERT_TRUE(loop_.RunUntil([&] { return transport_->status().state == State::kConnecting; }));
  EXPECT_NE(transport_->status().detail.find("second agent"), std::string::npos);
}

TEST_F(TransportTest, ARefusedIdentityIsShown) {
  heartbeat_status_ = 403;
  Start();
  ASSERT_TRUE(loop_.RunUntil([&] { return transport_->status().state == State::kRefused; }));
  heartbeat_status_ = 200;
  loop_.Advance(seconds(1));
  ASSERT_TRUE(loop_.RunUntil([&] { return transport_->status().state == State::kOnline; }));
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

TEST_F(TransportTest, AReportWaitsForTheLinkAndGoesAsSoonAsItIsBack) {
  heartbeat_status_ = 503;
  Start();
  ASSERT_TRUE(loop_.RunUntil([&] { return Beats() == 1; }));
  std::optional<ReportOutcome> outcome;
  SendSoon(Finish(), outcome);
  EXPECT_FALSE(outcome);
  heartbeat_status_ = 200;
  loop_.Advance(seconds(1));
  ASSERT_TRUE(loop_.RunUntil([&] { return outcome.has_value(); }));
  EXPECT_EQ(outcome->delivery, Delivery::kDone);
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

TEST_F(TransportTest, AtMostFourRequestsAtATime) {
  StartOnline();
  loop_.Advance(seconds(6));
  server_->go_on.Reset();
  const std::size_t before = server_->requests().size();
  std::vector<std::optional<ReportOutcome>> outcomes(10);
  for (auto& outcome : outcomes) SendSoon(Finish(), outcome);
  ASSERT_TRUE(loop_.RunUntil([&] { return server_->requests().size() == before + 4; }));
  loop_.Settle();
  EXPECT_EQ(server_->requests().size(), before + 4);
  EXPECT_EQ(server_->connections(), 5U);
  server_->go_on.Set();
  ASSERT_TRUE(loop_.RunUntil([&] {
    return std::all_of(outcomes.begin(), outcomes.end(), [](const auto& outcome) { return outcome.has_value(); });
  }));
  EXPECT_EQ(server_->requests().size(), before + 10);
}

TEST_F(TransportTest, StopEndsEverythingThatWaits) {
  heartbeat_status_ = 503;
  Start();
  ASSERT_TRUE(loop_.RunUntil([&] { return Beats() == 1; }));
  std::optional<ReportOutcome> outcome;
  SendSoon(Finish(), outcome);
  loop_.Wait(transport_->Stop());
  ASSERT_TRUE(loop_.RunUntil([&] { return outcome.has_value(); }));
  EXPECT_EQ(outcome->delivery, Delivery::kLater);
  EXPECT_EQ(Send(Finish()).delivery, Delivery::kLater);
}

TEST_F(TransportTest, AStopSaysGoodbyeAndWaitsForTheServersWord) {
  StartOnline();
  const std::shared_ptr<test::FakeServer::Socket> socket = server_->sockets().back();
  loop_.Wait(transport_->Stop());
  ASSERT_TRUE(loop_.RunUntil([&] { return !socket->open && server_->connections() == 0; }));
  EXPECT_EQ(socket->socket->close_code(), static_cast<std::uint16_t>(WebSocketCloseCode::kGoingAway));
  EXPECT_EQ(server_->sockets().size(), 1u) << "nothing connects any more";
}

TEST_F(TransportTest, AServerThatSaysNothingIsNotWaitedForLong) {
  StartOnline();
  server_->listens.Reset();
  server_->SendText("kick_vm");
  ASSERT_TRUE(loop_.RunUntil([&] { return !Texts().empty(); }));  // the last that it reads
  bool stopped = false;
  Scope stopper(loop_.executor(), {});
  stopper.Spawn("stop", StopThenSay(*transport_, stopped));
  loop_.Settle();
  loop_.Advance(milliseconds(900));
  EXPECT_FALSE(stopped);
  loop_.Advance(milliseconds(200));
  ASSERT_TRUE(loop_.RunUntil([&] { return stopped; }));
  server_->listens.Set();
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
  EXPECT_EQ(transport_->status().server_ahead, seconds(7));
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

TEST_F(TransportTest, AStartupFetchThatFailsIsTriedUntilItComesThrough) {
  list_status_ = 503;
  int heard = 0;
  Options options;
  options.startup_heard = [&heard] { ++heard; };
  Start(true, options);
  const std::string first = std::to_string(ToUnixMillis(loop_.clock.Now()));
  ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == 1; }));
  for (std::size_t fetches = 2; fetches <= 9; ++fetches) {
    loop_.Settle();
    loop_.Advance(seconds(2));
    ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == fetches; })) << fetches;
    EXPECT_NE(LastFetch().find("reason=startup"), std::string::npos);
    EXPECT_NE(LastFetch().find("&currentTime=" + first + "&"), std::string::npos)
        << "it is one run of the agent that asks: " << LastFetch();
  }
  EXPECT_EQ(heard, 0);
  list_status_ = 200;
  loop_.Settle();
  loop_.Advance(seconds(2));
  ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == 10; }));
  loop_.Settle();
  EXPECT_EQ(heard, 1);
  server_->SendText("kick_vm");
  ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == 11; }));
  EXPECT_NE(LastFetch().find("reason=kickoff"), std::string::npos);
  loop_.Settle();
  EXPECT_EQ(heard, 1);
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

TEST_F(TransportTest, AStockServersWebSocketComesFirstThenTheHeartBeatThenTheList) {
  StartOnline(false);
  const std::vector<test::FakeServer::Seen>& seen = server_->requests();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].path(), wire::path::kNotify);
  EXPECT_EQ(seen[1].path(), wire::path::kHeartbeat);
  EXPECT_EQ(seen[2].path(), wire::path::kTaskList);
  EXPECT_NE(LastFetch().find("reason=startup&cold_start=false&"), std::string::npos);
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

TEST_F(TransportTest, AStockServerIsAskedPerKickAndOnceMoreWhenEmpty) {
  StartOnline(false);
  server_->SendText("kick_vm task run t-9");
  ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == 2; }));
  EXPECT_NE(LastFetch().find("reason=kickoff&taskId=t-9&"), std::string::npos);
  loop_.Settle();
  work_for_fetch_ = "t-9";
  loop_.Advance(seconds(3));
  ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == 3; }));
  EXPECT_NE(LastFetch().find("taskId=t-9"), std::string::npos);
  loop_.Settle();
  loop_.Advance(seconds(3));
  EXPECT_EQ(Fetches(), 3U);
  EXPECT_EQ(work_.lists.size(), 1U);
}

TEST_F(TransportTest, AStockServerGetsAHeartBeatAMinute) {
  StartOnline(false);
  for (int i = 0; i < 60; ++i) loop_.clock.Advance(seconds(1));
  ASSERT_TRUE(loop_.RunUntil([&] { return Beats() == 2; }));
  EXPECT_NE(server_->RequestsTo(wire::path::kHeartbeat).back().request.target.find("&index=1&seq_no=1"),
            std::string::npos);
}

// As captured in heartbeat: the answers in turn, and what is sent.
TEST_F(TransportTest, AStockServersHeartBeatsAreThoseOfTheCapture) {
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
  server_->answer = [&](const HttpRequest& request) {
    if (!request.target.starts_with(wire::path::kHeartbeat)) return Answer(request);
    const auto& [status, body] = answers.at(std::min(next++, answers.size() - 1));
    return MakeResponse(status, "application/json", body);
  };
  Start(false);
  ASSERT_TRUE(loop_.RunUntil([&] { return Fetches() == 1; }));
  loop_.Settle();
  std::vector<std::int64_t> waited;
  while (Beats() < 9) {
    const std::size_t before = Beats();
    std::int64_t ms = 0;
    while (Beats() == before && ms < 70000) {
      const std::int64_t step = ms == 0 ? 3000 : ms == 3000 ? 51750 : 250;
      loop_.Advance(milliseconds(step));
      ms += step;
    }
    ASSERT_GT(Beats(), before);
    waited.push_back(ms);
  }
  const auto beats = server_->RequestsTo(wire::path::kHeartbeat);
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
  EXPECT_NE(beats[4].request.headers.Get(wire::header::kRequestId),
            beats[5].request.headers.Get(wire::header::kRequestId));
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

TEST_F(TransportTest, AStockServerThatAnswersNoHeartBeatsIsWorkedForAllTheSame) {
  heartbeat_status_ = 503;
  StartOnline(false);
  EXPECT_EQ(Beats(), 3U) << "at the start up to three, without a pause";
  EXPECT_EQ(Send(Finish()).delivery, Delivery::kDone);
  for (int i = 0; i < 30 * 6; ++i) loop_.Advance(seconds(10));
  EXPECT_EQ(transport_->status().state, State::kOnline);
  EXPECT_GE(Beats(), 3U + 21 + 3);
  EXPECT_LE(Beats(), 3U + 33 + 3) << "three repeats an hour, not more";
}

TEST_F(TransportTest, Code408MeansAskAgain) {
  int lists = 0;
  server_->answer = [&](const HttpRequest& request) {
    if (!request.target.starts_with(wire::path::kTaskList)) return Answer(request);
    return MakeResponse(200, "application/json", ++lists < 3 ? R"({"code":408})" : R"({"code":200})");
  };
  Start(false);
  for (int fetch = 1; fetch <= 3; ++fetch) {
    ASSERT_TRUE(loop_.RunUntil([&] { return lists == fetch; }));
    loop_.Settle();
    loop_.Advance(seconds(2));
  }
  loop_.Advance(seconds(10));
  EXPECT_EQ(lists, 3);
}

}  // namespace
}  // namespace assist::agent::transport
