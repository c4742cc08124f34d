#include "cli/audit/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace assist::cli {
namespace {

const Text kEnglish(Language::kEnglish);

Result<AuditOptions> Parse(const std::vector<std::string>& words) {
  auto parsed = ParseVerb(AuditSpec(), words, kEnglish);
  if (!parsed) return Forward(parsed);
  return ReadAudit(*parsed, kEnglish);
}
std::string ErrorOf(const std::vector<std::string>& words) {
  const auto parsed = Parse(words);
  return parsed ? "" : parsed.error().detail;
}

TEST(AuditOptionsTest, FiltersAndFormsAreTaken) {
  const auto options = Parse({"ls", "--key", "LTAI1", "--action=RunCommand", "--result", "OK", "--since",
                              "2026-03-01T00:00:00Z", "--limit", "7", "--output", "json"});
  ASSERT_TRUE(options) << options.error().detail;
  EXPECT_EQ(options->verb, AuditOptions::Verb::kList);
  EXPECT_EQ(options->key, "LTAI1");
  EXPECT_EQ(options->action, "RunCommand");
  EXPECT_EQ(options->result, "OK");
  EXPECT_EQ(options->since, "2026-03-01T00:00:00Z");
  EXPECT_EQ(options->limit, 7);
  EXPECT_TRUE(options->json);
  const auto verify = Parse({"verify", "--head-file", "head", "--endpoint", "https://a"});
  ASSERT_TRUE(verify) << verify.error().detail;
  EXPECT_EQ(verify->verb, AuditOptions::Verb::kVerify);
  EXPECT_EQ(verify->head_file, "head");
}

TEST(AuditOptionsTest, MistakesAreNamed) {
  EXPECT_NE(ErrorOf({"show"}).find("show"), std::string::npos);
  EXPECT_NE(ErrorOf({"ls", "7"}).find("7"), std::string::npos);
  EXPECT_NE(ErrorOf({"ls", "--head", "x"}).find("--head"), std::string::npos);
  EXPECT_NE(ErrorOf({"verify", "--key", "x"}).find("--key"), std::string::npos);
  EXPECT_NE(ErrorOf({"ls", "--key"}).find("--key needs a value"), std::string::npos);
  EXPECT_NE(ErrorOf({"ls", "--limit", "0"}).find("from 1 to 1000000, not '0'"), std::string::npos);
  EXPECT_NE(ErrorOf({"ls", "--until", "now"}).find("--until"), std::string::npos);
  EXPECT_NE(ErrorOf({"ls", "--output", "xml"}).find("xml"), std::string::npos);
}

}  // namespace
}  // namespace assist::cli
