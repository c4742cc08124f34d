#include "cli/answer/pretty_json.h"

#include <gtest/gtest.h>

#include "protocol/json/json.h"

namespace assist::cli {
namespace {

TEST(PrettyJsonTest, IndentsAndKeepsOrderNumbersAndEscapes) {
  EXPECT_EQ(PrettyJson(R"({"B":1.50,"A":[{"x":"a,b:{\"\\"},[],{ }],"N":null,"U":"\u00e9é"})"),
            R"({
    "B": 1.50,
    "A": [
        {
            "x": "a,b:{\"\\"
        },
        [],
        {}
    ],
    "N": null,
    "U": "\u00e9é"
}
)");
}

TEST(PrettyJsonTest, TextThatIsIndentedAlreadyComesOutTheSame) {
  const std::string once = PrettyJson(R"({"A":[1,{"B":""}]})");
  EXPECT_EQ(PrettyJson(once), once);
}

TEST(PrettyJsonTest, WhatATerminalObeysIsEscaped) {
  EXPECT_EQ(PrettyJson("\"\xc2\x9b"
                       "31m\""),
            "\"\\u009b31m\"\n");
  EXPECT_EQ(PrettyJson("\"\x1b[0m\""), "\"\\u001b[0m\"\n");
  EXPECT_EQ(PrettyJson("\"\xe9\""), "\"\xef\xbf\xbd\"\n");
}

TEST(PrettyJsonTest, TextThatIsNoJsonEndsToo) {
  EXPECT_EQ(PrettyJson(""), "\n");
  EXPECT_EQ(PrettyJson("\"open"), "\"open\n");
  EXPECT_EQ(PrettyJson("\"\\"), "\"\\\n");
  EXPECT_EQ(PrettyJson("}"), "\n}\n");
  EXPECT_LT(PrettyJson(std::string(100'000, '[')).size(), 100'000u * 300);
}

}  // namespace
}  // namespace assist::cli
