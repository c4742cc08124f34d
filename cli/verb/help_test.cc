#include "cli/verb/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assist::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

VerbSpec Spec() {
  return {
      .name = "run",
      .summary = msg::kRunSummary,
      .usage = {"[OPTIONS] -- 'SCRIPT'"},
      .examples = {{"assist run --all -- 'uptime'", msg::kRunExampleAll}},
      .options = {{msg::kGroupWhere,
                   {
                       {"-i", "--instance", "MACHINE", msg::kRunOptInstance, Offer::kMachine, "", true},
                       {"", "--all", "", msg::kRunOptAll},
                   }}},
      .notes = {msg::kRunNoteInterrupt},
  };
}

TEST(VerbHelpTest, EverythingOfTheDeclarationIsThere) {
  const std::string help = VerbHelp(Spec(), "run", Text(Language::kEnglish), Style());
  EXPECT_THAT(help, HasSubstr("assist run - run a script on machines and watch its output\n"));
  EXPECT_THAT(help, HasSubstr("\nUsage:\n  assist run [OPTIONS] -- 'SCRIPT'\n"));
  EXPECT_THAT(help, HasSubstr("\n  # on all machines\n  assist run --all -- 'uptime'\n"));
  EXPECT_THAT(help, HasSubstr("\nWhere:\n"
                              "  -i, --instance MACHINE...  machines by id or name (see: assist ls)\n"
                              "      --all                  all registered machines\n"));
  EXPECT_THAT(help, HasSubstr("--lang LANGUAGE"));
  EXPECT_THAT(help, HasSubstr("Ctrl-C leaves the run going"));
  EXPECT_THAT(help, HasSubstr("Exit codes: 0"));
  EXPECT_THAT(help, Not(HasSubstr("\x1b")));
}

TEST(VerbHelpTest, ItSpeaksChineseAndInColours) {
  const std::string help = VerbHelp(Spec(), "run", Text(Language::kChinese), Style(true));
  EXPECT_THAT(help, HasSubstr("在哪些机器上"));
  EXPECT_THAT(help, HasSubstr("\x1b[1m"));
  EXPECT_THAT(help, Not(HasSubstr("registered")));
}

}  // namespace
}  // namespace assist::cli
