#include "protocol/wire/report_codec.h"

#include <gtest/gtest.h>

#include <set>

#include "protocol/wire/names.h"
#include "test/support/captures/captures.h"

namespace assist::wire {
namespace {

std::string_view KindOfPath(std::string_view path) {
  if (!path.starts_with(path::kTaskPrefix) || path == path::kTaskList) return {};
  return path.substr(path::kTaskPrefix.size());
}

// What we would send for the same facts is what the stock agent sent: names, order and escaping.
TEST(ReportCodecTest, EveryCapturedReportIsReadAndWrittenAlike) {
  int seen = 0;
  for (const std::string& name : test::CaptureNames()) {
    for (const auto& exchange : test::LoadCapture(name)) {
      const std::string_view kind = KindOfPath(exchange.path());
      if (kind.empty()) continue;
      const auto report = ParseReport(kind, exchange.query(), "", exchange.body);
      ASSERT_TRUE(report) << name << ": " << exchange.target << ": " << report.error().detail;
      EXPECT_NE(report->kind, ReportKind::kAccepted) << "no stock agent sends one: " << name;
      EXPECT_EQ(report->body.Reveal(), exchange.body);
      ++seen;
      if (report->file && report->kind == ReportKind::kInvalid) continue;  // the stock agent does not escape there
      EXPECT_EQ(ReportTarget(*report), exchange.target) << name;
    }
  }
  EXPECT_GT(seen, 150);
}

TEST(ReportCodecTest, OurAgentsTimesComeLastAndWhatMakesNoSenseIsNone) {
  Report report;
  report.kind = ReportKind::kAccepted;
  report.task_id = "t-1";
  EXPECT_EQ(ReportTarget(report), "/luban/api/v1/task/running?taskId=t-1&invokeVersion=0&start=0");
  report.times = {FromUnixMillis(7), FromUnixMillis(8), FromUnixMillis(9)};
  const std::string query = "taskId=t-1&invokeVersion=0&start=0&journaled=7&firstOutput=8&sent=9";
  EXPECT_EQ(ReportTarget(report), "/luban/api/v1/task/running?" + query);
  const auto read = ParseReport("running", query, "", "");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->times.journaled, report.times.journaled);
  EXPECT_EQ(read->times.first_output, report.times.first_output);
  EXPECT_EQ(read->times.sent, report.times.sent);
  const auto odd = ParseReport("running", "taskId=t-1&journaled=x&firstOutput=-5&sent=99999999999999999999", "", "");
  ASSERT_TRUE(odd) << "times are shown; no report is lost for them";
  EXPECT_EQ(odd->times.journaled, SystemTime{});
  EXPECT_EQ(odd->times.first_output, SystemTime{});
  EXPECT_EQ(odd->times.sent, SystemTime{});
}

TEST(ReportCodecTest, RawSpacesInAValueAreKept) {
  const auto report =
      ParseReport("invalid", "taskId=f-1&taskType=sendfile&param=FileExist&value=with space.txt", "", "");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->value, "with space.txt");
  EXPECT_EQ(report->param, "FileExist");
  EXPECT_TRUE(report->file);
}

TEST(ReportCodecTest, WhateverAStockAgentNamesInAValueIsNothingButAValue) {
  for (const std::string name : {"with space.txt", "50%41.txt", "a&taskId=f-2&taskType=x&end=x&value=y", "1+1=2"}) {
    const std::string query = "taskId=f-1&taskType=sendfile&param=FileExist&value=" + name;
    const auto report = ParseReport("invalid", EscapeFileValue(query), "", "");
    ASSERT_TRUE(report) << name;
    EXPECT_EQ(report->value, name);
    EXPECT_EQ(report->task_id, "f-1");
    EXPECT_EQ(report->end, SystemTime{});
  }
  for (const std::string_view query : {"taskId=t-1&param=x&value=a%20b&taskType=sendfile&x=1",
                                       "taskId=f-1&status=Success&taskType=sendfile&errorcode=0", ""}) {
    EXPECT_EQ(EscapeFileValue(query), query);
  }
}

TEST(ReportCodecTest, WhatOurAgentSaysOfAFileIsReadAsItWasWritten) {
  const auto told = [](const Report& report, std::string_view target) {
    EXPECT_EQ(ReportTarget(report), target);
    const auto kind = target.substr(path::kTaskPrefix.size(), target.find('?') - path::kTaskPrefix.size());
    const auto read = ParseReport(kind, target.substr(target.find('?') + 1), "", "");
    EXPECT_TRUE(read) << target;
    EXPECT_EQ(read->kind, report.kind) << target;
    EXPECT_TRUE(read->file) << target;
    EXPECT_EQ(ReportTarget(*read), target);
    return *read;
  };
  Report report;
  report.task_id = "f-1";
  report.file.emplace();
  report.kind = ReportKind::kAccepted;
  told(report, "/luban/api/v1/task/running?taskId=f-1&taskType=sendfile");
  report.start = FromUnixMillis(1000);
  report.end = FromUnixMillis(2000);
  report.kind = ReportKind::kInvalid;
  report.param = file_param::kExists;
  report.value = "100% with space.txt";
  EXPECT_EQ(told(report,
                 "/luban/api/v1/task/invalid?taskId=f-1&taskType=sendfile&param=FileExist"
                 "&value=100%25+with+space.txt&start=1000&end=2000")
                .value,
            report.value);
  report.kind = ReportKind::kFinish;
  report.file->status = FileResult::kFailed;
  report.file->error_code = static_cast<int>(FileTrouble::kFolder);
  report.err_desc = "cannot make it";
  const Report failed = told(report,
                             "/luban/api/v1/task/finish?taskId=f-1&status=Failed&taskType=sendfile&errorcode=4"
                             "&errDesc=cannot+make+it&start=1000&end=2000");
  EXPECT_EQ(failed.file->status, FileResult::kFailed);
  EXPECT_EQ(failed.file->error_code, 4);
  EXPECT_EQ(failed.err_desc, "cannot make it");
  EXPECT_EQ(failed.start, report.start);
  EXPECT_EQ(failed.end, report.end);
  report.kind = ReportKind::kError;
  report.err_code = kErrInterrupted;
  EXPECT_EQ(told(report,
                 "/luban/api/v1/task/error?taskId=f-1&taskType=sendfile&errCode=ExecutionInterrupted"
                 "&errDesc=cannot+make+it&start=1000&end=2000")
                .err_code,
            "ExecutionInterrupted");
}

TEST(ReportCodecTest, OldAgentsLeaveThingsOut) {
  const auto finish = ParseReport("finish", "taskId=t-1&start=5&end=6&exitCode=3&dropped=0", "", "x");
  ASSERT_TRUE(finish);
  EXPECT_EQ(finish->invoke_version, 0);
  EXPECT_EQ(finish->exit_code, 3);
  EXPECT_FALSE(finish->output_offset);
  const auto stopped = ParseReport("stopped", "taskId=t-1&exitcode=-1&result=killed", "", "");
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->exit_code, -1);
  EXPECT_EQ(stopped->start, SystemTime{});
}

TEST(ReportCodecTest, WhatIsNoReportIsRefusedAndNamed) {
  EXPECT_EQ(ParseReport("list", "taskId=t-1", "", "").error().code, Errc::kNotFound);
  EXPECT_EQ(ParseReport("accepted", "taskId=t-1", "", "").error().code, Errc::kNotFound);
  EXPECT_EQ(ParseReport("finish", "exitCode=0", "", "").error().code, Errc::kInvalid);
  EXPECT_EQ(ParseReport("finish", "taskId=t-1&exitCode=zero", "", "").error().code, Errc::kInvalid);
  EXPECT_EQ(ParseReport("running", "taskId=t-1", "-1", "").error().code, Errc::kInvalid);
  EXPECT_EQ(ParseReport("running", "taskId=t-1", "1x", "").error().code, Errc::kInvalid);
}

TEST(ReportCodecTest, AcceptedIsAnEmptyRunningWithoutAStart) {
  Report report;
  report.kind = ReportKind::kAccepted;
  report.task_id = "t-1";
  EXPECT_EQ(ReportTarget(report), "/luban/api/v1/task/running?taskId=t-1&invokeVersion=0&start=0");
  const auto back = ParseReport("running", "taskId=t-1&invokeVersion=0&start=0", "", "");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->kind, ReportKind::kAccepted);
  EXPECT_EQ(ParseReport("running", "taskId=t-1&invokeVersion=0&start=7", "", "")->kind, ReportKind::kRunning);
  EXPECT_EQ(ParseReport("running", "taskId=t-1&start=0", "0", "out")->kind, ReportKind::kRunning);
}

TEST(ReportCodecTest, AFinishTellsTheBudgetThatWasExceeded) {
  Report report;
  report.kind = ReportKind::kFinish;
  report.task_id = "t-1";
  report.exit_code = 137;
  EXPECT_EQ(ReportTarget(report).find("err"), std::string::npos) << "as stock agents say it";
  report.err_code = "BudgetExceeded";
  report.err_desc = "MaxProcesses is 5, there were 6";
  const std::string target = ReportTarget(report);
  const auto back = ParseReport("finish", target.substr(target.find('?') + 1), "", "");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->exit_code, 137);
  EXPECT_EQ(back->err_code, "BudgetExceeded");
  EXPECT_EQ(back->err_desc, report.err_desc);
}

TEST(ReportCodecTest, ARunOfAScheduleNamesItsOccurrence) {
  Report report;
  report.kind = ReportKind::kRunning;
  report.task_id = "t-1";
  report.start = FromUnixMillis(1500);
  report.occurrence = Occurrence{7, FromUnixMillis(1000)};
  report.next_due = FromUnixMillis(2000);
  const std::string target = ReportTarget(report);
  EXPECT_EQ(target,
            "/luban/api/v1/task/running?taskId=t-1&invokeVersion=0&start=1500&occurrence=7&due=1000&nextDue=2000");
  const Report read = ParseReport("running", target.substr(target.find('?') + 1), "", "").value();
  ASSERT_TRUE(read.occurrence);
  EXPECT_EQ(read.occurrence->number, 7);
  EXPECT_EQ(read.occurrence->due, FromUnixMillis(1000));
  EXPECT_EQ(read.next_due, FromUnixMillis(2000));
  EXPECT_FALSE(ParseReport("running", "taskId=t-1&occurrence=0&due=1", "", ""));
  EXPECT_FALSE(ParseReport("running", "taskId=t-1&occurrence=x&due=1", "", ""));
}

TEST(ReportCodecTest, EachReasonHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  for (const auto reason : {MissedReason::kOverlap, MissedReason::kAgentDown, MissedReason::kAsleep,
                            MissedReason::kLate, MissedReason::kReplaced, MissedReason::kJournalDamaged}) {
    EXPECT_EQ(ParseMissedReason(Name(reason)), reason);
    words.insert(Name(reason));
  }
  EXPECT_EQ(words.size(), 6u);
}

TEST(ReportCodecTest, MissedOccurrencesAreToldWithTheirReason) {
  Report report;
  report.kind = ReportKind::kMissed;
  report.task_id = "t-1";
  report.invoke_version = 2;
  report.occurrence = Occurrence{7, FromUnixMillis(1000)};
  report.missed = Missed{3, FromUnixMillis(3000), MissedReason::kAgentDown};
  const std::string target = ReportTarget(report);
  EXPECT_EQ(target,
            "/luban/api/v1/task/missed?taskId=t-1&invokeVersion=2&occurrence=7&due=1000&count=3&lastDue=3000"
            "&reason=AgentDown");
  const Report read = ParseReport("missed", target.substr(target.find('?') + 1), "", "").value();
  EXPECT_EQ(read.kind, ReportKind::kMissed);
  ASSERT_TRUE(read.missed);
  EXPECT_EQ(read.missed->count, 3);
  EXPECT_EQ(read.missed->last_due, FromUnixMillis(3000));
  EXPECT_EQ(read.missed->reason, MissedReason::kAgentDown);
  EXPECT_FALSE(ParseReport("missed", "taskId=t-1&count=1&lastDue=1&reason=Overlap", "", ""));
  EXPECT_FALSE(ParseReport("missed", "taskId=t-1&occurrence=1&due=1&count=0&lastDue=1&reason=Overlap", "", ""));
  EXPECT_FALSE(ParseReport("missed", "taskId=t-1&occurrence=1&due=1&count=1&lastDue=1&reason=Bored", "", ""));
  EXPECT_FALSE(
      ParseReport("missed", "taskId=t-1&occurrence=1&due=1&count=9223372036854775807&lastDue=1&reason=Late", "", ""));
}

TEST(ReportCodecTest, AnErrorsTextIsCutBetweenCharacters) {
  Report report;
  report.kind = ReportKind::kError;
  report.task_id = "t-1";
  report.err_code = "-7";
  report.err_desc = std::string(254, 'a') + "\xC3\xA9";  // é begins at byte 254
  const std::string target = ReportTarget(report);
  EXPECT_TRUE(target.ends_with("errCode=-7&errDesc=" + std::string(254, 'a'))) << target;
}

TEST(ReportCodecTest, TheAgentsOf2020AreToldWhatIsHeld) {
  ReportAnswer answer;
  answer.running = ReportAnswer::Running{10, 4, 104};
  EXPECT_EQ(RenderReportAnswer("mi-1", answer),
            R"({"code":200,"instanceId":"mi-1","received":10,"accepted":4,"current":104})");
}

TEST(ReportCodecTest, OurAnswersTellWhereToGoOn) {
  ReportAnswer answer;
  EXPECT_EQ(RenderReportAnswer("mi-1", answer), R"({"code":200,"instanceId":"mi-1"})");
  answer.next = 4096;
  const std::string text = RenderReportAnswer("mi-1", answer);
  EXPECT_EQ(text, R"({"code":200,"instanceId":"mi-1","assist":{"next":4096}})");
  EXPECT_EQ(ParseReportAnswer(text).next, 4096U);
  for (const char* other : {"", "ok", "[]", "{}", R"({"assist":1})", R"({"assist":{"next":-1}})"}) {
    EXPECT_FALSE(ParseReportAnswer(other).next) << other;
  }
}

}  // namespace
}  // namespace assist::wire
