#include "agent/supervisor/console_text.h"

#include <gtest/gtest.h>
#include <iconv.h>

#include <stdexcept>

namespace assist::agent::supervisor {
namespace {

/// The tables of the C library; fails when it is given anything but whole characters. Those of Windows have their test
/// in program/windows.
class Pages final : public CodePages {
 public:
  std::string ToUtf8(std::uint32_t code_page, std::string_view bytes) const override {
    const std::string name = code_page == 54936 ? "GB18030" : "CP" + std::to_string(code_page);
    const iconv_t table = ::iconv_open("UTF-8", name.c_str());
    if (table == reinterpret_cast<iconv_t>(-1)) throw std::runtime_error("no table " + name);
    std::string out(bytes.size() * 4, '\0');
    char* from = const_cast<char*>(bytes.data());
    char* to = out.data();
    std::size_t left = bytes.size();
    std::size_t room = out.size();
    const std::size_t bad = ::iconv(table, &from, &left, &to, &room);
    ::iconv_close(table);
    if (bad == static_cast<std::size_t>(-1)) throw std::runtime_error("not whole characters of " + name);
    out.resize(out.size() - room);
    return out;
  }
};

std::string Whole(std::uint32_t code_page, std::string_view bytes) {
  const Pages pages;
  ConsoleText text(pages);
  std::string out = text.Take(code_page, bytes);
  return out + text.End();
}

/// Cut at every two places.
void ExpectTheSameHoweverItIsCut(std::uint32_t code_page, std::string_view bytes, std::string_view expected) {
  const Pages pages;
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    for (std::size_t second = first; second <= bytes.size(); ++second) {
      ConsoleText text(pages);
      std::string out = text.Take(code_page, bytes.substr(0, first));
      out += text.Take(code_page, bytes.substr(first, second - first));
      out += text.Take(code_page, bytes.substr(second));
      out += text.End();
      ASSERT_EQ(out, expected) << "code page " << code_page << " cut at " << first << " and " << second;
    }
  }
}

TEST(ConsoleTextTest, EveryCodePageBecomesUtf8HoweverItIsCut) {
  ExpectTheSameHoweverItIsCut(936, "\xC4\xE3\xBA\xC3, \xD2\xBB\r\n", "你好, 一\r\n");
  ExpectTheSameHoweverItIsCut(54936, "\xC4\xE3\x81\x30\x81\x30!", "你\xC2\x80!");
  ExpectTheSameHoweverItIsCut(932, "\x93\xFA\x96\x7B\x5C\xB1", "日本\\ｱ");
  ExpectTheSameHoweverItIsCut(949, "\xC7\xD1\xB1\xDB", "한글");
  ExpectTheSameHoweverItIsCut(950, "\xA4\xA4\xA4\xE5", "中文");
  ExpectTheSameHoweverItIsCut(437,
                              "Gr\x81\xE1"
                              "e",
                              "Grüße");
  ExpectTheSameHoweverItIsCut(1252,
                              "Gr\xFC\xDF"
                              "e \x80",
                              "Grüße €");
}

TEST(ConsoleTextTest, Utf8PassesAsItCameWhateverItHolds) {
  const std::string bytes("\xC4\xE3\0\xFF 你\r\n\n", 11);
  EXPECT_EQ(Whole(kUtf8CodePage, bytes), bytes);
  ExpectTheSameHoweverItIsCut(kUtf8CodePage, bytes, bytes);
}

TEST(ConsoleTextTest, AHalfCharacterSwallowsNothingBehindIt) {
  ExpectTheSameHoweverItIsCut(936, "a\xC4\r\nb", "a\xEF\xBF\xBD\r\nb");
  ExpectTheSameHoweverItIsCut(54936, "a\x81\x30\nb",
                              "a\xEF\xBF\xBD"
                              "0\nb");
  EXPECT_EQ(Whole(936, "a\xC4"), "a\xEF\xBF\xBD");
}

TEST(ConsoleTextTest, ZeroBytesAndLineEndsStay) {
  const std::string bytes("a\0b\r\nc\nd\r", 9);
  EXPECT_EQ(Whole(936, bytes), bytes);
  EXPECT_EQ(Whole(437, bytes), bytes);
}

TEST(ConsoleTextTest, AScriptThatChangesItsCodePageIsFollowed) {
  const Pages pages;
  ConsoleText text(pages);
  EXPECT_EQ(text.Take(936, "\xC4\xE3\xBA"), "你");
  EXPECT_EQ(text.Take(kUtf8CodePage, "好"), "\xEF\xBF\xBD好") << "half a character of the old page never becomes whole";
  EXPECT_EQ(text.Take(936, "\xBA\xC3"), "好");
  EXPECT_EQ(text.End(), "");
}

}  // namespace
}  // namespace assist::agent::supervisor
