#include "protocol/package/refusal.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace assist::package {
namespace {

TEST(RefusalTest, WordsAndCodesAreThoseThatScriptsKnow) {
  EXPECT_EQ(ExitCode(Refusal::kUntrustedPublisher), 40);
  EXPECT_EQ(Name(Refusal::kUntrustedPublisher), "UntrustedPublisher");
  EXPECT_EQ(ExitCode(Refusal::kNotHealthy), 60);
  EXPECT_EQ(Name(Refusal::kNotHealthy), "NotHealthy");
  for (int code = 40; code <= 60; ++code) {
    const auto refusal = RefusalOfExitCode(code);
    ASSERT_TRUE(refusal) << code;
    EXPECT_FALSE(Name(*refusal).empty()) << code;
  }
  EXPECT_FALSE(RefusalOfExitCode(1));
  EXPECT_FALSE(RefusalOfExitCode(61));
}

TEST(RefusalTest, TheLastLineOfAnOutputIsFound) {
  const auto found = FindRefusal("downloading\nREFUSED WrongHash: first\nmore\n" +
                                 RefusalLine(Refusal::kTruncated, "12 of 90\nbytes") + "\r\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->refusal, Refusal::kTruncated);
  EXPECT_EQ(found->text, "12 of 90 bytes");
}

TEST(RefusalTest, EachWordIsThereOnceAndIsFoundAgain) {
  std::set<std::string_view> words;
  for (int code = 40; code <= 60; ++code) {
    const Refusal refusal = *RefusalOfExitCode(code);
    EXPECT_EQ(ExitCode(refusal), code);
    EXPECT_TRUE(words.insert(Name(refusal)).second) << code;
    const auto found = FindRefusal(RefusalLine(refusal, ""));
    ASSERT_TRUE(found) << code;
    EXPECT_EQ(found->refusal, refusal);
    EXPECT_EQ(found->text, "");
  }
  // Those of the audit log, in the order of their codes.
  EXPECT_EQ(Name(*RefusalOfExitCode(44)), "WrongHash");
  EXPECT_EQ(Name(*RefusalOfExitCode(50)), "Dependency");
  EXPECT_EQ(Name(*RefusalOfExitCode(53)), "VerifyFailed");
  EXPECT_EQ(Name(*RefusalOfExitCode(57)), "Interrupted");
}

TEST(RefusalTest, OtherLinesAreNone) {
  EXPECT_FALSE(FindRefusal(""));
  EXPECT_FALSE(FindRefusal("\n\n"));
  EXPECT_FALSE(FindRefusal("we REFUSED WrongHash: x\nREFUSED Nonsense: x\nREFUSED WrongHash x\n"));
}

}  // namespace
}  // namespace assist::package
