#include "protocol/encoding/hex.h"

#include <gtest/gtest.h>

namespace assist::encoding {
namespace {

TEST(HexTest, WritesSmallDigitsAndReadsBoth) {
  EXPECT_EQ(HexEncode(std::string_view("\x00\x1f\xa0\xff", 4)), "001fa0ff");
  EXPECT_EQ(HexDecode("001fA0Ff").value(), std::string_view("\x00\x1f\xa0\xff", 4));
  EXPECT_EQ(HexDecode("").value(), "");
}

TEST(HexTest, RefusesHalfBytesAndOtherLetters) {
  for (const std::string_view text : {"0", "0g", "g0", "0x", " 0", "001"}) EXPECT_FALSE(HexDecode(text)) << text;
  EXPECT_FALSE(HexDecode(std::string_view("0011").substr(0, 3)));
}

}  // namespace
}  // namespace assist::encoding
