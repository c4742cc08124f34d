#include "cli/invocations/output_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::ElementsAre;

const Text kText(Language::kEnglish);

OutputGroups Filled(const std::vector<std::string>& outputs) {
  OutputGroups groups({});
  int number = 0;
  for (const std::string& output : outputs) groups.Add("mi-" + std::to_string(++number), output, 0);
  return groups;
}

TEST(OutputGroupsTest, EqualOutputsAreOneGroupAndTheLargestComesFirst) {
  const OutputGroups groups = Filled({"a\n", "b\n", "c\n", "b\n"});
  const auto sorted = groups.Sorted();
  ASSERT_EQ(sorted.size(), 3u);
  EXPECT_EQ(sorted[0]->output, "b\n");
  EXPECT_THAT(sorted[0]->machines, ElementsAre("mi-2", "mi-4"));
  EXPECT_EQ(sorted[1]->output, "a\n");
  EXPECT_EQ(sorted[2]->output, "c\n");
  EXPECT_EQ(groups.machines(), 4u);
}

TEST(OutputGroupsTest, BeyondTheBoundOnlyHashAndMachinesAreKept) {
  OutputGroups groups(OutputGroups::Options{10});
  groups.Add("mi-1", "12345678", 0);
  groups.Add("mi-2", "abc", 0);
  groups.Add("mi-3", "abc", 0);
  groups.Add("mi-4", "xy", 0);
  const auto sorted = groups.Sorted();
  ASSERT_EQ(sorted.size(), 3u);
  EXPECT_EQ(sorted[0]->output, std::nullopt);
  EXPECT_EQ(sorted[0]->size, 3);
  EXPECT_THAT(sorted[0]->machines, ElementsAre("mi-2", "mi-3"));
  EXPECT_EQ(sorted[1]->output, "12345678");
  EXPECT_EQ(sorted[2]->output, "xy") << "it still fits";
}

TEST(OutputGroupsTest, OutputsOfWhichADifferentPartIsLostAreNotTheSame) {
  OutputGroups groups({});
  groups.Add("mi-1", "a", 0);
  groups.Add("mi-2", "a", 7);
  EXPECT_EQ(groups.Sorted().size(), 2u);
}

TEST(OutputGroupsTest, OneLineSaysHowMuchIsTheSame) {
  EXPECT_EQ(GroupsLine(Filled({}), kText), "no machine has said anything");
  EXPECT_EQ(GroupsLine(Filled({"a", "a", "a"}), kText), "3 machines said the same");
  EXPECT_EQ(GroupsLine(Filled({"a", "a", "b"}), kText), "2 machines said the same; 1 differs");
  EXPECT_EQ(GroupsLine(Filled({"a", "b", "a", "c"}), kText), "2 machines said the same; 2 differ");
  EXPECT_EQ(GroupsLine(Filled({"a", "b"}), kText), "2 machines said different things");
}

TEST(OutputGroupsTest, AHeadingNamesAFewMachines) {
  const NameBook names({{"mi-1", "web-1", true}, {"mi-2", "web\x1b", true}});
  OutputGroup group;
  group.machines = {"mi-1", "mi-2", "mi-3", "mi-4"};
  group.size = 1;
  EXPECT_EQ(GroupHeading(group, names, Look{}), "== 4 machines: mi-3, mi-4, web-1, web\\x1b\n");
  group.machines.push_back("mi-5");
  EXPECT_EQ(GroupHeading(group, names, Look{}), "== 5 machines: mi-3, mi-4, mi-5 and 2 more\n");
  group.machines = {"mi-1"};
  group.size = 0;
  EXPECT_EQ(GroupHeading(group, names, Look{}), "== 1 machine: web-1 (no output)\n");
}

TEST(OutputGroupsTest, ASmallDifferenceIsShownAsOneAndALargeOneWhole) {
  std::string base;
  for (int i = 0; i < 100; ++i) base += "line " + std::to_string(i) + "\n";
  std::string other = base;
  other.replace(other.find("line 50\n"), 7, "line xx");
  EXPECT_EQ(GroupBody(other, &base, false, Look{}),
            "@@ -48,7 +48,7 @@\n line 47\n line 48\n line 49\n-line 50\n+line xx\n line 51\n line 52\n line 53\n");
  EXPECT_EQ(GroupBody("wholly different\n", &base, false, Look{}), "wholly different\n");
  EXPECT_EQ(GroupBody("12.4\n", nullptr, false, Look{}), "12.4\n");
}

TEST(OutputGroupsTest, OnlyRawLetsControlCharactersThrough) {
  EXPECT_EQ(GroupBody("\x1b[2J", nullptr, false, Look{}), "\\x1b[2J\n");
  EXPECT_EQ(GroupBody("\x1b[2J", nullptr, true, Look{}), "\x1b[2J\n");
  EXPECT_EQ(GroupBody("", nullptr, false, Look{}), "");
}

}  // namespace
}  // namespace assist::cli
