#include "server/model/address_range.h"

#include <gtest/gtest.h>

namespace assist::server::model {
namespace {

TEST(AddressRangeTest, ABlockHoldsItsAddressesAndNoOther) {
  EXPECT_TRUE(IsInRange("10.1.2.3", "10.0.0.0/8"));
  EXPECT_FALSE(IsInRange("11.1.2.3", "10.0.0.0/8"));
  EXPECT_TRUE(IsInRange("192.168.1.127", "192.168.1.0/25"));
  EXPECT_FALSE(IsInRange("192.168.1.128", "192.168.1.0/25"));
  EXPECT_TRUE(IsInRange("1.2.3.4", "0.0.0.0/0"));
  EXPECT_TRUE(IsInRange("fd00::1", "fd00::/8"));
  EXPECT_FALSE(IsInRange("fe80::1", "fd00::/8"));
}

TEST(AddressRangeTest, AnAddressAloneHoldsItself) {
  EXPECT_TRUE(IsInRange("10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(IsInRange("10.0.0.2", "10.0.0.1"));
  EXPECT_TRUE(IsInRange("::ffff:10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(IsInRange("::1", "127.0.0.1"));
}

TEST(AddressRangeTest, WhatIsNoRangeIsRefused) {
  for (const char* range :
       {"", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "fd00::/129", "x"}) {
    EXPECT_FALSE(IsAddressRange(range)) << range;
    EXPECT_FALSE(IsInRange("10.0.0.1", range)) << range;
  }
}

}  // namespace
}  // namespace assist::server::model
