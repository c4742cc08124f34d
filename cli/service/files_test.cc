#include "cli/service/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "cli/service/configure_command.h"
#include "cli/service/fake_console.h"
#include "cli/service/program.h"
#include "common/crypto/x509.h"
#include "common/runtime/system_clock.h"

namespace assist::cli {
namespace {

using ::testing::HasSubstr;

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() {
    std::string pattern = ::testing::TempDir() + "assist-cli-XXXXXX";
    home_ = ::mkdtemp(pattern.data());
    variables_["HOME"] = home_;
  }
  ~FilesTest() override { std::filesystem::remove_all(home_); }

  std::string Put(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const std::string path = home_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  Environment environment() {
    return [this](const char* name) -> const char* {
      const auto found = variables_.find(name);
      return found == variables_.end() ? nullptr : found->second.c_str();
    };
  }
  std::string CaPem() { return MakeCa("test", SystemClock().Now(), std::chrono::hours(1))->certificate_pem; }

  std::string home_;
  std::map<std::string, std::string> variables_;
};

TEST_F(FilesTest, TheConfigurationIsWrittenForItsOwnerOnlyAndReadAgain) {
  const auto path = ConfigPath(environment(), Text(Language::kEnglish));
  ASSERT_TRUE(path);
  Layer layer;
  layer.endpoint = "h:1";
  layer.access_key_id = "id";
  layer.access_key_secret = Secret<std::string>("secret");
  ASSERT_TRUE(StoreConfig(*path, layer));
  struct stat info {};
  ASSERT_EQ(::stat(path->c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat((home_ + "/.assist").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);

  const auto loaded = LoadSettings(CommonOptions{}, environment(), Text(Language::kEnglish));
  ASSERT_TRUE(loaded) << loaded.error().detail;
  EXPECT_EQ(loaded->settings.endpoint.host, "h");
  EXPECT_EQ(loaded->settings.access_key_secret.Reveal(), "secret");
  EXPECT_TRUE(loaded->warnings.empty());
}

TEST_F(FilesTest, SourcesGoBeforeEachOtherAsDocumented) {
  Put(".assist/config.toml",
      "endpoint = \"config:1\"\naccess_key_id = \"config\"\naccess_key_secret = \"config\"\nregion_id = \"config\"\n");
  const std::string named =
      Put("named.json", R"({"Endpoint":"named:1","AccessKeyId":"named","AccessKeySecret":"named"})");
  const std::string option =
      Put("option.json", R"({"Endpoint":"o:1","AccessKeyId":"option","AccessKeySecret":"option"})");
  const auto host_and_key = [this](const CommonOptions& options) {
    const auto loaded = LoadSettings(options, environment(), Text(Language::kEnglish));
    EXPECT_TRUE(loaded) << loaded.error().detail;
    return loaded ? loaded->settings.endpoint.host + " " + loaded->settings.access_key_id : "";
  };
  CommonOptions options;
  EXPECT_EQ(host_and_key(options), "config config");
  variables_["ASSIST_CREDENTIALS"] = named;
  EXPECT_EQ(host_and_key(options), "named named");
  variables_["ASSIST_ENDPOINT"] = "environment:1";
  EXPECT_EQ(host_and_key(options), "environment named");
  options.credentials = option;
  EXPECT_EQ(host_and_key(options), "o option");
  options.layer.endpoint = "flag:1";
  EXPECT_EQ(host_and_key(options), "flag option");
  EXPECT_EQ(LoadSettings(options, environment(), Text(Language::kEnglish))->settings.region_id, "config");
}

TEST_F(FilesTest, BrokenFilesAreNamed) {
  const auto detail = [this](const CommonOptions& options) {
    const auto loaded = LoadSettings(options, environment(), Text(Language::kEnglish));
    return loaded ? "" : loaded.error().detail;
  };
  CommonOptions missing;
  missing.credentials = home_ + "/nothing.json";
  EXPECT_THAT(detail(missing), HasSubstr("nothing.json"));
  CommonOptions broken;
  broken.credentials = Put("broken.json", "{");
  EXPECT_THAT(detail(broken), HasSubstr("broken.json is no credentials file"));
  Put(".assist/config.toml", "endpiont = \"x\"\n");
  EXPECT_THAT(detail(CommonOptions{}), HasSubstr("config.toml is not usable: it has an unknown key 'endpiont'"));
}

TEST_F(FilesTest, AFileWithKeysThatOthersCanReadIsWarnedAbout) {
  const std::string path = Put("admin.json", R"({"Endpoint":"h:1","AccessKeyId":"id","AccessKeySecret":"s"})", 0644);
  CommonOptions options;
  options.credentials = path;
  const auto loaded = LoadSettings(options, environment(), Text(Language::kEnglish));
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->warnings.size(), 1u);
  EXPECT_THAT(loaded->warnings[0], HasSubstr("chmod 600 " + path));
}

TEST_F(FilesTest, TrustComesFromTheFileOrFromTheFingerprintWhenTheFileIsElsewhere) {
  Settings settings;
  settings.endpoint = {"h", 1, true};
  settings.ca_file = Put("ca.pem", CaPem());
  auto trust = MakeTrust(settings, Text(Language::kEnglish));
  ASSERT_TRUE(trust) << trust.error().detail;
  EXPECT_TRUE((*trust)->pinned_sha256().empty());

  settings.ca_file = home_ + "/not-here.pem";
  trust = MakeTrust(settings, Text(Language::kEnglish));
  ASSERT_FALSE(trust);
  EXPECT_THAT(trust.error().detail, HasSubstr("not-here.pem"));

  settings.ca_fingerprint = std::string(64, 'a');
  trust = MakeTrust(settings, Text(Language::kEnglish));
  ASSERT_TRUE(trust) << trust.error().detail;
  EXPECT_FALSE((*trust)->pinned_sha256().empty());

  settings.ca_file = Put("empty.pem", "nothing");
  trust = MakeTrust(settings, Text(Language::kEnglish));
  ASSERT_FALSE(trust);
  EXPECT_THAT(trust.error().detail, HasSubstr("holds no certificate"));

  settings.endpoint.tls = false;
  trust = MakeTrust(settings, Text(Language::kEnglish));
  ASSERT_TRUE(trust);
  EXPECT_EQ(*trust, nullptr);
}

class NoQuestions final : public Prompter {
 public:
  std::optional<std::string> Ask(std::string_view, bool) override {
    ++asked;
    return std::nullopt;
  }
  void Complain(std::string_view) override {}
  [[nodiscard]] bool interactive() const override { return false; }
  int asked = 0;
};

TEST_F(FilesTest, ConfigureTakesAnAdminJsonWithoutQuestions) {
  CommonOptions options;
  options.credentials =
      Put("srv/admin.json", R"({"Endpoint":"h:1","AccessKeyId":"id","AccessKeySecret":"s","CaFile":"ca.pem"})");
  NoQuestions prompter;
  FakeConsole console;
  const Program program{Text(Language::kEnglish), Style(), Style(), environment(), console};
  EXPECT_EQ(RunConfigure(options, prompter, program), ExitCode::kSuccess) << console.err;
  EXPECT_EQ(prompter.asked, 0);
  const auto layer = ReadConfig(home_ + "/.assist/config.toml", Text(Language::kEnglish));
  ASSERT_TRUE(layer);
  EXPECT_EQ(layer->endpoint, "h:1");
  EXPECT_EQ(layer->ca_file, home_ + "/srv/ca.pem");
  EXPECT_THAT(console.err, HasSubstr("config.toml is written"));
}

TEST_F(FilesTest, ConfigureLeavesABrokenFileAlone) {
  const std::string path = Put(".assist/config.toml", "x = 1\n");
  NoQuestions prompter;
  FakeConsole console;
  const Program program{Text(Language::kEnglish), Style(), Style(), environment(), console};
  EXPECT_EQ(RunConfigure(CommonOptions{}, prompter, program), ExitCode::kUsage);
  EXPECT_THAT(console.err, HasSubstr("mend it or remove it"));
  std::ifstream in(path);
  std::string text;
  std::getline(in, text);
  EXPECT_EQ(text, "x = 1");
}

TEST_F(FilesTest, ACaFileIsCheckedAndStoredByItsAbsolutePath) {
  const std::string path = Put("ca.pem", CaPem());
  EXPECT_EQ(*CheckCaFile(path, Text(Language::kEnglish)), path);
  EXPECT_FALSE(CheckCaFile(home_ + "/missing.pem", Text(Language::kEnglish)));
  EXPECT_FALSE(CheckCaFile(Put("text.pem", "x"), Text(Language::kEnglish)));
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(home_);
  const auto relative = CheckCaFile("ca.pem", Text(Language::kEnglish));
  std::filesystem::current_path(before);
  ASSERT_TRUE(relative);
  EXPECT_TRUE(relative->starts_with("/")) << *relative;
  EXPECT_TRUE(relative->ends_with("/ca.pem")) << *relative;
}

}  // namespace
}  // namespace assist::cli
