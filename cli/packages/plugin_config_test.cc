#include "cli/packages/plugin_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using ::testing::HasSubstr;

TEST(PluginConfigTest, TheFileOfTheReferenceIsUnderstood) {
  const auto plugin = ParsePluginConfig(
      R"({"name":"demo_once","arch":"x64","osType":"linux","runPath":"main.sh","timeout":"30","publisher":"demo",
          "version":"1.0","pluginType":1,"heartbeatInterval":60,"addSysTag":true})",
      "demo_once", "1.0");
  ASSERT_TRUE(plugin) << plugin.error().detail;
  EXPECT_EQ(plugin->run_path, "main.sh");
  EXPECT_EQ(plugin->timeout, std::chrono::seconds(30));
  EXPECT_EQ(plugin->type, package::Plugin::Type::kPersist);
  EXPECT_EQ(plugin->heartbeat_interval, std::chrono::seconds(60));
  EXPECT_TRUE(plugin->add_sys_tag);
}

TEST(PluginConfigTest, WhatIsLeftOutHasADefaultAndNumbersAreTakenToo) {
  const auto plugin = ParsePluginConfig(R"({"name":"x","version":"1","runPath":"a","timeout":9})", "x", "1");
  ASSERT_TRUE(plugin) << plugin.error().detail;
  EXPECT_EQ(plugin->timeout, std::chrono::seconds(9));
  EXPECT_EQ(plugin->type, package::Plugin::Type::kOnce);
  EXPECT_FALSE(plugin->add_sys_tag);
  EXPECT_EQ(ParsePluginConfig(R"({"name":"x","version":"1","runPath":"a"})", "x", "1")->timeout,
            std::chrono::seconds(60));
}

TEST(PluginConfigTest, WhatStockAgentsWouldNotTakeIsNamed) {
  const auto error = [](std::string_view json) { return ParsePluginConfig(json, "x", "1").error().detail; };
  EXPECT_THAT(error("[]"), HasSubstr("config.json is no JSON object"));
  EXPECT_THAT(error(R"({"name":"y","version":"1","runPath":"a"})"), HasSubstr("name"));
  EXPECT_THAT(error(R"({"name":"x","version":"2","runPath":"a"})"), HasSubstr("version"));
  EXPECT_THAT(error(R"({"name":"x","version":"1"})"), HasSubstr("runPath"));
  EXPECT_THAT(error(R"({"name":"x","version":"1","runPath":"../a"})"), HasSubstr("runPath"));
  EXPECT_THAT(error(R"({"name":"x","version":"1","runPath":"a","timeout":"soon"})"), HasSubstr("timeout"));
  EXPECT_THAT(error(R"({"name":"x","version":"1","runPath":"a","timeout":"0"})"), HasSubstr("timeout"));
  EXPECT_THAT(error(R"({"name":"x","version":"1","runPath":"a","pluginType":2})"), HasSubstr("pluginType"));
}

}  // namespace
}  // namespace assist::cli
