#include "cli/run/names.h"

#include <gtest/gtest.h>

namespace assist::cli {
namespace {

TEST(NamesTest, APageOfMachinesIsRead) {
  const auto page = ParseMachinePage(
      R"({"RequestId":"R","Instances":[{"InstanceId":"mi-1","InstanceName":"web","Connected":true},{"InstanceId":"mi-2"}],)"
      R"("NextToken":"t","PageNumber":1,"PageSize":10,"TotalCount":2})");
  ASSERT_TRUE(page) << page.error().detail;
  ASSERT_EQ(page->machines.size(), 2u);
  EXPECT_EQ(page->machines[0].name, "web");
  EXPECT_TRUE(page->machines[0].connected);
  EXPECT_EQ(page->machines[1].name, "");
  EXPECT_EQ(page->next_token, "t");
  EXPECT_FALSE(ParseMachinePage("[]"));
  EXPECT_FALSE(ParseMachinePage(R"({"Instances":[{"InstanceName":"x"}]})"));
}

TEST(NamesTest, MachinesWithTheSameNameAreToldApartByTheirIds) {
  const NameBook book({{"mi-1", "web", true}, {"mi-2", "db", true}, {"mi-3", "web", false}, {"mi-4", "", true}});
  EXPECT_EQ(book.Shown("mi-1"), "web (mi-1)");
  EXPECT_EQ(book.Shown("mi-2"), "db");
  EXPECT_EQ(book.Shown("mi-3"), "web (mi-3)");
  EXPECT_EQ(book.Shown("mi-4"), "mi-4");
  EXPECT_EQ(book.Shown("mi-9"), "mi-9");
}

TEST(NamesTest, ANameCannotFakeALineOrMoveTheCursor) {
  const NameBook book({{"mi-1", "a\nb | ok\x1b[A", true}});
  EXPECT_EQ(book.Shown("mi-1"), "a\\nb | ok\\x1b[A");
  EXPECT_EQ(book.Shown("mi-\n2"), "mi-\\n2");
}

TEST(NamesTest, TheWidthCountsColumnsAndPassesOverLongNames) {
  const NameBook book({{"mi-1", "名前", true}, {"mi-2", "abc", true}, {"mi-3", std::string(50, 'x'), true}});
  EXPECT_EQ(book.Width(32), 4u);
  EXPECT_EQ(NameBook().Width(32), 0u);
}

}  // namespace
}  // namespace assist::cli
