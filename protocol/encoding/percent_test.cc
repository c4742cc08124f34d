#include "protocol/encoding/percent.h"

#include <gtest/gtest.h>

namespace assist::encoding {
namespace {

TEST(PercentTest, EncodesAsTheSignaturesWantIt) {
  EXPECT_EQ(PercentEncode("AZaz09-_.~"), "AZaz09-_.~");
  EXPECT_EQ(PercentEncode(" *!'()+/=&%:"), "%20%2A%21%27%28%29%2B%2F%3D%26%25%3A");
  EXPECT_EQ(PercentEncode("中"), "%E4%B8%AD");
  EXPECT_EQ(PercentEncode(std::string_view("\0\x7f", 2)), "%00%7F");
}

TEST(PercentTest, DecodingUndoesEncodingForEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(PercentDecode(PercentEncode(bytes)), bytes);
  EXPECT_EQ(PercentDecode("a+b%2a%2A"), "a+b**");
}

TEST(PercentTest, ABrokenEscapeStaysAsItIs) {
  for (const std::string_view text : {"%", "%4", "%4g", "%g4", "a%", "%%"}) EXPECT_EQ(PercentDecode(text), text);
  EXPECT_EQ(PercentDecode("%%41"), "%A");
}

}  // namespace
}  // namespace assist::encoding
