// The fixture of the link's tests: a link to a server in memory, whose answers the test scripts. Time is a ManualClock.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/link/link.h"
#include "agent/link/testing/fake_server.h"
#include "common/async/manual_clock.h"
#include "common/async/scope.h"
#include "protocol/wire/heartbeat.h"
#include "protocol/wire/names.h"
#include "protocol/wire/report_codec.h"
#include "protocol/wire/task_codec.h"

namespace assist::agent::link {

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
    facts.uptime = std::chrono::seconds(1378);
    return facts;
  }
};

class LinkTest : public ::testing::Test {
 protected:
  using milliseconds = std::chrono::milliseconds;
  using seconds = std::chrono::seconds;
  using State = LinkStatus::State;
  using Delivery = task_engine::Delivery;
  using ReportOutcome = task_engine::ReportOutcome;

  LinkTest() {
    server_.answer = [this](const Request& request) { return Answer(request); };
  }
  void TearDown() override {
    server_.listens = true;
    server_.go_on.Set();
    if (link_) {
      bool stopped = false;
      scope_.Spawn("stop", StopThenSay(*link_, stopped));
      Advance(seconds(2));
      EXPECT_TRUE(stopped);
    }
    closer_.Spawn("close", scope_.Close());
    Poll();
    link_.reset();
    EXPECT_TRUE(escaped_.empty()) << escaped_.front();
  }

  Response Answer(const Request& request) {
    const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
    if (path == wire::path::kHeartbeat) return {heartbeat_status_, wire::RenderHeartbeatAnswer({})};
    if (path == wire::path::kTaskList) {
      wire::TaskList list;
      list.instance_id = "mi-1";
      if (!work_for_fetch_.empty()) {
        wire::TaskEntry entry;
        entry.task_id = std::exchange(work_for_fetch_, {});
        list.run.push_back(std::move(entry));
      }
      return {list_status_, wire::RenderTaskList(list)};
    }
    return {report_status_, wire::RenderReportAnswer("mi-1", report_answer_)};
  }
  void Start(bool ours = true, Options options = {}) {
    options.ours = ours;
    options.server = "https://server";
    options.agent_version = "0.1.0";
    options.pid = 42;
    link_ = std::make_unique<Link>(options, io_.get_executor(), clock_, random_, server_, work_, facts_, log_);
    link_->Start();
    Poll();
  }
  void StartOnline(bool ours = true, Options options = {}) {
    Start(ours, std::move(options));
    ASSERT_EQ(link_->status().state, State::kOnline);
    ASSERT_EQ(Fetches(), 1U);
  }
  void Poll() {
    io_.restart();
    io_.poll();
  }
  /// Lets time pass in small steps, so that what becomes due in between happens in order.
  void Advance(std::chrono::microseconds time) {
    const SteadyTime until = clock_.Steady() + time;
    Poll();
    while (clock_.Steady() < until) {
      const SteadyTime next = clock_.has_pending() ? std::min(until, clock_.next()) : until;
      clock_.Advance(std::max(next - clock_.Steady(), SteadyTime::duration::zero()));
      Poll();
    }
  }

  void Say(const std::string& text) {
    server_.socket()->Say(text);
    Poll();
  }
  void AbortSocket() {
    server_.socket()->End();
    Poll();
  }
  [[nodiscard]] std::size_t Fetches() const { return server_.RequestsTo(wire::path::kTaskList).size(); }
  [[nodiscard]] std::size_t Beats() const { return server_.RequestsTo(wire::path::kHeartbeat).size(); }
  [[nodiscard]] std::string LastFetch() const {
    return server_.RequestsTo(wire::path::kTaskList).back().request.target;
  }
  /// Of the newest channel.
  [[nodiscard]] std::vector<std::string> Texts() const {
    return server_.sockets.empty() ? std::vector<std::string>() : server_.sockets.back()->texts;
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
  void SendSoon(wire::Report report, std::optional<ReportOutcome>& outcome) {
    scope_.Spawn("send", Keep(*link_, std::move(report), outcome));
    Poll();
  }
  /// The test fails when it does not end at once.
  ReportOutcome Send(wire::Report report) {
    std::optional<ReportOutcome> outcome;
    SendSoon(std::move(report), outcome);
    EXPECT_TRUE(outcome);
    return outcome.value_or(ReportOutcome{});
  }
  static asio::awaitable<void> Keep(Link& link, wire::Report report, std::optional<ReportOutcome>& outcome) {
    outcome = co_await link.Send(std::move(report));
  }
  static asio::awaitable<void> StopThenSay(Link& link, bool& stopped) {
    co_await link.Stop();
    stopped = true;
  }

  asio::io_context io_;
  ManualClock clock_;
  SeededRandom random_{11};
  Log log_;
  std::vector<std::string> escaped_;
  Scope scope_{io_.get_executor(), [this](std::string_view name, std::string_view what) {
                 escaped_.push_back(std::string(name) + ": " + std::string(what));
               }};
  Scope closer_{io_.get_executor(), {}};
  FakeServer server_{io_.get_executor(), clock_};
  FakeWork work_;
  FakeFacts facts_;
  int heartbeat_status_ = 200;
  int list_status_ = 200;
  int report_status_ = 200;
  wire::ReportAnswer report_answer_;
  std::string work_for_fetch_;
  std::unique_ptr<Link> link_;
};

}  // namespace assist::agent::link
