#include "cli/run/json_report.h"

#include <gtest/gtest.h>

#include "protocol/json/json.h"

namespace assist::cli {
namespace {

Machine Ended(std::string id, MachineState state) {
  Machine machine;
  machine.id = std::move(id);
  machine.state = state;
  machine.done = true;
  return machine;
}

TEST(JsonReportTest, AMachineIsALineAsSoonAsItHasEnded) {
  JsonReport report("t-1", "c-1", JsonReport::Options{});
  const Machine one = Ended("mi-1", MachineState::kSucceeded);
  Machine two = Ended("mi-2", MachineState::kRunning);
  two.done = false;
  std::string out;
  report.Take({1, 0, "beg", false}, two, "b", out);
  EXPECT_EQ(out, "{\"InvokeId\":\"t-1\",\"CommandId\":\"c-1\",\"Machines\":[\n");
  report.Take({0, 0, "x\"y", true}, one, "a", out);
  EXPECT_NE(out.find("\"Output\":\"x\\\"y\""), std::string::npos) << out;
  report.Finish({one, two}, out);
  const auto document = json::ParseObject(out);
  ASSERT_TRUE(document) << out;
  const auto& machines = document->at("Machines").as_array();
  ASSERT_EQ(machines.size(), 2u);
  EXPECT_EQ(machines[1].as_object().at("State").as_string(), "running");
  EXPECT_EQ(machines[1].as_object().at("Output").as_string(), "beg");
  EXPECT_EQ(document->at("Done").as_int64(), 1);
}

TEST(JsonReportTest, ARefusalHasItsWord) {
  JsonReport report("t-1", "", JsonReport::Options{});
  std::string out;
  Machine machine = Ended("mi-1", MachineState::kFailed);
  machine.exit_code = 49;
  machine.refusal = package::FoundRefusal{package::Refusal::kNoSpace, "needs 3 GiB"};
  report.Take({0, 0, "REFUSED NoSpace: needs 3 GiB\n", true}, machine, "", out);
  report.Finish({machine}, out);
  const auto document = json::ParseObject(out);
  ASSERT_TRUE(document) << out;
  EXPECT_EQ(document->at("Machines").as_array()[0].as_object().at("Refusal").as_string(), "NoSpace");
  EXPECT_EQ(document->at("Machines").as_array()[0].as_object().at("RefusalText").as_string(), "needs 3 GiB");
}

TEST(JsonReportTest, OutputThatIsNoTextIsBase64) {
  JsonReport report("t-1", "c-1", JsonReport::Options{});
  std::string out;
  const Machine machine = Ended("mi-1", MachineState::kSucceeded);
  report.Take({0, 0, std::string("\xff\x00", 2), true}, machine, "", out);
  report.Finish({machine}, out);
  const auto document = json::ParseObject(out);
  ASSERT_TRUE(document) << out;
  EXPECT_EQ(document->at("Machines").as_array()[0].as_object().at("OutputBase64").as_string(), "/wA=");
}

TEST(JsonReportTest, WhatIsKeptIsBounded) {
  JsonReport::Options options;
  options.most_kept = 4;
  JsonReport report("t-1", "c-1", options);
  std::string out;
  const Machine machine = Ended("mi-1", MachineState::kSucceeded);
  report.Take({0, 0, "1234", false}, machine, "", out);
  report.Take({0, 0, "567", true}, machine, "", out);
  report.Take({1, 0, "89", true}, Ended("mi-2", MachineState::kFailed), "", out);
  report.Finish({machine, Ended("mi-2", MachineState::kFailed)}, out);
  const auto document = json::ParseObject(out);
  ASSERT_TRUE(document) << out;
  const auto& machines = document->at("Machines").as_array();
  EXPECT_EQ(machines[0].as_object().at("OutputOmitted").as_int64(), 3);
  EXPECT_EQ(machines[1].as_object().at("Output").as_string(), "89") << "the first one's place is free again";
}

TEST(JsonReportTest, NothingSeenIsADocumentToo) {
  JsonReport report("t-1", "c-1", JsonReport::Options{});
  std::string out;
  report.Finish({}, out);
  EXPECT_TRUE(json::ParseObject(out)) << out;
}

}  // namespace
}  // namespace assist::cli
