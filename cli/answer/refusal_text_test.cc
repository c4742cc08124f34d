#include "cli/answer/refusal_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace assist::cli {
namespace {

TEST(RefusalTextTest, EachWordHasAMeaningAndAWayOutOfItsOwnInBothLanguages) {
  for (const Language language : {Language::kEnglish, Language::kChinese}) {
    const Text text(language);
    std::set<std::string> meanings;
    std::set<std::string> ways;
    for (int code = 40; code <= 60; ++code) {
      const auto refusal = package::RefusalOfExitCode(code);
      ASSERT_TRUE(refusal) << code;
      const std::string meaning = RefusalMeaning(*refusal, text);
      EXPECT_FALSE(meaning.empty()) << code;
      EXPECT_TRUE(meanings.insert(meaning).second) << meaning;
      const std::string way = RefusalWayOut(*refusal, text);
      EXPECT_TRUE(way.ends_with(".") || way.ends_with("。")) << way;
      EXPECT_TRUE(ways.insert(way).second) << way;
    }
  }
}

TEST(RefusalTextTest, AKeyThatIsNotTrustedSaysHowItComesToBe) {
  const Text text(Language::kEnglish);
  EXPECT_THAT(RefusalMeaning(package::Refusal::kUntrustedPublisher, text), ::testing::HasSubstr("not trusted"));
  EXPECT_THAT(RefusalWayOut(package::Refusal::kUntrustedPublisher, text), ::testing::HasSubstr("assist pkg key show"));
}

}  // namespace
}  // namespace assist::cli
