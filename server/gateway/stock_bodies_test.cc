#include "server/gateway/stock_bodies.h"

#include <gtest/gtest.h>

#include "test/support/captures/captures.h"

namespace assist::server::gateway {
namespace {

using model::PluginState;
using model::PluginTag;

TEST(StockBodiesTest, ReportsOfPluginsAreReadInBothFormsOfTheirSenders) {
  std::vector<std::string> seen;
  for (const std::string_view name : {"plugin-exec-once", "plugin-exec-persist", "plugin-remove", "plugin-timers"}) {
    for (const auto& exchange : test::LoadCapture(name)) {
      if (!exchange.path().ends_with("/plugin/report_status")) continue;
      const auto read = ParsePluginReports(exchange.body);
      ASSERT_TRUE(read) << exchange.body;
      EXPECT_EQ(read->left_out, 0u);
      ASSERT_FALSE(read->reports.empty());
      for (const auto& report : read->reports) {
        seen.push_back(report.name + " " + report.version + " " + std::to_string(static_cast<int>(report.state)) + " " +
                       std::to_string(static_cast<int>(report.tag)));
      }
    }
  }
  const std::vector<std::string> first = {"demo_once 1.0 4 0", "demo_once 1.1 4 1", "demo_persist 2.0 2 0",
                                          "demo_persist 2.0 1 0", "demo_persist 2.1 1 2"};
  ASSERT_GE(seen.size(), first.size());
  seen.resize(first.size());
  EXPECT_EQ(seen, first);
}

TEST(StockBodiesTest, EntriesThatSayNothingAreLeftOutAndCounted) {
  const auto read = ParsePluginReports(
      R"({"plugin":[{"name":"a","status":"REMOVED","version":"1"},{"name":"b","status":"SOMETHING","version":"1"},)"
      R"({"status":"REMOVED"},7,{"name":"c","status":"PERSIST_UNKNOWN"},{"name":9,"status":"REMOVED"}]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->left_out, 4u);
  ASSERT_EQ(read->reports.size(), 2u);
  EXPECT_EQ(read->reports[0].state, PluginState::kRemoved);
  EXPECT_EQ(read->reports[1].name, "c");
  EXPECT_EQ(read->reports[1].tag, PluginTag::kNotTold);
  std::string many = R"({"plugin":[)";
  for (int i = 0; i < 1500; ++i) many += (i == 0 ? "" : ",") + std::string(R"({"name":"n","status":"REMOVED"})");
  const auto cut = ParsePluginReports(many + "]}");
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->reports.size(), kPluginsOfReport);
  EXPECT_EQ(cut->left_out, 500u);
  for (const char* body : {"", "[]", "{}", R"({"plugin":{}})", R"({"plugin":"x"})"}) {
    EXPECT_FALSE(ParsePluginReports(body)) << body;
  }
}

TEST(StockBodiesTest, EachCapturedFailureOfAnUpdateIsRead) {
  struct Wanted {
    std::string_view capture;
    std::string_view phase;
    std::string_view detail;
    std::string_view version;
  };
  for (const Wanted& wanted : {Wanted{"update-404", "DownloadPackageFailed", "", "2.2.3.602"},
                               Wanted{"update-md5", "CheckMD5Failed", "", "2.2.3.601"},
                               Wanted{"update-not-zip", "ExtractPackageFailed", "", "2.2.3.603"},
                               Wanted{"update-bad-exe", "ValidateExecutableFailed", "", "2.2.3.604"},
                               Wanted{"update-script-fails", "ExecuteUpdateScriptFailed", "UnexpectedExitStatus", ""},
                               Wanted{"updater-program", "ExecuteUpdateScriptFailed", "FileNotExist", ""}}) {
    bool found = false;
    for (const auto& exchange : test::LoadCapture(wanted.capture)) {
      if (!exchange.path().ends_with("/client_report") || found) continue;
      const auto read = ParseUpgradeReport(exchange.body);
      ASSERT_TRUE(read) << wanted.capture;
      EXPECT_EQ(read->phase, wanted.phase) << wanted.capture;
      EXPECT_EQ(read->detail, wanted.detail) << wanted.capture;
      EXPECT_EQ(read->version, wanted.version) << wanted.capture;
      EXPECT_FALSE(read->message.empty());
      found = true;
    }
    EXPECT_TRUE(found) << wanted.capture;
  }
}

TEST(StockBodiesTest, OtherReportsAreNoneAndTextsAreBounded) {
  EXPECT_FALSE(ParseUpgradeReport(R"({"type":"AgentPanic","info":"{}"})"));
  EXPECT_FALSE(ParseUpgradeReport(R"({"type":"AgentUpdateFailure:","info":"{}"})"));
  EXPECT_FALSE(ParseUpgradeReport("no json"));
  EXPECT_FALSE(ParseUpgradeReport("{}"));
  const std::string much(100'000, 'x');
  const auto read =
      ParseUpgradeReport(R"({"type":"AgentUpdateFailure:)" + much + ":a b\\n" + R"(","info":")" + much + R"("})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->phase.size(), model::kUpgradePhaseBytes);
  EXPECT_EQ(read->detail, "a?b?");
  EXPECT_EQ(read->message.size(), model::kUpgradeMessageBytes);
}

TEST(StockBodiesTest, TheVersionIsWhatTheAgentReadsOutOfTheUrl) {
  EXPECT_EQ(VersionOfUrl("http://h/p/2.2.3.600_update.zip"), "2.2.3.600");
  EXPECT_EQ(VersionOfUrl("https://h/2.2.3.600_update.zip?x=_1"), "2.2.3.600");
  EXPECT_EQ(VersionOfUrl("http://h/p/update.zip"), "");
  EXPECT_EQ(VersionOfUrl("http://h/p/a_b_c.zip"), "");
  EXPECT_EQ(VersionOfUrl("http://h/p/_update.zip"), "");
  EXPECT_EQ(VersionOfUrl(""), "");
}

}  // namespace
}  // namespace assist::server::gateway
