#include "cli/verbs/targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::ElementsAre;
using testing::Pair;

const Text kText(Language::kEnglish);

std::vector<NamedMachine> Fleet() {
  return {{"mi-1", "web-1", true}, {"mi-2", "web-2", true}, {"mi-3", "web-2", false}, {"mi-4", "mi-1", true}};
}

Result<Targets> Read(const std::vector<std::string>& words) {
  static const VerbSpec kSpec = {.name = "x", .summary = msg::kLsSummary, .options = {TargetGroup()}};
  return ReadTargets(ParseVerb(kSpec, words, kText).value(), kText);
}

TEST(TargetsTest, ExactlyOneWayToChooseMachines) {
  EXPECT_FALSE(Read({}));
  EXPECT_THAT(Read({"-i", "mi-1,web-2"}).value().instances, ElementsAre("mi-1", "web-2"));
  EXPECT_THAT(Read({"-t", "a=b"}).value().tags, ElementsAre(Pair("a", "b")));
  EXPECT_TRUE(Read({"-a"}).value().all);
  EXPECT_FALSE(Read({"-i", "mi-1", "--all"}));
  EXPECT_FALSE(Read({"-i", "mi-1", "-t", "a=b"}));
}

TEST(TargetsTest, AWordIsAnIdOrAnUnambiguousName) {
  EXPECT_EQ(ChooseMachine("mi-2", Fleet(), kText).value(), "mi-2");
  EXPECT_EQ(ChooseMachine("web-1", Fleet(), kText).value(), "mi-1");
  EXPECT_EQ(ChooseMachine("mi-1", Fleet(), kText).value(), "mi-1") << "an id goes before a name";
  const auto several = ChooseMachine("web-2", Fleet(), kText);
  ASSERT_FALSE(several);
  EXPECT_EQ(several.error().code, Errc::kConflict);
  EXPECT_EQ(several.error().detail, "2 machines are called 'web-2': write an id instead (mi-2, mi-3)");
}

TEST(TargetsTest, NearOnesAreNamedForAWordThatIsNone) {
  const auto none = ChooseMachine("wbe-1", Fleet(), kText);
  EXPECT_EQ(none.error().code, Errc::kNotFound);
  EXPECT_EQ(none.error().detail, "there is no machine 'wbe-1'; see assist ls");
  EXPECT_EQ(ChooseMachine("web-3", Fleet(), kText).error().detail,
            "there is no machine 'web-3'; did you mean web-1, web-2?");
  EXPECT_EQ(ChooseMachine("a\x1b", {}, kText).error().detail, "there is no machine 'a\\x1b'; see assist ls");
}

TEST(TargetsTest, Fields) {
  EXPECT_THAT(TagFields("ResourceTag", {{"role", "web"}}),
              ElementsAre(Pair("ResourceTag.1.Key", "role"), Pair("ResourceTag.1.Value", "web")));
  EXPECT_THAT(InstanceFields({"a", "b"}), ElementsAre(Pair("InstanceId.1", "a"), Pair("InstanceId.2", "b")));
  EXPECT_TRUE(LooksLikeInstanceId("mi-1"));
  EXPECT_TRUE(LooksLikeInstanceId("i-1"));
  EXPECT_FALSE(LooksLikeInstanceId("web-1"));
}

}  // namespace
}  // namespace assist::cli
