#include "protocol/wire/ping.h"

#include <gtest/gtest.h>

namespace assist::wire {
namespace {

TEST(PingTest, MemoryIsToldAndRead) {
  EXPECT_EQ(PingText(0), "keepalive");
  EXPECT_EQ(PingText(-1), "keepalive");
  EXPECT_EQ(PingText(12'345'678), "keepalive memory=12345678");
  for (const std::int64_t memory : {std::int64_t{1}, std::int64_t{4'096}, std::int64_t{1} << 41}) {
    EXPECT_EQ(MemoryOfPing(PingText(memory)), memory);
  }
}

TEST(PingTest, AnythingElseTellsNothing) {
  for (const char* payload :
       {"", "keepalive", "keepalive ", "keepalive memory=", "keepalive memory=0", "keepalive memory=-5",
        "keepalive memory=5 ", "keepalive memory=5x", "keepalive memory=99999999999999999999", "memory=5",
        "keepalive memory=4398046511104", "KEEPALIVE MEMORY=5"}) {
    EXPECT_EQ(MemoryOfPing(payload), 0) << payload;
  }
}

}  // namespace
}  // namespace assist::wire
