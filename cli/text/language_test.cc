#include "cli/text/language.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace assist::cli {
namespace {

Language Chosen(const std::map<std::string, std::string>& variables, std::string_view wanted = "") {
  return ChooseLanguage(wanted, [&variables](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(LanguageTest, TheLocaleDecides) {
  EXPECT_EQ(Chosen({}), Language::kEnglish);
  EXPECT_EQ(Chosen({{"LANG", "C.UTF-8"}}), Language::kEnglish);
  EXPECT_EQ(Chosen({{"LANG", "zh_CN.UTF-8"}}), Language::kChinese);
  EXPECT_EQ(Chosen({{"LANG", "zh_TW.utf8"}}), Language::kChinese);
  EXPECT_EQ(Chosen({{"LANG", "zh_CN.UTF-8@pinyin"}}), Language::kChinese);
  EXPECT_EQ(Chosen({{"LANG", "de_DE.UTF-8"}}), Language::kEnglish);
}

TEST(LanguageTest, LcAllGoesBeforeLcMessagesAndThatBeforeLang) {
  EXPECT_EQ(Chosen({{"LC_ALL", "zh_CN.UTF-8"}, {"LC_MESSAGES", "en_GB.UTF-8"}}), Language::kChinese);
  EXPECT_EQ(Chosen({{"LC_ALL", "en_GB.UTF-8"}, {"LANG", "zh_CN.UTF-8"}}), Language::kEnglish);
  EXPECT_EQ(Chosen({{"LC_MESSAGES", "zh_CN.UTF-8"}, {"LANG", "C"}}), Language::kChinese);
  EXPECT_EQ(Chosen({{"LC_MESSAGES", "en_GB.UTF-8"}, {"LANG", "zh_CN.UTF-8"}}), Language::kEnglish);
  EXPECT_EQ(Chosen({{"LC_ALL", ""}, {"LANG", "zh_CN.UTF-8"}}), Language::kChinese) << "empty counts as unset";
}

TEST(LanguageTest, ALocaleThatIsNotUtf8SpeaksEnglish) {
  EXPECT_EQ(Chosen({{"LANG", "zh_CN.GB18030"}}), Language::kEnglish);
  EXPECT_EQ(Chosen({{"LANG", "zh_CN"}}), Language::kEnglish);
  EXPECT_EQ(Chosen({{"LC_MESSAGES", "zh_CN"}, {"LANG", "en_US.UTF-8"}}), Language::kChinese);
}

TEST(LanguageTest, AssistLangGoesBeforeTheLocaleAndTheOptionBeforeBoth) {
  EXPECT_EQ(Chosen({{"ASSIST_LANG", "zh"}, {"LANG", "C"}}), Language::kChinese);
  EXPECT_EQ(Chosen({{"ASSIST_LANG", "en"}, {"LANG", "zh_CN.UTF-8"}}), Language::kEnglish);
  EXPECT_EQ(Chosen({{"ASSIST_LANG", "fr"}, {"LANG", "zh_CN.UTF-8"}}), Language::kChinese) << "not known: passed over";
  EXPECT_EQ(Chosen({{"ASSIST_LANG", "en"}}, "zh-CN"), Language::kChinese);
  EXPECT_EQ(Chosen({{"ASSIST_LANG", "zh"}}, "en"), Language::kEnglish);
}

}  // namespace
}  // namespace assist::cli
