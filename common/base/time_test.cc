#include "common/base/time.h"

#include <gtest/gtest.h>

namespace assist {
namespace {

TEST(TimeTest, FormatsSecondsOfUtc) {
  EXPECT_EQ(FormatIso8601(FromUnixMillis(1589187701999)), "2020-05-11T09:01:41Z");
  EXPECT_EQ(FormatIso8601Millis(FromUnixMillis(1589187701999)), "2020-05-11T09:01:41.999Z");
  EXPECT_EQ(FormatIso8601(FromUnixMillis(0)), "1970-01-01T00:00:00Z");
}

TEST(TimeTest, WhatWasFormattedParsesToTheSameSecond) {
  for (std::int64_t second = 0; second < 4'000'000'000; second += 12'345'678) {
    const auto time = FromUnixMillis(second * 1000);
    EXPECT_EQ(ParseIso8601(FormatIso8601(time)), time);
  }
}

TEST(TimeTest, OtherFormsAreRefused) {
  for (const char* text :
       {"", "2020-05-11", "2020-05-11T09:01:41", "2020-05-11T09:01:41+", "2020-13-11T09:01:41Z", "2020-02-30T09:01:41Z",
        "2020-05-11T24:01:41Z", "2020-05-11 09:01:41Z", "2020-05-11T09:0a:41Z", "20200-5-11T09:01:41Z"}) {
    EXPECT_FALSE(ParseIso8601(text)) << text;
  }
}

}  // namespace
}  // namespace assist
