#include "cli/text/width.h"

#include <gtest/gtest.h>

namespace assist::cli {
namespace {

TEST(WidthTest, ChineseCharactersTakeTwoColumns) {
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("web-1"), 5u);
  EXPECT_EQ(DisplayWidth("é"), 1u);
  EXPECT_EQ(DisplayWidth("机器"), 4u);
  EXPECT_EQ(DisplayWidth("机器-1，好。"), 12u) << "full-width punctuation too";
  EXPECT_EQ(DisplayWidth("𠀀"), 2u) << "beyond the first plane";
  EXPECT_EQ(DisplayWidth("한글 かな"), 9u);
  EXPECT_EQ(DisplayWidth("😀"), 2u);
}

TEST(WidthTest, MarksAndColoursTakeNone) {
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);
  EXPECT_EQ(DisplayWidth("\x1b[31m失败\x1b[0m"), 4u);
  EXPECT_EQ(DisplayWidth("a\xff"), 2u) << "a broken byte is shown somehow";
}

TEST(WidthTest, PaddingFillsColumnsNotCharacters) {
  EXPECT_EQ(PadTo("机器", 6), "机器  ");
  EXPECT_EQ(PadTo("机器", 6, true), "  机器");
  EXPECT_EQ(PadTo("机器", 3), "机器");
  EXPECT_EQ(PadTo("\x1b[32mok\x1b[0m", 3), "\x1b[32mok\x1b[0m ");
}

TEST(WidthTest, CuttingColouredTextEndsItsColours) {
  EXPECT_EQ(CutColoured("a \x1b[31m失败\x1b[0m b", 4), "a \x1b[31m失\x1b[0m");
  EXPECT_EQ(CutColoured("a \x1b[31m失败\x1b[0m b", 20), "a \x1b[31m失败\x1b[0m b");
}

TEST(WidthTest, CuttingNeverPassesTheWidth) {
  EXPECT_EQ(CutTo("machine", 7), "machine");
  EXPECT_EQ(CutTo("machine", 4), "mac…");
  EXPECT_EQ(CutTo("机器名称", 8), "机器名称");
  EXPECT_EQ(CutTo("机器名称", 7), "机器名…");
  EXPECT_EQ(CutTo("机器名称", 6), "机器…");
  EXPECT_EQ(CutTo("机器", 1), "…");
  EXPECT_EQ(CutTo("机器", 0), "");
}

}  // namespace
}  // namespace assist::cli
