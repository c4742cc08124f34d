#include "cli/verb/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace assist::cli {
namespace {

using ::testing::HasSubstr;
using Words = std::vector<std::string>;

const Text kText(Language::kEnglish);

const VerbSpec& Spec() {
  static const VerbSpec kSpec = {
      .name = "inv",
      .summary = msg::kRunSummary,
      .verbs =
          {
              {.name = "ls",
               .summary = msg::kRunSummary,
               .options = {{msg::kGroupOptions,
                            {
                                {"-n", "--limit", "N", msg::kScheduleOptLimit},
                                {"-a", "--all", "", msg::kRunOptAll},
                                {"-t", "--tag", "KEY=VALUE", msg::kRunOptTag, Offer::kNothing, "", true},
                                {"", "--output", "FORMAT", msg::kOptTableOrJson, Offer::kChoices, "table json"},
                            }}},
               .most_words = 1},
              {.name = "start", .summary = msg::kRunSummary, .script = true},
          },
  };
  return kSpec;
}

std::string Mistake(const Words& words) {
  const auto parsed = ParseVerb(Spec(), words, kText);
  return parsed ? "none" : parsed.error().detail;
}

TEST(ParseVerbTest, OptionsAndWordsMayStandInAnyOrder) {
  const Words words = {"ls", "-n", "5", "t-1", "--all", "--tag", "a=b", "c=d", "-t", "e=f", "--endpoint", "h:1"};
  const auto parsed = ParseVerb(Spec(), words, kText);
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_EQ(parsed->path, "inv ls");
  EXPECT_EQ(parsed->words, (Words{"t-1"}));
  EXPECT_TRUE(parsed->Has("--all"));
  EXPECT_EQ(parsed->All("--tag"), (Words{"a=b", "c=d", "e=f"}));
  EXPECT_EQ(**parsed->Number("--limit", 1, 10, kText), 5);
  EXPECT_FALSE(parsed->Number("--limit", 6, 10, kText));
  EXPECT_EQ(parsed->ValueOr("--output", "table"), "table");
  EXPECT_EQ(parsed->common.layer.endpoint, "h:1");
}

TEST(ParseVerbTest, ListIsUnderstoodForLs) {
  const auto parsed = ParseVerb(Spec(), Words{"list", "-n", "5"}, kText);
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_EQ(parsed->verb->name, "ls");
  EXPECT_NE(Mistake({"lists"}), "none");
}

TEST(ParseVerbTest, BehindHyphensThereAreNoOptions) {
  const Words words = {"ls", "--", "--all"};
  const auto parsed = ParseVerb(Spec(), words, kText);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->words, (Words{"--all"}));
  const Words script = {"start", "--", "ls", "--", "-l"};
  EXPECT_EQ(ParseVerb(Spec(), script, kText)->script, (Words{"ls", "--", "-l"}));
}

TEST(ParseVerbTest, AnOutputBeforeTheVerbCountsForIt) {
  const Words words = {"--output", "json", "ls"};
  EXPECT_EQ(ParseVerb(Spec(), words, kText)->Value("--output"), "json");
  EXPECT_THAT(Mistake({"--output", "pretty", "ls"}), HasSubstr("table json"));
}

TEST(ParseVerbTest, HelpIsAskedForAnywhere) {
  for (const Words& words : {Words{"--help"}, Words{"ls", "-h"}, Words{"--help", "ls"}}) {
    const auto parsed = ParseVerb(Spec(), words, kText);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->help);
  }
}

TEST(ParseVerbTest, MistakesNameTheWayOut) {
  EXPECT_THAT(Mistake({}), HasSubstr("assist inv needs one of: ls, start"));
  EXPECT_THAT(Mistake({"lss"}), HasSubstr("there is no 'assist inv lss'; there are ls, start"));
  EXPECT_THAT(Mistake({"ls", "--limt", "3"}),
              HasSubstr("unknown option --limt; did you mean --limit? See assist inv ls"));
  EXPECT_THAT(Mistake({"ls", "--frobnicate"}), HasSubstr("unknown option --frobnicate; see assist inv ls --help"));
  EXPECT_THAT(Mistake({"ls", "--limit"}), HasSubstr("--limit needs a value"));
  EXPECT_THAT(Mistake({"ls", "--all=1"}), HasSubstr("--all takes no value"));
  EXPECT_THAT(Mistake({"ls", "a", "b"}), HasSubstr("'b' is out of place"));
  EXPECT_THAT(Mistake({"ls", "--output", "xml"}), HasSubstr("--output is one of: table json; not 'xml'"));
  EXPECT_THAT(Mistake({"ls", "--lang", "fr"}), HasSubstr("--lang is en or zh, not 'fr'"));
  EXPECT_THAT(Mistake({"start", "uptime"}), HasSubstr("the script stands behind --"));
}

TEST(NearestWordsTest, TypingMistakesAndPartsAreNear) {
  const std::array<std::string_view, 4> known = {"web-1", "web-2", "database", "mi-1"};
  EXPECT_EQ(NearestWords("wbe-1", known, 3), (std::vector<std::string_view>{}));
  EXPECT_EQ(NearestWords("web-3", known, 3), (std::vector<std::string_view>{"web-1", "web-2"}));
  EXPECT_EQ(NearestWords("web-3", known, 1), (std::vector<std::string_view>{"web-1"}));
  EXPECT_EQ(NearestWords("data", known, 3), (std::vector<std::string_view>{"database"}));
  EXPECT_EQ(NearestWords("xyzzy", known, 3), (std::vector<std::string_view>{}));
  EXPECT_TRUE(NearestWords(std::string(100'000, 'w'), known, 3).empty());
}

}  // namespace
}  // namespace assist::cli
