#include "agent/service/settings.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace assist::agent::service {
namespace {

class SettingsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "assist-settings-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    ::unsetenv(kProxyVariable);
  }
  void TearDown() override {
    ::unsetenv(kProxyVariable);
    std::filesystem::remove_all(root_);
  }
  void Write(const std::string& toml) const { std::ofstream(root_ + "/agent.toml") << toml; }
  std::string root_;
};

TEST_F(SettingsTest, TheServerMayDoNothingToTheAgentUnlessTheOperatorSaysSo) {
  auto settings = LoadSettings(root_);
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_FALSE(settings->may_stop);
  EXPECT_FALSE(settings->may_deregister);
  Write("[kicks]\nstop = true\n");
  settings = LoadSettings(root_);
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_TRUE(settings->may_stop);
  EXPECT_FALSE(settings->may_deregister);
}

TEST_F(SettingsTest, TheProxyIsTheFilesElseTheEnvironmentsOfTheStockAgent) {
  EXPECT_FALSE(LoadSettings(root_)->proxy);
  ::setenv(kProxyVariable, "http://user:pass@10.0.0.1:3128", 1);
  auto settings = LoadSettings(root_);
  ASSERT_TRUE(settings && settings->proxy);
  EXPECT_EQ(settings->proxy->address.host, "10.0.0.1");
  EXPECT_EQ(settings->proxy->address.port, 3128);
  EXPECT_EQ(settings->proxy->user_info.Reveal(), "user:pass");
  Write("proxy = \"http://10.0.0.2:8080\"\n");
  EXPECT_EQ(LoadSettings(root_)->proxy->address.host, "10.0.0.2");
  Write("");
  ::setenv(kProxyVariable, "nonsense", 1);
  settings = LoadSettings(root_);
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().detail.find(kProxyVariable), 0U) << settings.error().detail;
}

}  // namespace
}  // namespace assist::agent::service
