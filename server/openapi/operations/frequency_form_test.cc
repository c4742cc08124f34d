#include "server/openapi/operations/frequency_form.h"

#include <gtest/gtest.h>

namespace assist::server::openapi {
namespace {

TEST(FrequencyFormTest, KnowsTheThreeForms) {
  for (const auto* text :
       {"rate(5m)", "rate(60s)", "rate(7d)", "rate(168h)", "at(2020-01-01 10:00:00)", "at(2020-01-01 10:00:00 UTC)",
        "at(2020-01-01 10:00:00 GMT+8:00)", "0 */10 * * * *", "0 30 21 * * *", "0 10 1 * * 6,0", "0 0,30 18-23 * * *",
        "0 0 12 ? * WED 2022 Asia/Shanghai", "0 0 0 LW JAN ? UTC", "0 0 12 * * 4#2 */2"}) {
    EXPECT_TRUE(IsFrequencyForm(text)) << text;
  }
}

TEST(FrequencyFormTest, RefusesTheRest) {
  for (const auto* text : {"", "abc", "rate()", "rate(5)", "rate(m)", "rate(59s)", "rate(8d)", "rate(-5m)", "rate(5y)",
                           "rate(5m", "at()", "at(tomorrow)", "at(2020-01-01)", "at(2020-01-01 10:00:00 )", "* * * * *",
                           "a b c d e f", "0 0 0 0 0 0 0 0 0", "0 0 ; * * *"}) {
    EXPECT_FALSE(IsFrequencyForm(text)) << text;
  }
}

}  // namespace
}  // namespace assist::server::openapi
