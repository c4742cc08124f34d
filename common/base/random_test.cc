#include "common/base/random.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace assist {
namespace {

TEST(RandomTest, TheSameSeedGivesTheSameNumbers) {
  SeededRandom a(7), b(7), c(8);
  const auto first = a.Uint64();
  EXPECT_EQ(first, b.Uint64());
  EXPECT_NE(first, c.Uint64());
}

TEST(RandomTest, BelowReachesEveryNumberAndNoOther) {
  SeededRandom random(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.Below(7));
  EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(RandomTest, UuidsHaveTheFormOfVersion4) {
  SeededRandom random(1);
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(std::regex_match(random.Uuid(), form));
  EXPECT_TRUE(std::regex_match(random.UpperUuid(), std::regex("[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")));
}

}  // namespace
}  // namespace assist
