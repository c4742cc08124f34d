#include "agent/trust/publishers.h"

#include <gtest/gtest.h>

namespace assist::agent::trust {
namespace {

package::PublisherKey Key(char c) { return {std::string(32, c)}; }

TEST(PublishersTest, WhatIsWrittenReadsBack) {
  Publishers publishers;
  ASSERT_TRUE(Add({"ops", Key('a'), true, false}, publishers));
  ASSERT_TRUE(Add({"", Key('b'), false, true}, publishers));
  const auto again = ParsePublishers(WritePublishers(publishers));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(*again, publishers);
}

TEST(PublishersTest, AKeyThatIsAddedAgainHasItsNewPurposesAndKeepsItsName) {
  Publishers publishers;
  ASSERT_TRUE(Add({"ops", Key('a'), true, false}, publishers));
  ASSERT_TRUE(Add({"", Key('a'), true, true}, publishers));
  ASSERT_EQ(publishers.size(), 1u);
  EXPECT_EQ(publishers[0], (Publisher{"ops", Key('a'), true, true}));
}

TEST(PublishersTest, OnlyWhatIsPinnedForTheKindMayPublish) {
  Publishers publishers;
  const Status nobody = MayPublish(publishers, Key('a'), package::Kind::kPackage);
  ASSERT_FALSE(nobody);
  EXPECT_NE(nobody.error().detail.find("no publisher is pinned"), std::string::npos);
  EXPECT_NE(nobody.error().detail.find("assist-agent trust add " + package::FormatKey(Key('a')) + " --for packages"),
            std::string::npos);
  ASSERT_TRUE(Add({"ops", Key('a'), true, false}, publishers));
  EXPECT_TRUE(MayPublish(publishers, Key('a'), package::Kind::kPackage));
  const Status agent = MayPublish(publishers, Key('a'), package::Kind::kAgent);
  ASSERT_FALSE(agent);
  EXPECT_NE(agent.error().detail.find("not for agent"), std::string::npos);
  EXPECT_FALSE(MayPublish(publishers, Key('b'), package::Kind::kPackage));
}

TEST(PublishersTest, OneIsRemovedByKeyIdOrName) {
  Publishers publishers;
  for (const char c : {'a', 'b', 'c', 'd'})
    ASSERT_TRUE(Add({c < 'c' ? "twin" : "one", Key(c), true, false}, publishers));
  publishers[3].name = "last";
  EXPECT_EQ(Remove("twin", publishers).error().code, Errc::kConflict);
  EXPECT_EQ(Remove("nobody", publishers).error().code, Errc::kNotFound);
  EXPECT_EQ(Remove("", publishers).error().code, Errc::kNotFound);
  EXPECT_TRUE(Remove(package::FormatKey(Key('a')), publishers));
  EXPECT_TRUE(Remove(package::KeyId(Key('b')), publishers));
  EXPECT_TRUE(Remove("last", publishers));
  ASSERT_EQ(publishers.size(), 1u);
  EXPECT_EQ(publishers[0].key, Key('c'));
}

TEST(PublishersTest, WrongTextsNameTheMember) {
  const auto why = [](std::string_view text) {
    const auto read = ParsePublishers(text);
    return read ? std::string() : read.error().detail;
  };
  EXPECT_NE(why("{").find("JSON"), std::string::npos);
  EXPECT_NE(why(R"({"Publishers":[{"Key":"rsa:x","For":[]}]})").find("Publishers[0].Key"), std::string::npos);
  const std::string key = package::FormatKey(Key('a'));
  EXPECT_NE(why(R"({"Publishers":[{"Key":")" + key + R"(","For":["root"]}]})").find("Publishers[0].For"),
            std::string::npos);
  EXPECT_EQ(why("{}"), "");
  std::string many = R"({"Publishers":[)";
  for (int i = 0; i < 65; ++i) {
    many += (i > 0 ? "," : "") + std::string(R"({"Key":")") + package::FormatKey(Key(static_cast<char>(i))) + "\"}";
  }
  EXPECT_NE(why(many + "]}").find("Publishers[64]"), std::string::npos);
}

TEST(PublishersTest, PurposesAreWords) {
  Publisher publisher;
  ASSERT_TRUE(ParseFor("agent,packages", publisher));
  EXPECT_EQ(ForWords(publisher), "packages,agent");
  ASSERT_TRUE(ParseFor("agent", publisher));
  EXPECT_EQ(ForWords(publisher), "agent");
  for (const char* wrong : {"", "agent,", "root", "packages agent"}) EXPECT_FALSE(ParseFor(wrong, publisher)) << wrong;
}

}  // namespace
}  // namespace assist::agent::trust
