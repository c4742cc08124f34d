#include "server/openapi/nonce_window.h"

#include <gtest/gtest.h>

namespace assist::server::openapi {
namespace {

using std::chrono::seconds;
using Use = NonceWindow::Use;

constexpr SteadyTime kStart{std::chrono::hours(1)};

TEST(NonceWindowTest, ANonceIsGoodOnceForEachKey) {
  NonceWindow window(seconds(60), 10, 10);
  EXPECT_EQ(window.Take("ak", "n", kStart), Use::kFresh);
  EXPECT_EQ(window.Take("ak", "n", kStart), Use::kUsed);
  EXPECT_EQ(window.Take("ak", "m", kStart), Use::kFresh);
  EXPECT_EQ(window.Take("other", "n", kStart), Use::kFresh);
  EXPECT_EQ(window.Take("a", "kn", kStart), Use::kFresh);
}

TEST(NonceWindowTest, NothingIsForgottenBeforeItsTime) {
  NonceWindow window(seconds(60), 2, 2);
  EXPECT_EQ(window.Take("ak", "1", kStart), Use::kFresh);
  EXPECT_EQ(window.Take("ak", "2", kStart + seconds(1)), Use::kFresh);
  EXPECT_EQ(window.Take("ak", "3", kStart + seconds(59)), Use::kFull);
  EXPECT_EQ(window.Take("ak", "1", kStart + seconds(59)), Use::kUsed);
  EXPECT_EQ(window.Take("ak", "3", kStart + seconds(60)), Use::kFresh);
  EXPECT_EQ(window.Take("ak", "2", kStart + seconds(60)), Use::kUsed);
  EXPECT_EQ(window.size(), 2u);
}

TEST(NonceWindowTest, OneKeyCannotFillItForAll) {
  NonceWindow window(seconds(60), 10, 2);
  EXPECT_EQ(window.Take("ak", "1", kStart), Use::kFresh);
  EXPECT_EQ(window.Take("ak", "2", kStart), Use::kFresh);
  EXPECT_EQ(window.Take("ak", "3", kStart), Use::kFull);
  EXPECT_EQ(window.Take("other", "3", kStart), Use::kFresh);
  EXPECT_EQ(window.Take("ak", "3", kStart + seconds(60)), Use::kFresh);
}

}  // namespace
}  // namespace assist::server::openapi
