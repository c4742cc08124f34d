#include "server/gateway/translate.h"

#include <gtest/gtest.h>

#include "common/crypto/keys.h"
#include "protocol/wire/names.h"
#include "protocol/wire/report_codec.h"
#include "protocol/wire/task_codec.h"
#include "test/support/captures/captures.h"

namespace assist::server::gateway {
namespace {

control::FetchTasksOut OneEntry(bool ours) {
  control::FetchTasksOut out;
  control::RunEntry run;
  run.invocation = InvokeId("t-1");
  run.delivery = 7;
  run.command = CommandId("c-1");
  run.content = Secret<std::string>("echo 123");
  run.timeout = std::chrono::seconds(90);
  run.launcher = "python3";
  run.termination_mode = model::TerminationMode::kProcess;
  run.created = FromUnixMillis(1795353245472);
  out.run.push_back(std::move(run));
  control::StopEntry stop;
  stop.invocation = InvokeId("t-0");
  stop.termination_mode = model::TerminationMode::kProcess;
  out.stop.push_back(stop);
  out.ours = ours;
  out.output_bytes = 1000000;
  return out;
}

TEST(TranslateTest, AStockAgentGetsNothingOfOurs) {
  const std::string text =
      wire::RenderTaskList(ToWire(OneEntry(false), InstanceId("mi-1"), std::chrono::milliseconds(1000)));
  EXPECT_EQ(text.find("assist"), std::string::npos);
  const auto list = wire::ParseTaskList(text);
  ASSERT_TRUE(list);
  const wire::TaskEntry& entry = list->run.at(0);
  EXPECT_EQ(entry.content.Reveal(), "ZWNobyAxMjM=");
  EXPECT_EQ(entry.timeout.count(), 90);
  EXPECT_EQ(entry.type, "RunShellScript");
  EXPECT_TRUE(entry.output->send_start);
  EXPECT_EQ(entry.output->log_quota, 1000000);
  EXPECT_EQ(list->stop.at(0).task_id, "t-0");
  EXPECT_EQ(list->stop.at(0).repeat, wire::Repeat::kOnce);
}

TEST(TranslateTest, OurAgentGetsItsPart) {
  const wire::TaskList list = ToWire(OneEntry(true), InstanceId("mi-1"), std::chrono::milliseconds(1000));
  ASSERT_TRUE(list.run.at(0).assist);
  EXPECT_EQ(list.run[0].assist->delivery, 7);
  EXPECT_EQ(list.run[0].assist->launcher, "python3");
  EXPECT_EQ(list.run[0].assist->termination, wire::Termination::kProcess);
  ASSERT_TRUE(list.stop.at(0).assist);
  EXPECT_EQ(list.stop[0].assist->termination, wire::Termination::kProcess);
}

TEST(TranslateTest, SchedulesGetTheirWord) {
  for (const auto& [frequency, repeat] :
       std::vector<std::pair<std::string, wire::Repeat>>{{"rate(5m)", wire::Repeat::kRate},
                                                         {"at(2030-01-01T00:00:00)", wire::Repeat::kAt},
                                                         {"0 0 12 * * ?", wire::Repeat::kPeriod}}) {
    control::FetchTasksOut out = OneEntry(false);
    out.run[0].repeat_mode = model::RepeatMode::kPeriod;
    out.run[0].frequency = frequency;
    EXPECT_EQ(ToWire(out, InstanceId("mi-1"), std::chrono::milliseconds(1000)).run[0].repeat, repeat) << frequency;
  }
}

// Every report of the captures reaches control with its facts.
TEST(TranslateTest, CapturedReportsBecomeControlsReports) {
  int finished = 0;
  for (const std::string& name : test::CaptureNames()) {
    for (const auto& exchange : test::LoadCapture(name)) {
      if (exchange.path() != "/luban/api/v1/task/finish" || exchange.query().find("taskType") != std::string::npos) {
        continue;
      }
      auto report = wire::ParseReport("finish", exchange.query(), "", exchange.body);
      ASSERT_TRUE(report);
      const int exit_code = report->exit_code;
      const control::RecordReportIn in = FromWire(std::move(*report), InstanceId("mi-1"), false);
      EXPECT_EQ(in.report.kind, model::ReportKind::kFinish);
      EXPECT_EQ(in.report.exit_code, exit_code);
      EXPECT_TRUE(in.report.start);
      EXPECT_EQ(in.output.Reveal(), exchange.body);
      EXPECT_FALSE(in.offset);
      ++finished;
    }
  }
  EXPECT_GT(finished, 40);
}

TEST(TranslateTest, AcceptedHasNoStartAndOffsetsCountFromOursOnly) {
  wire::Report report;
  report.kind = wire::ReportKind::kAccepted;
  report.task_id = "t-1";
  report.output_offset = 5;
  const auto in = FromWire(report, InstanceId("mi-1"), true);
  EXPECT_EQ(in.report.kind, model::ReportKind::kRunning);
  EXPECT_FALSE(in.report.start);
  EXPECT_FALSE(in.report.exit_code);
  EXPECT_EQ(in.offset, 5);
  EXPECT_FALSE(FromWire(report, InstanceId("mi-1"), false).offset);
}

TEST(TranslateTest, RegistrationPinsTheSchemeByTheKey) {
  SeededRandom random(3);
  wire::RegisterRequest request;
  request.os_type = "linux";
  request.public_key_pem = PrivateKey::GenerateEd25519(random).Public().Pem();
  EXPECT_FALSE(FromWire(request, "")) << "our key without our protocol";
  request.assist_protocol = 5;
  const auto ours = FromWire(request, "192.0.2.7");
  ASSERT_TRUE(ours);
  EXPECT_EQ(ours->key_type, model::KeyType::kEd25519);
  EXPECT_EQ(ours->assist_protocol, wire::kAssistProtocol);
  EXPECT_EQ(ours->internet_ip, "192.0.2.7");

  const auto captured = wire::ParseRegisterRequest(test::LoadCapture("register").at(0).body);
  ASSERT_TRUE(captured);
  const auto stock = FromWire(*captured, "192.0.2.7");
  ASSERT_TRUE(stock);
  EXPECT_EQ(stock->key_type, model::KeyType::kRsaMd5);
  EXPECT_EQ(stock->assist_protocol, 0);
  EXPECT_EQ(stock->tags.size(), 2U);

  request.os_type = "plan9";
  EXPECT_FALSE(FromWire(request, ""));
  request.os_type = "linux";
  request.public_key_pem = PrivateKey::GenerateEcP256().Public().Pem();
  EXPECT_FALSE(FromWire(request, ""));
  request.public_key_pem = "no key";
  EXPECT_FALSE(FromWire(request, ""));
}

TEST(TranslateTest, TheVersionOfAUserAgent) {
  EXPECT_EQ(AgentVersion("linux_amd64/2.2.3.578"), "2.2.3.578");
  EXPECT_EQ(AgentVersion("Go-http-client/1.1"), "");
  EXPECT_EQ(AgentVersion("linux_amd64/1 2"), "");
  EXPECT_EQ(AgentVersion(""), "");
}

}  // namespace
}  // namespace assist::server::gateway
