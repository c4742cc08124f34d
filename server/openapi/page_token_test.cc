#include "server/openapi/page_token.h"

#include <gtest/gtest.h>

#include <limits>

namespace assist::server::openapi {
namespace {

constexpr std::string_view kFilter = "12345678 and more";

TEST(PageTokenTest, GivesThePositionBack) {
  for (const std::int64_t key : {std::int64_t{0}, std::int64_t{1}, std::numeric_limits<std::int64_t>::max()}) {
    const std::string token = WritePageToken({key}, kFilter);
    EXPECT_EQ(token.find_first_not_of("0123456789abcdefp"), std::string::npos);
    ASSERT_TRUE(ReadPageToken(token, kFilter));
    EXPECT_EQ(ReadPageToken(token, kFilter)->key, key);
    const model::Position within{7, key};
    EXPECT_EQ(ReadPageToken(WritePageToken(within, kFilter), kFilter), within);
  }
}

TEST(PageTokenTest, RefusesWhatIsNotItsOwn) {
  const std::string token = WritePageToken({7}, kFilter);
  EXPECT_FALSE(ReadPageToken(token, "87654321"));
  for (const std::string& text : {std::string(), token.substr(1), token + "00", token.substr(0, token.size() - 2),
                                  std::string("p2"), std::string("p2zz"), std::string("2")}) {
    EXPECT_FALSE(ReadPageToken(text, kFilter)) << text;
  }
}

}  // namespace
}  // namespace assist::server::openapi
