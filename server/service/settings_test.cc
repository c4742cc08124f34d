#include "server/service/settings.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace assist::server::service {
namespace {

class SettingsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/assist-settings-XXXXXX";
    ASSERT_NE(::mkdtemp(path), nullptr);
    folder_ = path;
    flags_.data = folder_;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& toml) { std::ofstream(folder_ + "/assist-server.toml") << toml; }
  std::string Refused() {
    Result<ServerSettings> settings = LoadSettings(flags_);
    return settings ? "taken" : settings.error().detail;
  }

  std::string folder_;
  RunFlags flags_;
};

TEST_F(SettingsTest, WithoutAFileTheDefaultsHold) {
  Result<ServerSettings> settings = LoadSettings(flags_);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->listen, (HostPort{"0.0.0.0", 8443}));
  EXPECT_FALSE(settings->insecure_http);
  EXPECT_EQ(settings->region, "cn-hangzhou");
  EXPECT_EQ(settings->regions, std::vector<std::string>{"cn-hangzhou"});
  EXPECT_EQ(settings->limits.targets, model::Limits::Large().targets);
}

TEST_F(SettingsTest, AFlagGoesBeforeTheFile) {
  Write("listen = \"127.0.0.1:1111\"\nlimits = \"compat\"\n");
  flags_.listen = "127.0.0.1:2222";
  Result<ServerSettings> settings = LoadSettings(flags_);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->listen.port, 2222);
  EXPECT_EQ(settings->limits.targets, model::Limits::Compat().targets);
}

TEST_F(SettingsTest, AWrongKeyIsNamed) {
  Write("lisen = \"127.0.0.1:1111\"\n");
  EXPECT_NE(Refused().find("lisen"), std::string::npos) << Refused();
  Write("output_bytes = 1\n");
  EXPECT_NE(Refused().find("output_bytes"), std::string::npos) << Refused();
  Write("listen = \"example.com:1\"\n");
  EXPECT_NE(Refused().find("listen"), std::string::npos) << Refused();
}

TEST_F(SettingsTest, HistoryAndGraceOfSchedulesAreTakenFromTheFile) {
  Result<ServerSettings> settings = LoadSettings(flags_);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->limits.history_runs, 1'000);
  EXPECT_EQ(settings->limits.overdue_grace, std::chrono::minutes(2));
  Write("limits = \"compat\"\nhistory_runs = 25\novergrace = 1\n");
  EXPECT_NE(Refused().find("overgrace"), std::string::npos) << Refused();
  Write("limits = \"compat\"\nhistory_runs = 25\noverdue_grace = \"15s\"\n");
  settings = LoadSettings(flags_);
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->limits.history_runs, 25);
  EXPECT_EQ(settings->limits.overdue_grace, std::chrono::seconds(15));
  Write("history_runs = 0\n");
  EXPECT_NE(Refused().find("history_runs"), std::string::npos) << Refused();
  Write("history_runs = 10001\n");
  EXPECT_NE(Refused().find("history_runs"), std::string::npos) << Refused();
  Write("overdue_grace = \"9s\"\n");
  EXPECT_NE(Refused().find("overdue_grace"), std::string::npos) << Refused();
  Write("overdue_grace = \"soon\"\n");
  EXPECT_NE(Refused().find("overdue_grace"), std::string::npos) << Refused();
}

TEST_F(SettingsTest, FilesAreRememberedNoLongerThanCommands) {
  using std::chrono::hours;
  EXPECT_EQ(LoadSettings(flags_)->limits.file_retention, hours(24 * 30));
  Write("retention_days = 7\n");
  EXPECT_EQ(LoadSettings(flags_)->limits.file_retention, hours(24 * 7));
  Write("retention_days = 90\n");
  EXPECT_EQ(LoadSettings(flags_)->limits.file_retention, hours(24 * 30));
  Write("limits = \"compat\"\n");
  EXPECT_EQ(LoadSettings(flags_)->limits.file_retention, hours(24));
}

TEST_F(SettingsTest, PlainHttpBeyondLoopbackNeedsTheFile) {
  flags_.insecure_http = true;
  EXPECT_NE(Refused().find("--insecure-http"), std::string::npos) << Refused();
  flags_.listen = "127.0.0.1:8080";
  EXPECT_EQ(Refused(), "taken");
  flags_.listen = "0.0.0.0:8080";
  Write("insecure_http = true\n");
  EXPECT_EQ(Refused(), "taken");
}

TEST_F(SettingsTest, TheSecondListenerMustSayWhatItServes) {
  Write("[plain]\nlisten = \"127.0.0.1:80\"\n");
  EXPECT_NE(Refused().find("plain.serve"), std::string::npos) << Refused();
  Write("[plain]\nlisten = \"127.0.0.1:80\"\nserve = [\"register\"]\n");
  EXPECT_NE(Refused().find("register"), std::string::npos) << Refused();
  Write("[plain]\nlisten = \"127.0.0.1:80\"\nserve = [\"openapi\", \"legacy-agents\"]\n");
  EXPECT_EQ(Refused(), "taken");
}

TEST_F(SettingsTest, TheUrlOfStockArchivesHasNoPath) {
  EXPECT_EQ(LoadSettings(flags_)->stock_url, "");
  for (const char* wrong : {"assist.example.com:8080", "http://h:8080/", "http://h/x", "http://u:p@h", "ftp://h"}) {
    Write(std::string("[stock]\nurl = \"") + wrong + "\"\n");
    EXPECT_NE(Refused().find("stock.url"), std::string::npos) << wrong;
  }
  Write("[stock]\nurl = \"http://assist.example.com:8080\"\n");
  EXPECT_EQ(LoadSettings(flags_)->stock_url, "http://assist.example.com:8080");
  Write("[plain]\nlisten = \"127.0.0.1:80\"\nserve = [\"stock-archives\"]\n");
  EXPECT_EQ(Refused(), "taken");
}

}  // namespace
}  // namespace assist::server::service
