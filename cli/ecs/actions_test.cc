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
  EXPECT_EQ(names.size(), 36u);
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
