#include "agent/supervisor/program/windows/system_code_pages.h"

#include <gtest/gtest.h>

namespace assist::agent::supervisor {
namespace {

// The same as console_text_test.cc, with the tables of Windows.
TEST(SystemCodePagesTest, TheTablesOfWindowsSayWhatThoseOfTheCLibrarySay) {
  const SystemCodePages pages;
  EXPECT_EQ(pages.ToUtf8(936, "\xC4\xE3\xBA\xC3, \xD2\xBB\r\n"), "你好, 一\r\n");
  EXPECT_EQ(pages.ToUtf8(932, "\x93\xFA\x96\x7B\x5C\xB1"), "日本\\ｱ");
  EXPECT_EQ(pages.ToUtf8(949, "\xC7\xD1\xB1\xDB"), "한글");
  EXPECT_EQ(pages.ToUtf8(950, "\xA4\xA4\xA4\xE5"), "中文");
  EXPECT_EQ(pages.ToUtf8(437,
                         "Gr\x81\xE1"
                         "e"),
            "Grüße");
  EXPECT_EQ(pages.ToUtf8(1252,
                         "Gr\xFC\xDF"
                         "e \x80"),
            "Grüße €");
}

TEST(SystemCodePagesTest, ZeroBytesStay) {
  const SystemCodePages pages;
  EXPECT_EQ(pages.ToUtf8(437, std::string_view("a\0b", 3)), std::string("a\0b", 3));
}

TEST(SystemCodePagesTest, AStreamCutInsideACharacterBecomesWhole) {
  const SystemCodePages pages;
  ConsoleText text(pages);
  std::string out = text.Take(936, "\xC4\xE3\xBA");
  out += text.Take(936, "\xC3");
  EXPECT_EQ(out + text.End(), "你好");
}

}  // namespace
}  // namespace assist::agent::supervisor
