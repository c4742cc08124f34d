#include "cli/commands/command_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using testing::HasSubstr;

const Text kText(Language::kEnglish);

std::vector<CommandRow> Rows() {
  std::vector<CommandRow> rows;
  const auto page = json::ParseObject(R"({"Commands":{"Command":[
    {"CommandId":"c-1","Name":"deploy","Type":"RunShellScript","CommandContent":"ZWNobyAbIHt7bmFtZX19Cg==","Timeout":60,
     "InvokeTimes":3,"CreationTime":"2026-03-01T00:00:00Z","Description":"d","WorkingDir":"/x",
     "ParameterNames":{"ParameterName":["name"]},"Tags":{"Tag":[{"TagKey":"a","TagValue":"b"}]}},
    {"CommandId":"c-2","Name":"twice"},{"CommandId":"c-3","Name":"twice"}]}})");
  EXPECT_TRUE(ReadCommands(page.value(), rows));
  return rows;
}

TEST(CommandListTest, AWordIsAnIdOrAnUnambiguousName) {
  EXPECT_EQ(ChooseCommand("c-1", Rows(), kText)->id, "c-1");
  EXPECT_EQ(ChooseCommand("deploy", Rows(), kText)->id, "c-1");
  EXPECT_EQ(ChooseCommand("twice", Rows(), kText).error().detail,
            "2 commands are called 'twice': write an id instead (c-2, c-3)");
  EXPECT_EQ(ChooseCommand("deplyo", Rows(), kText).error().detail,
            "there is no command 'deplyo'; did you mean deploy?");
  EXPECT_EQ(ChooseCommand("zzzz", Rows(), kText).error().code, Errc::kNotFound);
}

TEST(CommandListTest, TableFactsAndJson) {
  EXPECT_EQ(CommandTable({Rows()[0]}, Look{}).Render(Look{}, {false, false}),
            "c-1\tdeploy\tRunShellScript\t60\t3\tname\t2026-03-01T00:00:00Z\td\n");
  const std::string facts = CommandFacts(Rows()[0], Look{});
  EXPECT_THAT(facts, HasSubstr("echo \\x1b {{name}}\n"));
  EXPECT_THAT(facts, HasSubstr("a=b\n"));
  const auto list = json::ParseObject(CommandsJson(Rows())).value();
  EXPECT_EQ(list.at("TotalCount").as_int64(), 3);
  EXPECT_EQ(list.at("Commands").as_array()[0].as_object().if_contains("CommandContent"), nullptr);
  EXPECT_THAT(CommandJson(Rows()[0]), HasSubstr(R"("CommandContent":"ZWNobyAbIHt7bmFtZX19Cg==")"));
}

TEST(CommandListTest, AnAnswerThatIsNoneIsRefused) {
  std::vector<CommandRow> rows;
  EXPECT_FALSE(ReadCommands(json::ParseObject("{}").value(), rows));
}

}  // namespace
}  // namespace assist::cli
