#include "protocol/package/version.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assist::package {
namespace {

TEST(VersionTest, EachOfThisListIsBelowTheNext) {
  const std::vector<std::string> rising = {"0.9", "1.0~rc1", "1.0~rc2", "1.0", "1.0a", "1.0-1",   "1.0.1",
                                           "1.2", "1.10",    "2",       "2.0", "10",   "10.0.0.1"};
  for (std::size_t i = 0; i < rising.size(); ++i) {
    for (std::size_t j = 0; j < rising.size(); ++j) {
      EXPECT_TRUE(CompareVersions(rising[i], rising[j]) == (i <=> j)) << rising[i] << " and " << rising[j];
    }
  }
}

TEST(VersionTest, ZerosInFrontOfANumberDoNotCount) {
  EXPECT_TRUE(CompareVersions("1.02", "1.2") == 0);
  EXPECT_TRUE(CompareVersions("1.0", "1.00") == 0);
}

TEST(VersionTest, LongNumbersDoNotOverflow) {
  EXPECT_TRUE(CompareVersions("99999999999999999999998", "99999999999999999999999") < 0);
  EXPECT_TRUE(CompareVersions("100000000000000000000000", "99999999999999999999999") > 0);
}

TEST(VersionTest, TildeIsBelowEverythingAndLettersBelowTheRest) {
  EXPECT_TRUE(CompareVersions("1~~", "1~") < 0);
  EXPECT_TRUE(CompareVersions("1~", "1") < 0);
  EXPECT_TRUE(CompareVersions("1z", "1+") < 0);
  EXPECT_TRUE(CompareVersions("1A", "1a") < 0);
  EXPECT_TRUE(CompareVersions("v2", "v10") < 0);
  EXPECT_TRUE(CompareVersions("", "1") < 0);
  EXPECT_TRUE(CompareVersions("", "~") > 0);
}

TEST(VersionTest, ARuleDoesNotSeeZerosInFront) {
  EXPECT_TRUE(Satisfies("1.02", "=1.2"));
  EXPECT_TRUE(Satisfies("1.0~rc1", "<1.0"));
  EXPECT_FALSE(Satisfies("1.0~rc1", ">=1.0"));
}

TEST(VersionTest, OnlyPlainLettersMakeAVersion) {
  for (const char* good : {"1", "2.2.3.600", "1.0~rc1", "v1", "1+b"}) EXPECT_TRUE(IsVersion(good)) << good;
  for (const char* bad : {"", ".1", "1 0", "1/2", "1'", "-1", "1_0", "123456789012345678901234567890123"}) {
    EXPECT_FALSE(IsVersion(bad)) << bad;
  }
}

TEST(VersionTest, ARuleIsASignAndAVersion) {
  EXPECT_TRUE(Satisfies("1.2", ""));
  EXPECT_TRUE(Satisfies("1.10", ">=1.2"));
  EXPECT_FALSE(Satisfies("1.1", ">=1.2"));
  EXPECT_TRUE(Satisfies("1.2", "=1.2"));
  EXPECT_FALSE(Satisfies("1.2.1", "=1.2"));
  EXPECT_TRUE(Satisfies("1.1", "<1.2"));
  EXPECT_FALSE(Satisfies("1.2", "<1.2"));
  EXPECT_TRUE(Satisfies("1.2", "<=1.2"));
  EXPECT_FALSE(Satisfies("1.2", ">1.2"));
  for (const char* bad : {"1.2", ">=", "~1", "=>1"}) {
    EXPECT_FALSE(IsVersionRule(bad)) << bad;
    EXPECT_FALSE(Satisfies("1.2", bad)) << bad;
  }
}

}  // namespace
}  // namespace assist::package
