#include "agent/link/backoff.h"

#include <gtest/gtest.h>

namespace assist::agent::link {
namespace {

TEST(BackoffTest, PausesDoubleWithJitterUpToTheirBound) {
  SeededRandom random(1);
  Backoff backoff(Backoff::Options{});
  std::int64_t bound = 500;
  for (int i = 0; i < 12; ++i) {
    const auto pause = backoff.Next(random).count();
    EXPECT_GE(pause, bound / 2);
    EXPECT_LE(pause, bound);
    bound = std::min<std::int64_t>(bound * 2, 60000);
  }
  backoff.Reset();
  EXPECT_LE(backoff.Next(random).count(), 500);
  Backoff other(Backoff::Options{});
  SeededRandom second(2);
  SeededRandom first(1);
  Backoff again(Backoff::Options{});
  EXPECT_NE(other.Next(second), again.Next(first)) << "two agents do not come back together";
}

}  // namespace
}  // namespace assist::agent::link
