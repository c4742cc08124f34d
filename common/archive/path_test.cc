#include "common/archive/path.h"

#include <gtest/gtest.h>

namespace assist::archive {
namespace {

std::string_view Why(std::string_view path, NameRules names = NameRules::kPosix, const Limits& limits = {}) {
  const Status good = CheckPath(path, names, limits);
  return good ? "good" : good.error().reason;
}

TEST(PathTest, OrdinaryNamesAreTaken) {
  for (const std::string_view path :
       {"a", "a/b/c.txt", ".hidden", "...", "a..b", "-x", "a b", "ä/中文.sh", "con.d/x", "a:b"}) {
    EXPECT_EQ(Why(path), "good") << path;
  }
}

TEST(PathTest, WhatLeavesTheFolderOrIsNoNameIsRefused) {
  EXPECT_EQ(Why("/etc/passwd"), reason::kAbsolutePath);
  EXPECT_EQ(Why("//host/share"), reason::kAbsolutePath);
  EXPECT_EQ(Why(".."), reason::kParentPath);
  EXPECT_EQ(Why("a/../b"), reason::kParentPath);
  EXPECT_EQ(Why("a/.."), reason::kParentPath);
  EXPECT_EQ(Why("./a"), reason::kParentPath);
  EXPECT_EQ(Why(""), reason::kEmptyName);
  EXPECT_EQ(Why("a//b"), reason::kEmptyName);
  EXPECT_EQ(Why("a/"), reason::kEmptyName);
  EXPECT_EQ(Why("..\\a"), reason::kBackslash);
  EXPECT_EQ(Why(std::string_view("a\0b", 3)), reason::kControlCharacter);
  EXPECT_EQ(Why("a\nb"), reason::kControlCharacter);
  EXPECT_EQ(Why("a\x7f"), reason::kControlCharacter);
}

TEST(PathTest, OnlyUtf8InItsShortestFormIsTaken) {
  for (const std::string_view path : {"\xff", "a\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "\xf8\x88\x80\x80\x80", "\x80"}) {
    EXPECT_EQ(Why(path), reason::kNotUtf8);
  }
  EXPECT_EQ(Why("\xf4\x8f\xbf\xbf"), "good");
}

TEST(PathTest, LengthAndDepthHaveTheirLimits) {
  Limits limits;
  limits.path_length = 10;
  limits.name_length = 4;
  limits.depth = 3;
  EXPECT_EQ(Why("a/bb/cccc", NameRules::kPosix, limits), "good");
  EXPECT_EQ(Why("a/b/c/d", NameRules::kPosix, limits), reason::kDepth);
  EXPECT_EQ(Why("aaaa/bbbb/cc", NameRules::kPosix, limits), reason::kPathLength);
  EXPECT_EQ(Why("a/bbbbb", NameRules::kPosix, limits), reason::kPathLength);
}

TEST(PathTest, WindowsHasNamesThatAreNoFiles) {
  for (const std::string_view path :
       {"NUL",    "nul.txt", "a/Con", "aux.tar.gz", "COM1",     "lpt9.log", "com0",  "COM\xc2\xb2",
        "conin$", "nul .x",  "C:",    "c:/x",       "a:stream", "a*",       "a?",    "a|b",
        "a<",     "a>",      "a\"",   "a.",         "a ",       "a./b",     "dir /b"}) {
    EXPECT_EQ(Why(path, NameRules::kWindows), reason::kReservedName) << path;
    EXPECT_EQ(Why(path), "good") << path;
  }
  for (const std::string_view path : {"com", "com10", "null", "console", "a.nul", "comx", "nul_.txt", " a", ".a"}) {
    EXPECT_EQ(Why(path, NameRules::kWindows), "good") << path;
  }
}

TEST(PathTest, NamesThatWindowsTakesForOneAreFoldedToOne) {
  EXPECT_EQ(FoldCase("ReadMe.TXT"), FoldCase("README.txt"));
  EXPECT_EQ(FoldCase("Ärger"), FoldCase("ärger"));
  EXPECT_EQ(FoldCase("ΩΜΕΓΑ"), FoldCase("ωμεγα"));
  EXPECT_EQ(FoldCase("Ёлка"), FoldCase("ёлка"));
  EXPECT_EQ(FoldCase("Žluť"), FoldCase("žluť"));
  EXPECT_NE(FoldCase("a"), FoldCase("b"));
  EXPECT_NE(FoldCase("ß"), FoldCase("ss"));
  EXPECT_EQ(FoldCase("中文"), "中文");
}

TEST(PathTest, RefusalsShowNothingThatMovesACursor) {
  EXPECT_EQ(Shown("a\x1b[2Jb\xff"), "a\\x1b[2Jb\\xff");
  EXPECT_LT(Shown(std::string(5000, 'x')).size(), 300U);
}

}  // namespace
}  // namespace assist::archive
