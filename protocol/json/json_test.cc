#include "protocol/json/json.h"

#include <gtest/gtest.h>

#include "common/base/random.h"

namespace assist::json {
namespace {

TEST(JsonTest, WritesCompactRawUtf8) {
  Object object;
  object["a"] = "中\"\\\n";
  object["b"] = Array{1, true, nullptr};
  EXPECT_EQ(Write(object), R"({"a":"中\"\\\n","b":[1,true,null]})");
  EXPECT_EQ(Write(ParseObject(Write(object)).value()), Write(object));
}

TEST(JsonTest, RefusesWhatIsNotJson) {
  for (const std::string_view text :
       {"", "{", "{}x", "{'a':1}", "{\"a\":1,}", "// c\n{}", "\"\xff\"", "nul", "[1 2]"}) {
    const auto value = Parse(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, Errc::kInvalid);
  }
  EXPECT_FALSE(ParseObject("[1]"));
}

TEST(JsonTest, RefusesWhatIsTooDeep) {
  EXPECT_TRUE(Parse(std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(Parse(std::string(33, '[') + std::string(33, ']')));
  EXPECT_FALSE(Parse(std::string(1'000'000, '[')));
}

TEST(JsonTest, RandomBytesNeverCrash) {
  SeededRandom random(5);
  static constexpr std::string_view kLetters = "{}[]\",:0123456789.eE+-tfn\\u \xff";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto left = random.Below(40); left > 0; --left) text += kLetters[random.Below(kLetters.size())];
    if (const auto value = Parse(text)) {
      EXPECT_FALSE(Write(*value).empty()) << text;
    }
  }
}

}  // namespace
}  // namespace assist::json
