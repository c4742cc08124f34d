#include "protocol/json/reader.h"

#include <gtest/gtest.h>

namespace assist::json {
namespace {

TEST(ReaderTest, ReadsTypedMembers) {
  const auto object = ParseObject(R"({"s":"x","i":-3,"b":true,"n":null,"o":{"k":"v"},"l":["a","b"]})").value();
  Reader in(object);
  EXPECT_EQ(in.String("s"), "x");
  EXPECT_EQ(in.Int("i", -3, 0), -3);
  EXPECT_TRUE(in.Bool("b"));
  EXPECT_EQ(in.StringOr("n", "fallback"), "fallback");
  EXPECT_EQ(in.IntOr("absent", 7), 7);
  EXPECT_FALSE(in.BoolOr("absent", false));
  EXPECT_EQ(in.Child("o")->String("k"), "v");
  EXPECT_FALSE(in.Child("n"));
  EXPECT_EQ(in.Strings("l"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(in.Has("s"));
  EXPECT_FALSE(in.Has("n"));
  EXPECT_TRUE(in.status());
}

std::string FirstError(std::string_view text, void (*read)(Reader&)) {
  const auto value = Parse(text).value();
  Reader in(value);
  read(in);
  return in.status() ? "" : in.status().error().detail;
}

TEST(ReaderTest, TheErrorNamesTheMember) {
  EXPECT_EQ(FirstError("{}", [](Reader& in) { in.String("a"); }), "a: missing");
  EXPECT_EQ(FirstError(R"({"a":1})", [](Reader& in) { in.String("a"); }), "a: not a text");
  EXPECT_EQ(FirstError(R"({"a":"1"})", [](Reader& in) { in.Int("a"); }), "a: not a whole number");
  EXPECT_EQ(FirstError(R"({"a":1.5})", [](Reader& in) { in.Int("a"); }), "a: not a whole number");
  EXPECT_EQ(FirstError(R"({"a":18446744073709551615})", [](Reader& in) { in.Int("a"); }), "a: too large");
  EXPECT_EQ(FirstError(R"({"a":9})", [](Reader& in) { in.Int("a", 1, 8); }), "a: not between 1 and 8");
  EXPECT_EQ(FirstError(R"({"a":0})", [](Reader& in) { in.BoolOr("a", true); }), "a: not true or false");
  EXPECT_EQ(FirstError(R"({"a":[1]})", [](Reader& in) { in.Strings("a"); }), "a[0]: not a text");
  EXPECT_EQ(FirstError(R"({"a":{}})", [](Reader& in) { in.Strings("a"); }), "a: not an array");
  EXPECT_EQ(FirstError(R"({"a":{"b":{}}})", [](Reader& in) { in.Child("a")->Child("b")->Int("c"); }), "a.b.c: missing");
  EXPECT_EQ(FirstError("[]", [](Reader&) {}), "document: not an object");
  EXPECT_EQ(FirstError(R"({"a":[]})", [](Reader& in) { in.Child("a"); }), "a: not an object");
}

TEST(ReaderTest, TheFirstErrorOfAListIsKeptWithItsPlace) {
  EXPECT_EQ(FirstError(R"({"t":[{"x":1},{"x":"2"},{}]})",
                       [](Reader& in) { in.Each("t", [](Reader& item) { item.Int("x"); }); }),
            "t[1].x: not a whole number");
  EXPECT_EQ(FirstError(R"({"t":[{},3]})", [](Reader& in) { in.Each("t", [](Reader&) {}); }), "t[1]: not an object");
}

TEST(ReaderTest, AfterAnErrorEverythingIsEmpty) {
  const auto object = ParseObject(R"({"s":"x"})").value();
  Reader in(object);
  in.Refuse("s", "not wanted here");
  EXPECT_EQ(in.String("s"), "");
  EXPECT_EQ(in.Error().value().detail, "s: not wanted here");
  EXPECT_EQ(in.Error().value().code, Errc::kInvalid);
}

}  // namespace
}  // namespace assist::json
