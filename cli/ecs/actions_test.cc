#include "cli/ecs/actions.h"

#include <gtest/gtest.h>

#include <set>

namespace assist::cli {
namespace {

TEST(ActionsTest, EachIsThereOnceWithASummary) {
  std::set<std::string_view> names;
  for (const Action& action : Actions()) {
    EXPECT_TRUE(names.insert(action.name).second) << action.name;
    EXPECT_FALSE(action.summary.empty()) << action.name;
    if (!action.example.empty()) {
      EXPECT_TRUE(action.example.starts_with(action.name)) << action.example;
    }
    if (!ChangesState(action.name)) {
      EXPECT_FALSE(action.client_token) << action.name;
    }
  }
  EXPECT_EQ(names.size(), 49u);
}

TEST(ActionsTest, OptionsAreWrittenAsTheyAreTyped) {
  const auto words = [](std::string_view name) {
    std::set<std::string> out;
    for (const ActionOption& option : OptionsOf(*FindAction(name))) {
      EXPECT_FALSE(option.note.english.empty() || option.note.chinese.empty()) << name << " " << option.word;
      EXPECT_TRUE(out.insert(option.word).second) << name << " " << option.word;
    }
    return out;
  };
  const auto run = words("RunCommand");
  for (const char* word : {"--CommandContent", "--Type", "--InstanceId", "--Tag.1.Key", "--Tag.1.Value", "--Timeout"}) {
    EXPECT_TRUE(run.contains(word)) << word;
  }
  EXPECT_FALSE(run.contains("--InstanceId.1")) << "a list of plain values needs no numbers";
  EXPECT_TRUE(words("DescribeInstances").contains("--InstanceIds"));
  for (const Action& action : Actions()) {
    for (const std::string& word : words(action.name)) {
      EXPECT_EQ(word.find_first_of(" ,\xE2"), std::string::npos) << action.name << " " << word;
    }
  }
}

TEST(ActionsTest, OnlyNamesThatReadAreTakenForReading) {
  EXPECT_FALSE(ChangesState("DescribeInvocations"));
  EXPECT_FALSE(ChangesState("ListTagResources"));
  EXPECT_TRUE(ChangesState("RunCommand"));
  EXPECT_TRUE(ChangesState("SomethingNew"));
}

TEST(ActionsTest, AMisspeltNameFindsItsNeighbour) {
  EXPECT_EQ(NearestAction("createcommand"), "CreateCommand");
  EXPECT_EQ(NearestAction("DescribeInvocation"), "DescribeInvocations");
  EXPECT_EQ(NearestAction("RunCommnad"), "RunCommand");
  EXPECT_EQ(NearestAction("DescribeDisks"), "");
  EXPECT_EQ(NearestAction("Foo"), "");
  EXPECT_EQ(NearestAction(std::string(100'000, 'a')), "");
}

}  // namespace
}  // namespace assist::cli
