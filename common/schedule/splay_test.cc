#include "common/schedule/splay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace assist {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(SplayTest, TheShareIsWithinItAndSpreadOverIt) {
  EXPECT_EQ(ShareOfSplay(seconds(0), "mi-a", "t-1"), milliseconds(0));
  EXPECT_EQ(ShareOfSplay(seconds(-5), "mi-a", "t-1"), milliseconds(0));
  milliseconds sum{0};
  milliseconds most{0};
  for (int i = 0; i < 10'000; ++i) {
    const milliseconds share = ShareOfSplay(seconds(10), "mi-" + std::to_string(i), "t-1");
    ASSERT_GE(share, milliseconds(0));
    ASSERT_LE(share, milliseconds(10'000));
    sum += share;
    most = std::max(most, share);
  }
  EXPECT_NEAR(static_cast<double>(sum.count()) / 10'000, 5000, 150);
  EXPECT_GT(most, milliseconds(9900));
}

TEST(SplayTest, AgentsAndServersOfAllVersionsAgreeOnIt) {
  EXPECT_EQ(ShareOfSplay(seconds(60), "mi-a", "t-1"), milliseconds(38'003));
  EXPECT_EQ(ShareOfSplay(seconds(86'400), "mi-b", "t-1"), milliseconds(70'156'914));
}

}  // namespace
}  // namespace assist
