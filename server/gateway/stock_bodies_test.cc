#include "server/gateway/stock_bodies.h"

#include <gtest/gtest.h>

#include <map>

#include "protocol/json/json.h"
#include "protocol/wire/names.h"
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

/// Member names and JSON types of an answer, in the order of the alphabet; of lists those of their first entry.
std::string ShapeOf(const json::Value& value) {
  if (value.is_object()) {
    std::map<std::string, std::string> members;
    for (const auto& member : value.get_object()) members[std::string(member.key())] = ShapeOf(member.value());
    std::string out = "{";
    for (const auto& [name, shape] : members) out += name + ":" + shape + ",";
    return out + "}";
  }
  if (value.is_array()) return "[" + (value.get_array().empty() ? std::string() : ShapeOf(value.get_array()[0])) + "]";
  return value.is_string() ? "text" : value.is_bool() ? "truth" : "number";
}

/// The first exchange of a capture at this path, with an answer that has `part` in it.
test::CapturedExchange Captured(std::string_view capture, std::string_view path, std::string_view part) {
  for (const auto& exchange : test::LoadCapture(capture)) {
    if (exchange.path() == path && exchange.response_body.find(part) != std::string::npos) return exchange;
  }
  ADD_FAILURE() << capture << " has no " << path;
  return {};
}

TEST(StockBodiesTest, APluginListHasTheCapturedShapeAndAnswersItsQuestion) {
  const auto exchange = Captured("plugin-list", wire::path::kPluginList, "demo_persist");
  const auto question = ParsePluginQuestion(exchange.body);
  ASSERT_TRUE(question);
  EXPECT_EQ(question->os + " " + question->arch + " " + question->name + question->version, "linux amd64 ");
  const auto by_name = ParsePluginQuestion(Captured("plugin-exec-once", wire::path::kPluginList, "demo_once").body);
  ASSERT_TRUE(by_name);
  EXPECT_EQ(by_name->name, "demo_once");
  EXPECT_EQ(by_name->arch, "");

  control::StockPlugin plugin;
  plugin.id = "pkg-1";
  plugin.name = "demo_persist";
  plugin.version = "2.0";
  plugin.arch = "amd64";
  plugin.publisher = "demo";
  plugin.sha256 = std::string(64, 'a');
  plugin.md5 = "e5a66ea76275d04d77264be5e73335cc";
  plugin.plugin.run_path = "main.sh";
  plugin.plugin.timeout = std::chrono::seconds(30);
  plugin.plugin.type = package::Plugin::Type::kPersist;
  const std::string answer =
      RenderPluginList({{plugin}}, question->os, "https://h:8443", "0A1B2C3D", InstanceId("mi-1"));
  const auto ours = json::Parse(answer);
  const auto theirs = json::Parse(exchange.response_body);
  ASSERT_TRUE(ours && theirs);
  EXPECT_EQ(ShapeOf(*ours), ShapeOf(*theirs));
  auto wanted = theirs->as_object().at("pluginList").as_array()[1].as_object();
  wanted["pluginId"] = "pkg-1";
  wanted["url"] = "https://h:8443/artifacts/stock/" + std::string(64, 'a') + "/demo_persist_2.0.zip";
  EXPECT_EQ(ours->as_object().at("pluginList").as_array()[0].as_object(), wanted);
}

TEST(StockBodiesTest, APluginCheckHasTheCapturedShape) {
  const auto exchange = Captured("plugin-timers", wire::path::kPluginUpdateCheck, "2.2");
  const auto question = ParsePluginCheck(exchange.body);
  ASSERT_TRUE(question);
  EXPECT_EQ(question->os + " " + question->arch, "linux amd64");
  ASSERT_EQ(question->installed.size(), 1u);
  EXPECT_EQ(question->installed[0].name + question->installed[0].version, "demo_persist2.1");
  control::CheckStockPluginsOut check;
  check.newer.push_back({"demo_persist", "2.2", std::chrono::seconds(30)});
  const auto theirs = json::Parse(exchange.response_body);
  const auto ours = json::Parse(RenderPluginCheck(check, InstanceId("mi-hz01a2b3c4d5e6f7")));
  ASSERT_TRUE(ours && theirs);
  EXPECT_EQ(*ours, *theirs);
}

TEST(StockBodiesTest, AnOfferOfAnUpdateHasTheCapturedShape) {
  const auto exchange = Captured("update-ok", wire::path::kUpdateCheck, "update_info");
  const auto question = ParseUpdateCheck(exchange.body);
  ASSERT_TRUE(question);
  EXPECT_EQ(question->os + " " + question->arch + " " + question->version, "linux amd64 2.2.3.578");
  control::StockUpdateOut update;
  update.needed = true;
  update.version = "2.2.3.600";
  update.sha256 = std::string(64, 'a');
  update.md5 = "12dec7cc6c520e3113ff248dad83a07b";
  const auto theirs = json::Parse(exchange.response_body);
  const auto ours = json::Parse(RenderUpdate(update, "http://127.0.0.1:8088", InstanceId("mi-hz01a2b3c4d5e6f7")));
  ASSERT_TRUE(ours && theirs);
  json::Object wanted = theirs->as_object();
  const std::string url = "http://127.0.0.1:8088/artifacts/stock/" + update.sha256 + "/2.2.3.600_update.zip";
  wanted.at("update_info").as_object()["url"] = url;
  EXPECT_EQ(ours->as_object(), wanted);
  EXPECT_EQ(VersionOfUrl(url), "2.2.3.600") << "what the agent reads out of it";
}

TEST(StockBodiesTest, AgentsOfTheOlderLinesAreNoneThatUpdate) {
  EXPECT_FALSE(
      ParseUpdateCheck(R"({"os":"linux","os_version":"x","app_id":"aliyun assistant","app_version":"1.0.1"})"));
  EXPECT_FALSE(ParseUpdateCheck(R"({"os":"linux","arch":"unknown","app_version":"2.2.3.578"})"));
  EXPECT_FALSE(ParseUpdateCheck(R"({"os":"plan9","arch":"amd64","app_version":"2.2.3.578"})"));
  EXPECT_FALSE(ParseUpdateCheck(R"({"os":"linux","arch":"amd64","app_version":""})"));
  EXPECT_FALSE(ParseUpdateCheck(""));
  EXPECT_FALSE(ParsePluginQuestion(R"({"osType":"linux","pluginName":"","version":"","arch":"sparc"})"));
  EXPECT_FALSE(ParsePluginQuestion("[]"));
  EXPECT_FALSE(ParsePluginCheck(R"({"os":"linux","arch":"x64","plugin":{}})"));
}

TEST(StockBodiesTest, AnUrlBeginsWhereTheAgentCameFrom) {
  EXPECT_EQ(BaseOf("assist.example.com:8443", true, "https://other"), "https://assist.example.com:8443");
  EXPECT_EQ(BaseOf("127.0.0.1:80", false, "https://other"), "http://127.0.0.1:80");
  EXPECT_EQ(BaseOf("[::1]:8443", true, "https://other"), "https://[::1]:8443");
  EXPECT_EQ(BaseOf("assist.example.com", true, "https://other"), "https://assist.example.com");
  for (const std::string& host : {std::string(), std::string("a/b"), std::string("a b"), std::string("evil@host"),
                                  std::string("h\"x"), std::string("h:port"), std::string(300, 'h')}) {
    EXPECT_EQ(BaseOf(host, true, "https://other"), "https://other") << host;
  }
}

}  // namespace
}  // namespace assist::server::gateway
