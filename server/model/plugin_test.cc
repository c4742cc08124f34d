#include "server/model/plugin.h"

#include <gtest/gtest.h>

namespace assist::server::model {
namespace {

constexpr SystemTime kStart = FromUnixMillis(1'700'000'000'000);
constexpr std::chrono::seconds kScan{900};

PluginReport Report(PluginState state, std::string version = "1.0", PluginTag tag = PluginTag::kNotTold) {
  return {"demo", std::move(version), state, tag};
}

TEST(PluginTest, EachWordOfTheWireIsAStateAndHasAWordOfTheApi) {
  const std::pair<std::string_view, std::string_view> words[] = {{"PERSIST_RUNNING", "Running"},
                                                                 {"PERSIST_FAIL", "Stopped"},
                                                                 {"PERSIST_UNKNOWN", "Unknown"},
                                                                 {"ONCE_INSTALLED", "Installed"},
                                                                 {"REMOVED", "Removed"}};
  for (const auto& [wire, api] : words) {
    const auto state = ParsePluginState(wire);
    ASSERT_TRUE(state) << wire;
    EXPECT_EQ(ShownState(Apply(std::nullopt, Report(*state), kStart)), api) << wire;
  }
  EXPECT_FALSE(ParsePluginState("persist_running"));
  EXPECT_FALSE(ParsePluginState(""));
}

TEST(PluginTest, WhatStillDoesNotRunWithTheNextScanHasCrashed) {
  auto status = Apply(std::nullopt, Report(PluginState::kRunning), kStart);
  status = Apply(status, Report(PluginState::kFailed), kStart + kScan);
  EXPECT_EQ(ShownState(status), "Stopped");
  status = Apply(status, Report(PluginState::kFailed), kStart + kScan + std::chrono::seconds(5));
  EXPECT_EQ(ShownState(status), "Stopped") << "the same stop, told by two";
  status = Apply(status, Report(PluginState::kFailed), kStart + 2 * kScan);
  EXPECT_EQ(ShownState(status), "Crashed");
  status = Apply(status, Report(PluginState::kFailed, "1.1"), kStart + 3 * kScan);
  EXPECT_EQ(ShownState(status), "Stopped") << "another version has its own chance";
  status = Apply(status, Report(PluginState::kRunning, "1.1"), kStart + 4 * kScan);
  EXPECT_EQ(ShownState(status), "Running");
  EXPECT_EQ(status.first, kStart);
  EXPECT_EQ(status.last, kStart + 4 * kScan);
}

TEST(PluginTest, OneThatComesBackBeginsAnew) {
  auto status = Apply(std::nullopt, Report(PluginState::kInstalled, "1.0", PluginTag::kAdd), kStart);
  EXPECT_TRUE(status.tagged);
  status = Apply(status, Report(PluginState::kInstalled), kStart + kScan);
  EXPECT_TRUE(status.tagged) << "not told is not taken away";
  EXPECT_EQ(status.since, kStart);
  status = Apply(status, Report(PluginState::kRemoved), kStart + 2 * kScan);
  EXPECT_FALSE(status.tagged);
  EXPECT_EQ(status.first, kStart);
  status = Apply(status, Report(PluginState::kInstalled), kStart + 3 * kScan);
  EXPECT_EQ(status.first, kStart + 3 * kScan);
  status = Apply(status, Report(PluginState::kInstalled, "1.1", PluginTag::kRemove), kStart + 4 * kScan);
  EXPECT_EQ(status.first, kStart + 3 * kScan) << "an upgrade is the same plug-in";
}

TEST(PluginTest, NamesAndVersionsAreBounded) {
  const auto keepable = [](std::string name, std::string version) {
    return IsKeepable({std::move(name), std::move(version), PluginState::kRunning, PluginTag::kNotTold});
  };
  EXPECT_TRUE(keepable("demo", "1.0"));
  EXPECT_TRUE(keepable("demo", ""));
  EXPECT_TRUE(keepable(std::string(255, 'n'), std::string(32, '1')));
  EXPECT_FALSE(keepable("", "1.0"));
  EXPECT_FALSE(keepable(std::string(256, 'n'), "1.0"));
  EXPECT_FALSE(keepable("demo", std::string(33, '1')));
  EXPECT_FALSE(keepable("de\nmo", "1.0"));
}

}  // namespace
}  // namespace assist::server::model
