#include "protocol/encoding/utf8.h"

#include <gtest/gtest.h>

namespace assist::encoding {
namespace {

TEST(Utf8Test, EveryCharacterSurvives) {
  for (char32_t c = 0; c <= 0x10FFFF; c += c < 0x1000 ? 1 : 97) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    AppendUtf8(text, c);
    std::string_view rest = text;
    EXPECT_EQ(TakeCharacter(rest), c);
    EXPECT_TRUE(rest.empty());
  }
}

TEST(Utf8Test, RefusesOverlongFormsSurrogatesAndWhatIsTooLarge) {
  for (const std::string_view text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF", "\xE4\xB8", "a\xE4"}) {
    EXPECT_FALSE(IsUtf8(text)) << text.size();
  }
  EXPECT_TRUE(IsUtf8("a中\xF0\x9F\x98\x80"));
}

TEST(Utf8Test, ABrokenSequenceBecomesOneReplacementAndCostsNoGoodByte) {
  EXPECT_EQ(ToValidUtf8("a\xE4\xB8z"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(ToValidUtf8("\xFF\xFE"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(ToValidUtf8("中"), "中");
}

TEST(Utf8Test, CountsCharactersNotBytes) {
  EXPECT_EQ(CountCharacters(""), 0u);
  EXPECT_EQ(CountCharacters("a中\xF0\x9F\x98\x80"), 3u);
  EXPECT_EQ(CountCharacters("\xFF\xFF"), 2u);
}

}  // namespace
}  // namespace assist::encoding
