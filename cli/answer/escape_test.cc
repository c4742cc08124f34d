#include "cli/answer/escape.h"

#include <gtest/gtest.h>

namespace assist::cli {
namespace {

std::string Escape(std::string_view text) {
  TerminalEscaper escaper;
  std::string out;
  escaper.Append(out, text);
  escaper.Finish(out);
  return out;
}

/// The same cut after every byte.
std::string EscapeBytewise(std::string_view text) {
  TerminalEscaper escaper;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) escaper.Append(out, text.substr(i, 1));
  escaper.Finish(out);
  return out;
}

TEST(EscapeTest, WhatATerminalObeysIsShownInsteadWhereverThePiecesAreCut) {
  const struct {
    std::string text;
    std::string want;
  } cases[] = {
      {"plain\ttext\n", "plain\ttext\n"},
      {"你好, Grüße 😀\n", "你好, Grüße 😀\n"},
      {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
      {std::string("\0\a\b\x7f", 4), "\\x00\\x07\\x08\\x7f"},
      {"windows\r\nline", "windows\nline"},
      {"10%\r20%", "10%\\x0d20%"},
      {"end\r", "end\\x0d"},
      {"\r\r\n", "\\x0d\n"},
      {"c1 \xc2\x9b"
       "31m",
       "c1 \\x9b31m"},
      {"bidi \xe2\x80\xae"
       "x",
       "bidi \\u202ex"},
      {"latin \xe9!", "latin \\xe9!"},
      {"cut \xe4\xbd", "cut \\xe4\\xbd"},
      {"broken \xe4(", "broken \\xe4("},
      {"\xff\xfe", "\\xff\\xfe"},
      {"overlong \xc0\xaf", "overlong \\xc0\\xaf"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Escape(c.text), c.want);
    EXPECT_EQ(EscapeBytewise(c.text), c.want);
  }
}

TEST(EscapeTest, ACharacterCutByThePieceWaitsForItsRest) {
  TerminalEscaper escaper;
  std::string out;
  escaper.Append(out, "a\xe4\xbd");
  EXPECT_EQ(out, "a");
  escaper.Append(out,
                 "\xa0"
                 "b");
  EXPECT_EQ(out, "a你b");
}

TEST(EscapeTest, ALineStaysOneLine) {
  EXPECT_EQ(EscapeLine("web\n\t1\x1b"), "web\\n\\t1\\x1b");
  EXPECT_EQ(EscapeLine("名前"), "名前");
  EXPECT_EQ(EscapeLine("\xe4"), "\\xe4");
}

}  // namespace
}  // namespace assist::cli
