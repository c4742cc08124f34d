#include "cli/invocations/stop_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::ElementsAre;

InstanceRow Row(std::string id, MachineState state, std::string status) {
  InstanceRow row;
  row.id = std::move(id);
  row.state = state;
  row.status = std::move(status);
  return row;
}

StopReport Report() {
  return ReportStop({Row("a", MachineState::kWaiting, "Pending"), Row("b", MachineState::kRunning, "Running"),
                     Row("c", MachineState::kRunning, "Running"), Row("d", MachineState::kRunning, "Running"),
                     Row("e", MachineState::kSucceeded, "Success"), Row("f", MachineState::kStopped, "Cancelled"),
                     Row("g", MachineState::kRunning, "Running")},
                    {Row("a", MachineState::kStopped, "Cancelled"), Row("b", MachineState::kStopped, "Terminated"),
                     Row("c", MachineState::kRunning, "Stopping"), Row("d", MachineState::kFailed, "Failed"),
                     Row("e", MachineState::kSucceeded, "Success"), Row("f", MachineState::kStopped, "Cancelled")});
}

TEST(StopReportTest, WhatTheStopDidIsToldApartFromWhatWasOver) {
  const StopReport report = Report();
  EXPECT_THAT(report.cancelled, ElementsAre("a"));
  EXPECT_THAT(report.terminated, ElementsAre("b"));
  EXPECT_THAT(report.stopping, ElementsAre("c", "g")) << "one that is not told of is as it was";
  EXPECT_THAT(report.ended, ElementsAre("d"));
  EXPECT_THAT(report.over, ElementsAre("e", "f")) << "cancelled before this stop";
}

TEST(StopReportTest, ALineForEachThatThereIs) {
  const NameBook names({{"a", "web-1", true}});
  EXPECT_EQ(StopLines(Report(), names, Text(Language::kEnglish)),
            "stopped before it began on 1 machine: web-1\n"
            "ended while it ran on 1 machine: b\n"
            "told to end, not gone yet, on 2 machines: c, g\n"
            "ended by itself before the stop arrived on 1 machine: d\n"
            "was over already on 2 machines: e, f\n");
  EXPECT_EQ(StopLines({}, names, Text(Language::kEnglish)), "");
  EXPECT_EQ(StopJson("t-1", Report()), R"({"InvokeId":"t-1","Cancelled":["a"],"Terminated":["b"],"Stopping":["c","g"],)"
                                       R"("EndedMeanwhile":["d"],"AlreadyEnded":["e","f"]})");
}

}  // namespace
}  // namespace assist::cli
