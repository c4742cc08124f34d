#include "cli/service/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/ecs/actions.h"
#include "cli/ecs/arguments.h"
#include "cli/run/options.h"
#include "cli/schedule/options.h"

namespace assist::cli {
namespace {

using ::testing::HasSubstr;

/// Words as a shell would part them: blanks, and single quotes.
std::vector<std::string> Split(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  bool any = false;
  for (const char c : line) {
    if (c == '\'') {
      quoted = !quoted;
      any = true;
    } else if (c == ' ' && !quoted) {
      if (any) words.push_back(word);
      word.clear();
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (any) words.push_back(word);
  return words;
}

/// The lines of `help` that begin with `prefix`, without it and without what is parted from them by three blanks.
std::vector<std::string> Examples(const std::string& help, const std::string& prefix) {
  std::vector<std::string> found;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(prefix) || line.find("...") != std::string::npos) continue;
    line = line.substr(prefix.size());
    found.push_back(line.substr(0, line.find("   ")));
  }
  return found;
}

TEST(HelpTest, TheExamplesOfEcsAreUnderstood) {
  const auto examples = Examples(EcsHelp(""), "  assist ecs ");
  EXPECT_GE(examples.size(), 4u);
  for (const std::string& example : examples) {
    const auto words = Split(example);
    const auto call = ParseEcs(words);
    EXPECT_TRUE(call) << example << ": " << call.error().detail;
  }
  for (const Action& action : Actions()) {
    EXPECT_THAT(EcsHelp(""), HasSubstr(std::string(action.name)));
    EXPECT_THAT(EcsHelp(action.name), HasSubstr(std::string(action.summary)));
    for (const std::string& example : Examples(EcsHelp(action.name), "  assist ecs ")) {
      const auto words = Split(example);
      const auto call = ParseEcs(words);
      EXPECT_TRUE(call) << example << ": " << call.error().detail;
    }
  }
}

TEST(HelpTest, TheExamplesOfRunAreUnderstood) {
  const auto examples = Examples(RunHelp(), "  assist run ");
  EXPECT_GE(examples.size(), 5u);
  for (const std::string& example : examples) {
    const auto words = Split(example);
    const auto options = ParseRun(words);
    EXPECT_TRUE(options) << example << ": " << options.error().detail;
  }
}

TEST(HelpTest, TheExamplesOfScheduleAreUnderstood) {
  const auto examples = Examples(ScheduleHelp(), "  assist schedule ");
  EXPECT_GE(examples.size(), 10u);
  for (const std::string& example : examples) {
    const auto words = Split(example);
    const auto options = ParseScheduleWords(words);
    EXPECT_TRUE(options) << example << ": " << options.error().detail;
  }
  for (const std::string& example : Examples(ScheduleHelp(), "  assist ecs ")) {
    const auto words = Split(example);
    EXPECT_TRUE(ParseEcs(words)) << example;
  }
}

TEST(HelpTest, EveryCommandTeachesByExample) {
  EXPECT_THAT(MainHelp(), HasSubstr("assist run --all -- 'uptime'"));
  EXPECT_THAT(ConfigureHelp(), HasSubstr("$ assist configure"));
}

}  // namespace
}  // namespace assist::cli
