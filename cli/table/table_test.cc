#include "cli/table/table.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cli/text/width.h"

namespace assist::cli {
namespace {

Look Wide(std::size_t columns) {
  Look look;
  look.columns = columns;
  return look;
}

Table Machines() {
  Table table({{"ID"}, {"NAME", 6}, {"TAGS", 5, 2}, {"RUNS", 4, 1, true}});
  table.Add({"mi-1", "web-frontend-1", "role=web, zone=north", "7"});
  table.Add({"mi-22", "机器名称很长的一台", "", "1200"});
  return table;
}

TEST(TableTest, WithRoomEveryColumnIsAsWideAsItsWidestCell) {
  EXPECT_EQ(Machines().Render(Wide(80), {}),
            "ID     NAME                TAGS                  RUNS\n"
            "mi-1   web-frontend-1      role=web, zone=north     7\n"
            "mi-22  机器名称很长的一台  -                     1200\n");
}

TEST(TableTest, WithoutRoomTheWidestAreShortenedFirst) {
  Table table = Machines();
  EXPECT_EQ(table.Render(Wide(41), {}),
            "ID     NAME           TAGS           RUNS\n"
            "mi-1   web-frontend…  role=web, zo…     7\n"
            "mi-22  机器名称很长…  -              1200\n");
  EXPECT_TRUE(table.left_out().empty());
}

TEST(TableTest, NoLineIsWiderThanTheTerminal) {
  for (std::size_t columns = 14; columns < 60; ++columns) {
    std::istringstream lines(Machines().Render(Wide(columns), {}));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(DisplayWidth(line), columns) << line;
  }
}

TEST(TableTest, WhenShorteningIsNotEnoughColumnsAreLeftOutAndNamed) {
  Table table = Machines();
  EXPECT_EQ(table.Render(Wide(19), {}),
            "ID     NAME    RUNS\n"
            "mi-1   web-f…     7\n"
            "mi-22  机器…   1200\n");
  EXPECT_EQ(table.left_out(), std::vector<std::string>{"TAGS"});
  EXPECT_EQ(table.Render(Wide(13), {}),
            "ID     NAME\n"
            "mi-1   web-f…\n"
            "mi-22  机器…\n");
  EXPECT_EQ(table.left_out(), (std::vector<std::string>{"RUNS", "TAGS"}));
}

TEST(TableTest, WideLeavesAllAsItIs) {
  Table table = Machines();
  EXPECT_EQ(table.Render(Wide(20), {true, true}), Machines().Render(Wide(80), {}));
  EXPECT_TRUE(table.left_out().empty());
}

TEST(TableTest, APipeGetsWholeValuesBetweenTabs) {
  EXPECT_EQ(Machines().Render(Look{}, {}),
            "ID\tNAME\tTAGS\tRUNS\n"
            "mi-1\tweb-frontend-1\trole=web, zone=north\t7\n"
            "mi-22\t机器名称很长的一台\t-\t1200\n");
  EXPECT_EQ(Machines().Render(Look{}, {false, false}),
            "mi-1\tweb-frontend-1\trole=web, zone=north\t7\n"
            "mi-22\t机器名称很长的一台\t-\t1200\n");
}

TEST(TableTest, WhatMachinesSayCannotBreakTheTable) {
  Table table({{"NAME"}, {"TAGS"}});
  table.Add({"a\x1b[2Jb", "x\ty\nz"});
  EXPECT_EQ(table.Render(Wide(80), {false, false}), "a\\x1b[2Jb  x\\ty\\nz\n");
  EXPECT_EQ(table.Render(Look{}, {false, false}), "a\\x1b[2Jb\tx\\ty\\nz\n");
}

TEST(TableTest, ColoursTakeNoRoom) {
  Table table({{"A"}, {"B"}});
  table.Add({Cell("on", Tone::kGood), "x"});
  table.Add({Cell("offline", Tone::kCareful), "y"});
  Look look = Wide(80);
  look.style = Style(true);
  EXPECT_EQ(table.Render(look, {false, false}),
            "\x1b[32mon\x1b[0m       x\n"
            "\x1b[33moffline\x1b[0m  y\n");
}

TEST(FactsTest, NamesStandInAColumnAndLongValuesGoOnBelow) {
  Facts facts;
  facts.Add("Id", "t-1");
  facts.Add("名称", "a\nb\x1b");
  EXPECT_EQ(facts.Render(Wide(80)),
            "Id    t-1\n"
            "名称  a\n"
            "      b\\x1b\n");
}

}  // namespace
}  // namespace assist::cli
