#include "cli/text/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "protocol/encoding/utf8.h"

namespace assist::cli {
namespace {

/// The numbers of the values in a text.
std::set<char> Values(std::string_view text) {
  std::set<char> found;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] != '{') continue;
    if (text[i + 1] == '{') {
      ++i;
    } else {
      found.insert(text[i + 1]);
    }
  }
  return found;
}

/// Messages whose text is the same in both languages, on purpose.
const std::set<std::string_view>& SameInBoth() {
  static const std::set<std::string_view> kSame = {
      "kErrorLine",
  };
  return kSame;
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

TEST(TextTest, EveryMessageHasATextInEachLanguageWithTheSameValues) {
  for (const MessageName& message : kMessageNames) {
    const std::string_view english = Text::Pattern(Language::kEnglish, message.id);
    const std::string_view chinese = Text::Pattern(Language::kChinese, message.id);
    EXPECT_FALSE(english.empty()) << message.name;
    EXPECT_FALSE(chinese.empty()) << message.name;
    EXPECT_EQ(Values(english), Values(chinese)) << message.name;
    EXPECT_EQ(Values(english).size(), CountValues(english)) << message.name << ": a number is left out";
    EXPECT_TRUE(IsAscii(english)) << message.name << ": English goes to terminals that are not UTF-8";
    EXPECT_TRUE(encoding::IsUtf8(chinese)) << message.name;
  }
}

TEST(TextTest, NothingIsLeftInEnglishByAccident) {
  for (const MessageName& message : kMessageNames) {
    const std::string_view english = Text::Pattern(Language::kEnglish, message.id);
    const std::string_view chinese = Text::Pattern(Language::kChinese, message.id);
    if (SameInBoth().count(message.name) != 0) {
      EXPECT_EQ(english, chinese) << message.name << " is no exception any more";
    } else {
      EXPECT_FALSE(IsAscii(chinese)) << message.name;
    }
    // Both end a line, or neither does.
    EXPECT_EQ(english.ends_with('\n'), chinese.ends_with('\n')) << message.name;
  }
}

TEST(TextTest, ValuesAreTakenByNumber) {
  EXPECT_EQ(Text::Fill("{1} before {0}", std::array<MessageValue, 2>{"a", "b"}), "b before a");
  EXPECT_EQ(Text::Fill("{{\"a\": {0}}}", std::array<MessageValue, 1>{7}), "{\"a\": 7}");
  EXPECT_EQ(Text::Fill("{0} {3} } {", std::array<MessageValue, 1>{"x"}), "x {3} } {") << "what is no place stays";
  EXPECT_EQ(Text::Fill("<{0}>", std::array<MessageValue, 1>{"{0}{1}"}), "<{0}{1}>") << "values are not read again";
}

TEST(TextTest, OneIsSaidDifferentlyFromMany) {
  const std::string_view pattern = "{0} {0#machine|machines}";
  EXPECT_EQ(Text::Fill(pattern, std::array<MessageValue, 1>{1}), "1 machine");
  EXPECT_EQ(Text::Fill(pattern, std::array<MessageValue, 1>{0}), "0 machines");
  EXPECT_EQ(Text::Fill(pattern, std::array<MessageValue, 1>{std::int64_t{2}}), "2 machines");
}

TEST(TextTest, TheLanguageDecides) {
  EXPECT_EQ(Text(Language::kEnglish)(msg::kNeedsValue, "--user"), "--user needs a value");
  EXPECT_EQ(Text(Language::kChinese)(msg::kNeedsValue, "--user"), "--user 需要一个值");
}

}  // namespace
}  // namespace assist::cli
