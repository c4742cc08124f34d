#include "server/policy/pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace assist::server::policy {
namespace {

TEST(PatternTest, StarsAndQuestionMarksStandForOtherText) {
  EXPECT_TRUE(Matches("", ""));
  EXPECT_FALSE(Matches("", "a"));
  EXPECT_TRUE(Matches("*", ""));
  EXPECT_TRUE(Matches("ecs:Describe*", "ecs:DescribeCommands"));
  EXPECT_FALSE(Matches("ecs:Describe*", "ecs:DeleteCommand"));
  EXPECT_FALSE(Matches("ecs:Describe*", "ecs:describeCommands"));
  EXPECT_TRUE(Matches("*Command", "RunCommand"));
  EXPECT_TRUE(Matches("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(Matches("a*b*c", "a-b-b-"));
  EXPECT_TRUE(Matches("c-?", "c-1"));
  EXPECT_FALSE(Matches("c-?", "c-"));
  EXPECT_FALSE(Matches("c-?", "c-12"));
  EXPECT_TRUE(MatchesAll("**"));
  EXPECT_FALSE(MatchesAll(""));
  EXPECT_FALSE(MatchesAll("*a"));
}

/// The definition, word for word.
bool Slow(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (Slow(pattern.substr(1), text.substr(i))) return true;
    }
    return false;
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) && Slow(pattern.substr(1), text.substr(1));
}

TEST(PatternTest, EveryShortPatternAgreesWithTheDefinition) {
  const std::string letters = "ab*?";
  int tried = 0;
  for (int p = 0; p < 4 * 4 * 4 * 4 * 4; ++p) {
    std::string pattern;
    for (int rest = p, i = 0; i < 5; rest /= 4, ++i) pattern += letters[static_cast<std::size_t>(rest % 4)];
    for (int size = 0; size < 6; ++size) {
      for (int t = 0; t < (1 << size); ++t) {
        std::string text;
        for (int i = 0; i < size; ++i) text += (t >> i & 1) != 0 ? 'a' : 'b';
        ASSERT_EQ(Matches(pattern, text), Slow(pattern, text)) << pattern << " on " << text;
        ++tried;
      }
    }
  }
  EXPECT_EQ(tried, 1024 * 63);
}

TEST(PatternTest, ManyStarsCostNoMoreThanPatternTimesText) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "a*";
  EXPECT_FALSE(Matches(pattern + "b", std::string(20'000, 'a')));  // by trying all ways: for ever
}

}  // namespace
}  // namespace assist::server::policy
