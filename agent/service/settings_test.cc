#include "agent/service/settings.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "test/support/system/scratch_folder.h"
#include "test/support/system/variable.h"

namespace assist::agent::service {
namespace {

class SettingsTest : public ::testing::Test {
 protected:
  void SetUp() override { test::UnsetVariable(kProxyVariable); }
  void TearDown() override { test::UnsetVariable(kProxyVariable); }
  void Write(const std::string& toml) const { std::ofstream(root_ + "/agent.toml") << toml; }
  const test::ScratchFolder scratch_;
  const std::string root_ = scratch_.path();
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
  test::SetVariable(kProxyVariable, "http://user:pass@10.0.0.1:3128");
  auto settings = LoadSettings(root_);
  ASSERT_TRUE(settings && settings->proxy);
  EXPECT_EQ(settings->proxy->address.host, "10.0.0.1");
  EXPECT_EQ(settings->proxy->address.port, 3128);
  EXPECT_EQ(settings->proxy->user_info.Reveal(), "user:pass");
  Write("proxy = \"http://10.0.0.2:8080\"\n");
  EXPECT_EQ(LoadSettings(root_)->proxy->address.host, "10.0.0.2");
  Write("");
  test::SetVariable(kProxyVariable, "nonsense");
  settings = LoadSettings(root_);
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().detail.find(kProxyVariable), 0U) << settings.error().detail;
}

// What is wrong in the file ends the service for good; what cannot be read now may be there at the next start.
TEST_F(SettingsTest, AFileThatCannotBeReadIsNotTakenForWrongSettings) {
  Write("no_such_key = 1\n");
  EXPECT_EQ(LoadSettings(root_).error().code, Errc::kInvalid);
  std::filesystem::remove(root_ + "/agent.toml");
  std::filesystem::create_directory(root_ + "/agent.toml");
  const auto settings = LoadSettings(root_);
  ASSERT_FALSE(settings);
  EXPECT_NE(settings.error().code, Errc::kInvalid) << settings.error().detail;
}

}  // namespace
}  // namespace assist::agent::service
