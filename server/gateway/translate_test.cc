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
  EXPECT_FALSE(list.run[0].assist->asked);
  control::FetchTasksOut question = OneEntry(true);
  question.run[0].asked = true;
  EXPECT_TRUE(ToWire(question, InstanceId("mi-1"), std::chrono::milliseconds(1000)).run.at(0).assist->asked);
  EXPECT_EQ(list.run[0].assist->termination, wire::Termination::kProcess);
  ASSERT_TRUE(list.stop.at(0).assist);
  EXPECT_EQ(list.stop[0].assist->termination, wire::Termination::kProcess);
}

TEST(TranslateTest, BudgetsGoToOurAgentInItsPart) {
  control::FetchTasksOut out = OneEntry(true);
  const auto part = [&out] {
    return ToWire(out, InstanceId("mi-1"), std::chrono::milliseconds(1000)).run.at(0).assist->budgets;
  };
  EXPECT_FALSE(part());
  out.run[0].budgets = {30, 512, 50, 1024};
  EXPECT_EQ(part(), (wire::BudgetPart{30, 512, 50, 1024}));
}

TEST(TranslateTest, AFileIsTheEntryThatAStockServerHandsOut) {
  control::FetchTasksOut out;
  control::FileEntry file;
  file.invocation = InvokeId("f-0001");
  file.delivery = 9;
  file.file = {"a.txt", "/root/deploy", model::FileContentType::kPlainText, "demo", "demo", "00600", false};
  file.content = Secret<std::string>("hello file\n");
  out.file.push_back(file);
  out.output_bytes = 12000;
  const wire::TaskList stock = ToWire(out, InstanceId("mi-1"), std::chrono::milliseconds(3000));
  const std::string text = wire::RenderTaskList(stock);
  EXPECT_EQ(text.find("assist"), std::string::npos);
  // As the capture sendfile-ok has it.
  EXPECT_NE(
      text.find(R"("name":"a.txt","destination":"/root/deploy","content":"aGVsbG8gZmlsZQo=","contentType":"Base64",)"
                R"("signature":"a2e6ff29c0a90b03e78ad660704f8b48","owner":"demo","group":"demo","mode":"0600",)"
                R"("overwrite":false,"timeout":60})"),
      std::string::npos)
      << text;
  out.ours = true;
  EXPECT_EQ(ToWire(out, InstanceId("mi-1"), std::chrono::milliseconds(3000)).file.at(0).assist->delivery, 9);
}

TEST(TranslateTest, CapturedReportsOfFilesTellHowTheyCameOut) {
  const auto report = [](std::string_view kind, std::string_view query) {
    auto parsed = wire::ParseReport(kind, wire::EscapeFileValue(query), "", "");
    EXPECT_TRUE(parsed) << query;
    return FromWire(std::move(*parsed), InstanceId("mi-1"), false).report;
  };
  const model::Report good = report("finish", "taskId=f-1&status=Success&taskType=sendfile&errorcode=0");
  ASSERT_TRUE(good.file);
  EXPECT_TRUE(good.file->success);
  const model::Report bad = report("finish", "taskId=f-1&status=Failed&taskType=sendfile&errorcode=4");
  ASSERT_TRUE(bad.file);
  EXPECT_FALSE(bad.file->success);
  EXPECT_EQ(bad.file->error_code, 4);
  // The value is not escaped by stock agents.
  for (const std::string name : {"with space.txt", "50%.txt", "a=b.txt", "%zz+ü"}) {
    const model::Report there = report("invalid", "taskId=f-1&taskType=sendfile&param=FileExist&value=" + name);
    EXPECT_TRUE(there.file);
    EXPECT_EQ(there.param, "FileExist") << name;
    EXPECT_EQ(there.value, name);
  }
  EXPECT_FALSE(report("finish", "taskId=t-1&start=1&end=2&exitCode=0&dropped=0").file);
}

TEST(TranslateTest, SchedulesGetTheirWord) {
  for (const auto& [frequency, repeat] :
       std::vector<std::pair<std::string, wire::Repeat>>{{"rate(5m)", wire::Repeat::kRate},
                                                         {"at(2030-01-01T00:00:00)", wire::Repeat::kAt},
                                                         {"0 0 12 * * ?", wire::Repeat::kPeriod}}) {
    control::FetchTasksOut out = OneEntry(false);
    out.run[0].repeat_mode = model::RepeatMode::kPeriod;
    out.run[0].cron = frequency;
    EXPECT_EQ(ToWire(out, InstanceId("mi-1"), std::chrono::milliseconds(1000)).run[0].repeat, repeat) << frequency;
  }
}

TEST(TranslateTest, OurAgentGetsTheTermsOfASchedule) {
  control::FetchTasksOut out = OneEntry(true);
  EXPECT_FALSE(ToWire(out, InstanceId("mi-1"), std::chrono::milliseconds(1000)).run[0].assist->schedule);
  out.run[0].repeat_mode = model::RepeatMode::kPeriod;
  out.run[0].version = 4;
  out.run[0].schedule = control::SchedulePart{model::MissedPolicy::kRunOnce, model::OverlapPolicy::kQueue,
                                              std::chrono::seconds(30), 8, FromUnixMillis(1'700'000'000'000)};
  const wire::TaskEntry entry = ToWire(out, InstanceId("mi-1"), std::chrono::milliseconds(1000)).run[0];
  EXPECT_EQ(entry.invoke_version, 4);
  ASSERT_TRUE(entry.assist && entry.assist->schedule);
  EXPECT_EQ(entry.assist->schedule->missed, wire::MissedPolicy::kRunOnce);
  EXPECT_EQ(entry.assist->schedule->overlap, wire::OverlapPolicy::kQueue);
  EXPECT_EQ(entry.assist->schedule->splay, std::chrono::seconds(30));
  EXPECT_EQ(entry.assist->schedule->next_occurrence, 8);
  EXPECT_EQ(entry.assist->schedule->heard_until, FromUnixMillis(1'700'000'000'000));
  out.run[0].schedule->heard_until.reset();
  EXPECT_EQ(ToWire(out, InstanceId("mi-1"), std::chrono::milliseconds(1000)).run[0].assist->schedule->heard_until,
            SystemTime{});
  out.ours = false;
  EXPECT_FALSE(ToWire(out, InstanceId("mi-1"), std::chrono::milliseconds(1000)).run[0].assist);
}

TEST(TranslateTest, AStopOfAScheduleNamesItsKind) {
  control::FetchTasksOut out;
  control::StopEntry stop;
  stop.repeat_mode = model::RepeatMode::kPeriod;
  stop.cron = "rate(5m)";
  stop.version = 2;
  out.stop.push_back(stop);
  const wire::TaskEntry entry = ToWire(out, InstanceId("mi-1"), std::chrono::milliseconds(1000)).stop[0];
  EXPECT_EQ(entry.repeat, wire::Repeat::kRate);
  EXPECT_EQ(entry.cron, "rate(5m)");
  EXPECT_EQ(entry.invoke_version, 2);
}

TEST(TranslateTest, OccurrencesComeFromOurAgentsOnly) {
  wire::Report report;
  report.kind = wire::ReportKind::kMissed;
  report.task_id = "t-1";
  report.invoke_version = 3;
  report.occurrence = wire::Occurrence{7, FromUnixMillis(1'000)};
  report.next_due = FromUnixMillis(9'000);
  report.wall_clock = wire::WallClock{FromUnixMillis(5'000), std::chrono::seconds(28'800), "Asia/Shanghai"};
  for (const auto& [wire, ours] : std::vector<std::pair<wire::MissedReason, model::MissedReason>>{
           {wire::MissedReason::kOverlap, model::MissedReason::kOverlap},
           {wire::MissedReason::kAgentDown, model::MissedReason::kAgentDown},
           {wire::MissedReason::kAsleep, model::MissedReason::kAsleep},
           {wire::MissedReason::kLate, model::MissedReason::kLate},
           {wire::MissedReason::kReplaced, model::MissedReason::kReplaced},
           {wire::MissedReason::kJournalDamaged, model::MissedReason::kJournalDamaged}}) {
    report.missed = wire::Missed{4, FromUnixMillis(3'000), wire};
    const control::RecordReportIn in = FromWire(report, InstanceId("mi-1"), true);
    EXPECT_EQ(in.report.kind, model::ReportKind::kMissed);
    EXPECT_EQ(in.report.version, 3);
    ASSERT_TRUE(in.report.occurrence && in.report.missed);
    EXPECT_EQ(in.report.occurrence->number, 7);
    EXPECT_EQ(in.report.occurrence->due, FromUnixMillis(1'000));
    EXPECT_EQ(in.report.missed->count, 4);
    EXPECT_EQ(in.report.missed->last_due, FromUnixMillis(3'000));
    EXPECT_EQ(in.report.missed->reason, ours);
    EXPECT_EQ(in.report.next_due, FromUnixMillis(9'000));
    EXPECT_EQ(in.report.zone, "Asia/Shanghai");
    EXPECT_EQ(in.report.wall_clock, FromUnixMillis(5'000));
  }
  const control::RecordReportIn stock = FromWire(report, InstanceId("mi-1"), false);
  EXPECT_FALSE(stock.report.occurrence || stock.report.missed || stock.report.next_due);
  EXPECT_EQ(stock.report.wall_clock, FromUnixMillis(5'000));
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
