#include "cli/invocations/unified_diff.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <vector>

namespace assist::cli {
namespace {

std::string Diff(std::string_view from, std::string_view to) {
  return UnifiedDiff(from, to, {}, Style()).value_or("(too long)");
}

std::string Numbers(int first, int last, const std::string& instead_of_five = "5") {
  std::string out;
  for (int i = first; i <= last; ++i) out += (i == 5 ? instead_of_five : std::to_string(i)) + "\n";
  return out;
}

TEST(UnifiedDiffTest, EqualTextsDifferInNothing) {
  EXPECT_EQ(Diff("a\nb\n", "a\nb\n"), "");
  EXPECT_EQ(Diff("", ""), "");
}

TEST(UnifiedDiffTest, AChangedLineStandsInItsSurroundings) {
  EXPECT_EQ(Diff(Numbers(1, 10), Numbers(1, 10, "five")),
            "@@ -2,7 +2,7 @@\n"
            " 2\n"
            " 3\n"
            " 4\n"
            "-5\n"
            "+five\n"
            " 6\n"
            " 7\n"
            " 8\n");
}

TEST(UnifiedDiffTest, ChangesFarApartAreTwoHunksAndNearOnesOne) {
  EXPECT_EQ(Diff(Numbers(1, 30), "0\n" + Numbers(1, 29)),
            "@@ -1,3 +1,4 @@\n"
            "+0\n"
            " 1\n"
            " 2\n"
            " 3\n"
            "@@ -27,4 +28,3 @@\n"
            " 27\n"
            " 28\n"
            " 29\n"
            "-30\n");
  EXPECT_EQ(Diff("a\n1\n2\nb\n", "A\n1\n2\nB\n"),
            "@@ -1,4 +1,4 @@\n"
            "-a\n"
            "+A\n"
            " 1\n"
            " 2\n"
            "-b\n"
            "+B\n");
}

TEST(UnifiedDiffTest, FromAndToNothing) {
  EXPECT_EQ(Diff("", "a\n"), "@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(Diff("a\n", ""), "@@ -1 +0,0 @@\n-a\n");
}

TEST(UnifiedDiffTest, AMissingLineFeedAtTheEndIsADifference) {
  EXPECT_EQ(Diff("a\nb\n", "a\nb"), "@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n");
}

TEST(UnifiedDiffTest, NothingReachesTheTerminalRaw) {
  EXPECT_EQ(Diff("a\n", "\x1b[2J\n"), "@@ -1 +1 @@\n-a\n+\\x1b[2J\n");
}

TEST(UnifiedDiffTest, WhatIsTooLongOrNoTextIsNotCompared) {
  std::string long_one;
  for (int i = 0; i < 5'000; ++i) long_one += "x" + std::to_string(i) + "\n";
  EXPECT_EQ(UnifiedDiff("a\n", long_one, {}, Style()), std::nullopt);
  EXPECT_EQ(Diff(long_one, long_one + "y\n"), "@@ -4998,3 +4998,4 @@\n x4997\n x4998\n x4999\n+y\n")
      << "what is equal at both ends does not count";
  EXPECT_EQ(UnifiedDiff("a\n", "\xff\n", {}, Style()), std::nullopt);
}

/// Puts a diff into effect, as patch does.
std::string Apply(const std::string& from, const std::string& diff) {
  std::vector<std::string> lines;
  std::istringstream in(from);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::istringstream hunks(diff);
  std::string out;
  std::size_t at = 0;
  for (std::string line; std::getline(hunks, line);) {
    if (line[0] == '@') {
      const auto begin = static_cast<std::size_t>(std::stoi(line.substr(4)));
      const bool none = line.substr(4, line.find(' ', 4) - 4).ends_with(",0");
      for (; at + (none ? 0 : 1) < begin; ++at) out += lines[at] + "\n";
    } else if (line[0] == '+') {
      out += line.substr(1) + "\n";
    } else {
      EXPECT_EQ(line.substr(1), lines.at(at));
      if (line[0] == ' ') out += lines[at] + "\n";
      ++at;
    }
  }
  for (; at < lines.size(); ++at) out += lines[at] + "\n";
  return out;
}

TEST(UnifiedDiffTest, AppliedToTheFirstItGivesTheSecond) {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::string from;
    std::string to;
    for (auto i = random() % 40; i > 0; --i) {
      const std::string line = std::string(1, static_cast<char>('a' + random() % 6)) + "\n";
      if (random() % 4 != 0) from += line;
      if (random() % 4 != 0) to += line;
    }
    EXPECT_EQ(Apply(from, Diff(from, to)), to) << from << "---\n" << to;
  }
}

}  // namespace
}  // namespace assist::cli
