#include <gtest/gtest.h>

#include <set>
#include <string>

#include "agent/journal/delivery_ranges.h"
#include "agent/journal/remembered_ids.h"
#include "common/base/random.h"

namespace assist::agent::journal {
namespace {

using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;

TEST(DeliveryRangesTest, NeighboursBecomeOneRange) {
  DeliveryRanges ranges;
  for (const int number : {1, 3, 2, 7, 5, 6}) ranges.Add(number);
  EXPECT_EQ(ranges.ranges(), (Ranges{{1, 3}, {5, 7}}));
  ranges.Add(4);
  EXPECT_EQ(ranges.ranges(), (Ranges{{1, 7}}));
  EXPECT_EQ(ranges.highest(), 7);
}

TEST(DeliveryRangesTest, NumbersBelowOneAreNone) {
  DeliveryRanges ranges;
  ranges.Add(0);
  ranges.Add(-3);
  EXPECT_FALSE(ranges.Contains(0));
  EXPECT_EQ(ranges.highest(), 0);
  ranges.AddRange(-5, 2);
  EXPECT_EQ(ranges.ranges(), (Ranges{{1, 2}}));
}

TEST(DeliveryRangesTest, TheLargestNumberDoesNotOverflow) {
  DeliveryRanges ranges;
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  ranges.Add(kMax);
  ranges.Add(kMax - 1);
  EXPECT_EQ(ranges.ranges(), (Ranges{{kMax - 1, kMax}}));
}

TEST(DeliveryRangesTest, WhatWasHadStaysHadAndASetAgrees) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SeededRandom random(seed);
    DeliveryRanges ranges;
    std::set<std::int64_t> set;
    for (int i = 0; i < 60; ++i) {
      const auto first = static_cast<std::int64_t>(random.Below(80));
      const auto last = first + static_cast<std::int64_t>(random.Below(4)) - 1;
      ranges.AddRange(first, last);
      for (auto n = std::max<std::int64_t>(first, 1); n <= last; ++n) set.insert(n);
    }
    for (std::int64_t n = -1; n < 90; ++n) ASSERT_EQ(ranges.Contains(n), set.contains(n)) << seed << " " << n;
    const auto list = ranges.ranges();
    for (std::size_t i = 1; i < list.size(); ++i) ASSERT_GT(list[i].first, list[i - 1].second + 1);
  }
}

TEST(DeliveryRangesTest, TooManyRangesCloseTheirSmallestGapAndForgetNothing) {
  DeliveryRanges ranges(3);
  for (const int number : {10, 20, 24, 40}) ranges.Add(number);
  EXPECT_EQ(ranges.ranges(), (Ranges{{10, 10}, {20, 24}, {40, 40}}));
  for (int number = 100; number < 10'000; number += 2) ranges.Add(number);
  EXPECT_LE(ranges.ranges().size(), 3u);
  for (int number = 100; number < 10'000; number += 2) ASSERT_TRUE(ranges.Contains(number));
  EXPECT_FALSE(ranges.Contains(10'000));
}

TEST(RememberedIdsTest, TheOldestIsForgottenFirst) {
  RememberedIds ids(3);
  for (const std::uint64_t id : {5, 1, 3}) ids.Add(id);
  ids.Add(1);
  EXPECT_EQ(ids.InOrder(), (std::vector<std::uint64_t>{5, 1, 3}));
  ids.Add(2);
  EXPECT_FALSE(ids.Contains(5));
  EXPECT_EQ(ids.InOrder(), (std::vector<std::uint64_t>{1, 3, 2}));
  for (const std::uint64_t id : {1, 3, 2}) EXPECT_TRUE(ids.Contains(id));
}

TEST(RememberedIdsTest, TenThousandAreKept) {
  RememberedIds ids(10'000);
  for (int i = 0; i < 25'000; ++i) ids.Add(HashTaskId("t-" + std::to_string(i)));
  EXPECT_EQ(ids.size(), 10'000u);
  for (int i = 15'000; i < 25'000; ++i) ASSERT_TRUE(ids.Contains(HashTaskId("t-" + std::to_string(i))));
  for (int i = 0; i < 15'000; ++i) ASSERT_FALSE(ids.Contains(HashTaskId("t-" + std::to_string(i))));
}

TEST(RememberedIdsTest, TheHashReachesTheDiskAndNeverChanges) {
  EXPECT_EQ(HashTaskId(""), 0xf52a15e9a9b5e89bULL);
  EXPECT_EQ(HashTaskId("t-abc"), HashTaskId("t-abc"));
  EXPECT_NE(HashTaskId("t-abc"), HashTaskId("t-abd"));
}

}  // namespace
}  // namespace assist::agent::journal
