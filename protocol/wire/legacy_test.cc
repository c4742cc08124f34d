#include "protocol/wire/legacy.h"

#include <gtest/gtest.h>

namespace assist::wire {
namespace {

TEST(LegacyTest, AnEntryHasWhatTheAgentsOf2018Read) {
  TaskEntry task;
  task.task_id = "t-1";
  task.type = "RunShellScript";
  task.content = Secret<std::string>("ZWNobyAxMjM=");
  task.working_directory = "/tmp";
  task.cron = "0 * * * * *";
  task.timeout = std::chrono::seconds(60);
  EXPECT_EQ(RenderLegacyTasks({}), "[]");
  EXPECT_EQ(RenderLegacyTasks(std::span(&task, 1)),
            R"([{"taskItem":{"type":"RunShellScript","taskID":"t-1","commandContent":"ZWNobyAxMjM=",)"
            R"("workingDirectory":"/tmp","cron":"0 * * * * *","timeOut":"60"}}])");
}

TEST(LegacyTest, TheAnswerToACancelledTaskIsAStop) {
  const auto report =
      ParseLegacyStatus("{\n\t\"taskInstanceID\":\"ti-1\",\"taskStatus\":\"stopped\",\"taskID\":\"t-1\"}\n");
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->kind, ReportKind::kStopped);
  EXPECT_EQ(report->task_id, "t-1");
  EXPECT_EQ(report->result, "killed");
  EXPECT_EQ(report->start, SystemTime{});
}

TEST(LegacyTest, AnUploadIsTheEndWithItsOutput) {
  const auto done = ParseLegacyOutput(
      R"({"taskID":"t-1","taskStatus":"finished","taskOutput":{"taskInstanceOutput":"MTIzCg==","errNo":3},"more":[]})");
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->kind, ReportKind::kFinish);
  EXPECT_EQ(done->exit_code, 3);
  EXPECT_EQ(done->body.Reveal(), "123\n");
  const auto late = ParseLegacyOutput(R"({"taskID":"t-1","taskStatus":"failed"})");
  ASSERT_TRUE(late);
  EXPECT_EQ(late->kind, ReportKind::kTimeout);
  EXPECT_EQ(late->body.Reveal(), "");
}

TEST(LegacyTest, WhatMakesNoSenseIsRefused) {
  for (const char* body : {"", "[]", "{}", R"({"taskID":"t-1"})", R"({"taskID":"","taskStatus":"finished"})",
                           R"({"taskID":1,"taskStatus":"finished"})", R"({"taskID":"t-1","taskStatus":"paused"})",
                           R"({"taskID":"t-1","taskStatus":"finished","taskOutput":{"taskInstanceOutput":"*"}})",
                           R"({"taskID":"t-1","taskStatus":"finished","taskOutput":{"errNo":"x"}})"}) {
    EXPECT_FALSE(ParseLegacyOutput(body)) << body;
    EXPECT_FALSE(ParseLegacyStatus(body)) << body;
  }
}

}  // namespace
}  // namespace assist::wire
