#include "cli/settings/configure.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

namespace assist::cli {
namespace {

class Script final : public Prompter {
 public:
  Script(std::deque<std::string> lines, bool interactive) : lines_(std::move(lines)), interactive_(interactive) {}
  std::optional<std::string> Ask(std::string_view prompt, bool secret) override {
    prompts.emplace_back(prompt);
    secrets.push_back(secret);
    if (lines_.empty()) return std::nullopt;
    std::string line = lines_.front();
    lines_.pop_front();
    return line;
  }
  void Complain(std::string_view line) override { complaints.emplace_back(line); }
  [[nodiscard]] bool interactive() const override { return interactive_; }

  std::vector<std::string> prompts;
  std::vector<bool> secrets;
  std::vector<std::string> complaints;

 private:
  std::deque<std::string> lines_;
  const bool interactive_;
};

Result<std::string> AnyCaFile(const std::string& path) {
  if (path == "missing.pem") return Fail(Errc::kInvalid, "there is no missing.pem");
  return "/absolute/" + path;
}

Layer Existing() {
  Layer layer;
  layer.access_key_id = "LTAIexample1234";
  layer.access_key_secret = Secret<std::string>("secretsecretabcd");
  layer.region_id = "cn-beijing";
  layer.endpoint = "old:1";
  layer.ca_file = "/old/ca.pem";
  return layer;
}

TEST(ConfigureTest, AsksInTheOrderOfAliyuncliAndStoresTheAnswers) {
  Script script({"id", "secret", "cn-hangzhou", "json", "h:8443", "ca.pem"}, false);
  const auto layer = AskAll(Layer{}, script, AnyCaFile, Text(Language::kEnglish));
  ASSERT_TRUE(layer) << layer.error().detail;
  EXPECT_EQ(script.prompts,
            (std::vector<std::string>{
                "Assist Access Key ID [None]: ", "Assist Access Key Secret [None]: ", "Default Region Id [None]: ",
                "Default output format [None]: ", "Endpoint [None]: ", "CA file (or sha256: fingerprint) [None]: "}));
  EXPECT_EQ(script.secrets, (std::vector<bool>{false, true, false, false, false, false}));
  EXPECT_EQ(layer->access_key_id, "id");
  EXPECT_EQ(layer->access_key_secret->Reveal(), "secret");
  EXPECT_EQ(layer->region_id, "cn-hangzhou");
  EXPECT_EQ(layer->output_format, "json");
  EXPECT_EQ(layer->endpoint, "h:8443");
  EXPECT_EQ(layer->ca_file, "/absolute/ca.pem");
}

TEST(ConfigureTest, EnterKeepsWhatIsThereAndShowsKeysByTheirLastFourCharactersOnly) {
  Script script({"", "", "", "", "", ""}, true);
  const auto layer = AskAll(Existing(), script, AnyCaFile, Text(Language::kEnglish));
  ASSERT_TRUE(layer) << layer.error().detail;
  EXPECT_EQ(script.prompts[0], "Assist Access Key ID [****1234]: ");
  EXPECT_EQ(script.prompts[1], "Assist Access Key Secret [****abcd]: ");
  EXPECT_EQ(script.prompts[2], "Default Region Id [cn-beijing]: ");
  EXPECT_EQ(layer->access_key_id, "LTAIexample1234");
  EXPECT_EQ(layer->access_key_secret->Reveal(), "secretsecretabcd");
  EXPECT_EQ(layer->endpoint, "old:1");
  EXPECT_EQ(layer->ca_file, "/old/ca.pem");
}

TEST(ConfigureTest, AShortSecretIsNotShownAtAll) { EXPECT_EQ(Masked("abcdefg"), "****"); }

TEST(ConfigureTest, APipeThatEndsEarlyKeepsTheRest) {
  Script script({"new-id"}, false);
  const auto layer = AskAll(Existing(), script, AnyCaFile, Text(Language::kEnglish));
  ASSERT_TRUE(layer) << layer.error().detail;
  EXPECT_EQ(layer->access_key_id, "new-id");
  EXPECT_EQ(layer->endpoint, "old:1");
}

TEST(ConfigureTest, TheEndOfATerminalLeavesAllAsItWas) {
  Script script({"new-id"}, true);
  const auto layer = AskAll(Existing(), script, AnyCaFile, Text(Language::kEnglish));
  ASSERT_FALSE(layer);
  EXPECT_EQ(layer.error().code, Errc::kExpired);
}

TEST(ConfigureTest, AWrongAnswerIsAskedForAgainAtATerminalAndRefusedInAPipe) {
  Script terminal({"", "", "", "table", "raw", "http://example.com", "h", "missing.pem", "ca.pem"}, true);
  const auto layer = AskAll(Existing(), terminal, AnyCaFile, Text(Language::kEnglish));
  ASSERT_TRUE(layer) << layer.error().detail;
  EXPECT_EQ(terminal.complaints.size(), 3u);
  EXPECT_EQ(layer->output_format, "raw");
  EXPECT_EQ(layer->endpoint, "h");
  EXPECT_EQ(layer->ca_file, "/absolute/ca.pem");

  Script pipe({"", "", "", "", "http://example.com"}, false);
  const auto refused = AskAll(Existing(), pipe, AnyCaFile, Text(Language::kEnglish));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kInvalid);
}

TEST(ConfigureTest, NoneForgetsAValueAndAFingerprintTakesThePlaceOfTheFile) {
  const std::string fingerprint = "sha256:" + std::string(64, 'A');
  Script script({"", "", "None", "", "", fingerprint}, true);
  const auto layer = AskAll(Existing(), script, AnyCaFile, Text(Language::kEnglish));
  ASSERT_TRUE(layer) << layer.error().detail;
  EXPECT_FALSE(layer->region_id);
  EXPECT_FALSE(layer->ca_file);
  EXPECT_EQ(layer->ca_fingerprint, "sha256:" + std::string(64, 'a'));
}

}  // namespace
}  // namespace assist::cli
