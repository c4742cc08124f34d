#include "common/posix/random_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace assist {
namespace {

TEST(RandomBytesTest, BothSourcesFillAllBytesDifferentlyEachTime) {
  std::array<std::uint8_t, 300> a{};
  std::array<std::uint8_t, 300> b{};
  std::array<std::uint8_t, 300> c{};
  ASSERT_TRUE(FillRandomly(a));
  ASSERT_TRUE(FillFromDevice(b));
  ASSERT_TRUE(FillFromDevice(c));
  EXPECT_NE(a, b);
  EXPECT_NE(b, c);
  // A source that stops early leaves a tail of zeros: chance does so once in 2^160.
  for (const auto& bytes : {a, b, c}) {
    const std::array<std::uint8_t, 20> zeros{};
    EXPECT_FALSE(std::equal(zeros.begin(), zeros.end(), bytes.end() - 20));
  }
}

TEST(RandomBytesTest, WithoutADeviceItSaysSo) {
  std::array<std::uint8_t, 8> bytes{};
  EXPECT_FALSE(FillFromDevice(bytes, "/nonexistent/urandom"));
  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(FillFromDevice(bytes, "/dev/null"));
  EXPECT_EQ(errno, EIO);
}

}  // namespace
}  // namespace assist
