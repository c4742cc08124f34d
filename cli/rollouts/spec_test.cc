#include "cli/rollouts/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/verb/parse.h"

namespace assist::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const Text kText(Language::kEnglish);
using Verb = ReleaseOptions::Verb;

Result<ReleaseOptions> Read(std::vector<std::string> line) {
  auto words = ParseVerb(ReleaseSpec(), line, kText);
  if (!words) return Forward(words);
  return ReadRelease(*words, kText);
}
std::string Wrong(std::vector<std::string> line) {
  const auto options = Read(std::move(line));
  return options ? std::string() : options.error().detail;
}

TEST(ReleaseSpecTest, ARolloutIsTheCallWithItsTerms) {
  auto options =
      Read({"rollout", "1.4.0", "--waves", "5,100", "--wait", "2m", "--min-healthy", "90", "--max-restarts", "0",
            "--max-memory", "200", "--timeout", "60", "--trail", "7d", "--auto-rollback", "--new-machines", "-f"});
  ASSERT_TRUE(options) << options.error().detail;
  EXPECT_EQ(options->verb, Verb::kRollout);
  EXPECT_THAT(options->parameters,
              ElementsAre(Pair("PackageVersion", "1.4.0"), Pair("Waves", "5,100"), Pair("Wait", "120"),
                          Pair("TrailTimeout", "604800"), Pair("MinHealthyPercent", "90"), Pair("MaxRestarts", "0"),
                          Pair("MaxMemoryPercent", "200"), Pair("Timeout", "60"), Pair("AutoRollback", "true"),
                          Pair("Follow", "true")));
  EXPECT_TRUE(options->follow);
  EXPECT_FALSE(options->targets);
  options = Read({"rollout", "--channel", "stable", "-t", "role=web"});
  ASSERT_TRUE(options) << options.error().detail;
  EXPECT_THAT(options->parameters, ElementsAre(Pair("Channel", "stable")));
  ASSERT_TRUE(options->targets);
  EXPECT_THAT(options->targets->tags, ElementsAre(Pair("role", "web")));
}

TEST(ReleaseSpecTest, WhatIsMissingOrWrongIsSaid) {
  EXPECT_THAT(Wrong({"rollout"}), HasSubstr("which version"));
  EXPECT_THAT(Wrong({"rollout", "1", "--channel", "c"}), HasSubstr("exclude"));
  EXPECT_THAT(Wrong({"rollout", "1", "--waves", "10,5,100"}), HasSubstr("--waves"));
  EXPECT_THAT(Wrong({"rollout", "1", "--wait", "soon"}), HasSubstr("--wait takes a time"));
  EXPECT_THAT(Wrong({"rollout", "1", "-i", "a", "-t", "b=c"}), HasSubstr("exclude"));
  EXPECT_THAT(Wrong({"publish", "d", "--os", "linux", "--arch", "amd64", "--key", "k"}), HasSubstr("--version"));
  EXPECT_THAT(Wrong({"publish", "d", "--version", "1", "--arch", "amd64", "--key", "k"}), HasSubstr("--os"));
  EXPECT_THAT(Wrong({"publish", "d", "--version", "1", "--os", "linux", "--arch", "amd64"}), HasSubstr("--key FILE"));
  EXPECT_THAT(Wrong({"publish", "a.zip", "-e", "f", "--version", "1"}), HasSubstr("--version does not go"));
  EXPECT_THAT(Wrong({"publish", "d", "--version", "1", "--os", "all", "--arch", "amd64"}), HasSubstr("--os is one of"));
  EXPECT_THAT(Wrong({"status", "ro-1", "--all"}), HasSubstr("exclude"));
}

TEST(ReleaseSpecTest, TheOthersReadTheirWords) {
  auto options =
      Read({"publish", "d", "--version", "1", "--os", "linux", "--arch", "amd64", "-k", "k", "-c", "stable"});
  ASSERT_TRUE(options) << options.error().detail;
  EXPECT_EQ(options->terms.kind, "agent");
  EXPECT_EQ(options->terms.name, "assist-agent");
  EXPECT_THAT(options->terms.channels, ElementsAre("stable"));
  EXPECT_EQ(Read({"status"})->rollout, "");
  EXPECT_TRUE(Read({"status", "ro-1", "--watch"})->follow);
  EXPECT_TRUE(Read({"status", "--state", "Failed"})->machines);
  EXPECT_TRUE(Read({"pause", "ro-1", "--end"})->end);
  EXPECT_TRUE(Read({"resume", "--retry-failed"})->retry);
  EXPECT_THAT(Read({"rollback", "-i", "a,b"})->instances, ElementsAre("a", "b"));
  EXPECT_EQ(Read({"ls"})->verb, Verb::kList);
}

TEST(ReleaseSpecTest, WavesRiseToAHundred) {
  for (const char* good : {"100", "1,10,50,100", "99,100"}) EXPECT_TRUE(AreWaves(good)) << good;
  for (const char* bad : {"", "0,100", "10,10,100", "50", "100,101", "1,,100", "a", "1,100,", "1 ,100",
                          "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,100"}) {
    EXPECT_FALSE(AreWaves(bad)) << bad;
  }
}

TEST(ReleaseSpecTest, TimesHaveUnits) {
  using namespace std::chrono_literals;
  EXPECT_EQ(ParseSpan("90"), 90s);
  EXPECT_EQ(ParseSpan("90s"), 90s);
  EXPECT_EQ(ParseSpan("10m"), 10min);
  EXPECT_EQ(ParseSpan("2h"), 2h);
  EXPECT_EQ(ParseSpan("7d"), 168h);
  for (const char* bad : {"", "m", "-1m", "1x", "1mm", "1.5h", "999999999999"}) EXPECT_FALSE(ParseSpan(bad)) << bad;
}

}  // namespace
}  // namespace assist::cli
