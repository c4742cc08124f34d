#include "server/openapi/parameters.h"

#include <gtest/gtest.h>

#include "common/base/random.h"

namespace assist::server::openapi {
namespace {

using Texts = std::vector<std::string>;

Parameters From(std::string_view query, std::string_view form = "") {
  return {encoding::ParseForm(query), encoding::ParseForm(form)};
}

Texts Instances(std::string_view query) {
  bool malformed = false;
  auto ids = From(query).Instances(malformed);
  EXPECT_FALSE(malformed);
  return ids;
}

TEST(ParametersTest, TheFormWinsOverTheQueryAndTheLastOverTheFirst) {
  const auto parameters = From("a=1&b=2&b=3&c=4", "c=5&d=6");
  EXPECT_EQ(parameters.all(), (encoding::FormFields{{"a", "1"}, {"b", "3"}, {"c", "5"}, {"d", "6"}}));
  EXPECT_EQ(parameters.Get("c"), "5");
  EXPECT_EQ(parameters.Find("e"), nullptr);
}

TEST(ParametersTest, ListsAreOrderedByNumberAndCloseGaps) {
  EXPECT_EQ(From("X.10=j&X.2=b&X.1=a&X.7=&X.0=z&X.01=z&X.a=z&X.3.Key=z&X.99999999=z&X=z&XY.1=z").List("X"),
            (Texts{"a", "b", "j"}));
}

TEST(ParametersTest, PairsKeepWhatIsMissing) {
  const auto pairs = From("Tag.2.Value=v&Tag.1.Key=k&Tag.3.Key=l&Tag.3.Value=&Tag.4.Other=x").Pairs("Tag");
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[0].key, "k");
  EXPECT_FALSE(pairs[0].value);
  EXPECT_FALSE(pairs[1].key);
  EXPECT_EQ(pairs[2].value, "");
}

TEST(ParametersTest, InstancesComeInFiveForms) {
  EXPECT_EQ(Instances("InstanceId.2=i-b&InstanceId.1=i-a"), (Texts{"i-a", "i-b"}));
  EXPECT_EQ(Instances("InstanceIds.1=i-a&InstanceIds.2=i-b"), (Texts{"i-a", "i-b"}));
  EXPECT_EQ(Instances("InstanceIds=%5B%22i-a%22%2C%22i-b%22%5D"), (Texts{"i-a", "i-b"}));
  EXPECT_EQ(Instances("InstanceIds=%5B'i-a'%2C 'i-b'%5D"), (Texts{"i-a", "i-b"}));
  EXPECT_EQ(Instances("InstanceIds=i-a, i-b,"), (Texts{"i-a", "i-b"}));
  EXPECT_EQ(Instances("InstanceId=i-a"), (Texts{"i-a"}));
  EXPECT_EQ(Instances(""), Texts{});
}

TEST(ParametersTest, TheFirstFormWins) {
  EXPECT_EQ(Instances("InstanceId=e&InstanceIds=d&InstanceIds.1=b&InstanceId.1=aa"), (Texts{"aa"}));
  EXPECT_EQ(Instances("InstanceId=e&InstanceIds=d&InstanceIds.1=b"), (Texts{"b"}));
  EXPECT_EQ(Instances("InstanceId=e&InstanceIds=d"), (Texts{"d"}));
}

TEST(ParametersTest, SingleLettersAreOneId) {
  EXPECT_EQ(Instances("InstanceId.1=i&InstanceId.2=-&InstanceId.3=a&InstanceId.4=b"), (Texts{"i-ab"}));
  EXPECT_EQ(Instances("InstanceId.1=a&InstanceId.2=b&InstanceId.3=c"), (Texts{"a", "b", "c"}));
}

TEST(ParametersTest, AnInstanceNamedTwiceCountsOnce) {
  EXPECT_EQ(Instances("InstanceId.1=i-a&InstanceId.2=i-b&InstanceId.3=i-a"), (Texts{"i-a", "i-b"}));
}

TEST(ParametersTest, ABrokenJsonListIsNamed) {
  for (const auto* query : {"InstanceIds=[", "InstanceIds=[1]", "InstanceIds=[\"a\",[]]", "InstanceIds=[[[\"a\"]]]"}) {
    bool malformed = false;
    EXPECT_TRUE(From(query).Instances(malformed).empty());
    EXPECT_TRUE(malformed) << query;
  }
}

TEST(ParametersTest, RandomBytesNeverCrash) {
  SeededRandom random(11);
  static constexpr std::string_view kPieces[] = {"InstanceId", "InstanceIds", "Tag", ".", "1", "0",   "99999999999",
                                                 "Key",        "Value",       "=",   "&", "[", "\"",  "]",
                                                 "%",          "%5B",         "'",   ",", "+", "\xff"};
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto left = random.Below(25); left > 0; --left) text += kPieces[random.Below(std::size(kPieces))];
    const auto parameters = From(text, text.substr(text.size() / 2));
    bool malformed = false;
    const auto ids = parameters.Instances(malformed);
    EXPECT_LE(ids.size(), text.size());
    EXPECT_LE(parameters.Pairs("Tag").size(), text.size());
  }
}

TEST(ParametersTest, ManyFieldsOfOneFilterAreReadOnce) {
  encoding::FormFields form = {{"TagFilter.1.TagKey", "k"}};
  for (int i = 0; i < 200'000; ++i) form.emplace_back("TagFilter.1.TagValues.0" + std::to_string(i), "v");
  const auto filters = Parameters({}, std::move(form)).Filters("TagFilter");  // for ever, if each field looked at all
  ASSERT_EQ(filters.size(), 1u);
  EXPECT_TRUE(filters[0].values.empty());
}

}  // namespace
}  // namespace assist::server::openapi
