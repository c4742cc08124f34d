#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/activations/spec.h"
#include "cli/commands/spec.h"
#include "cli/ecs/actions.h"
#include "cli/ecs/arguments.h"
#include "cli/invocations/spec.h"
#include "cli/machines/ls_options.h"
#include "cli/packages/spec.h"
#include "cli/rollouts/spec.h"
#include "cli/run/options.h"
#include "cli/schedule/options.h"
#include "cli/sending/spec.h"
#include "cli/service/ecs_help.h"
#include "cli/service/verbs.h"
#include "cli/text/width.h"
#include "cli/verb/help.h"

namespace assist::cli {
namespace {

using ::testing::HasSubstr;

const Text kText(Language::kEnglish);

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

/// The mistake in the words behind `assist`; empty: none.
std::string MistakeIn(std::vector<std::string> words) {
  const std::string name = words.empty() ? "" : words[0];
  if (!words.empty()) words.erase(words.begin());
  if (name == "help") return "";
  if (name == "ecs") {
    if (!words.empty() && words[0] == "help") return "";
    const auto call = ParseEcs(words, kText);
    return call ? "" : call.error().detail;
  }
  const Verb* verb = FindVerb(name);
  if (verb == nullptr) return "no such verb";
  const auto parsed = ParseVerb(verb->spec(), words, kText);
  if (!parsed) return parsed.error().detail;
  if (name == "run") {
    const auto options = ReadRun(*parsed, kText);
    return options ? "" : options.error().detail;
  }
  if (name == "ls") {
    const auto options = ReadLs(*parsed, kText);
    return options ? "" : options.error().detail;
  }
  if (name == "inv") {
    const auto options = ReadInv(*parsed, SystemTime(), kText);
    return options ? "" : options.error().detail;
  }
  if (name == "cmd") {
    const auto options = ReadCmd(*parsed, kText);
    return options ? "" : options.error().detail;
  }
  if (name == "activation") {
    const auto options = ReadActivation(*parsed, kText);
    return options ? "" : options.error().detail;
  }
  if (name == "pkg") {
    const auto options = ReadPkg(*parsed, kText);
    return options ? "" : options.error().detail;
  }
  if (name == "agent-release") {
    const auto options = ReadRelease(*parsed, kText);
    return options ? "" : options.error().detail;
  }
  if (name == "send") {
    const auto options = ReadSend(*parsed, kText);
    return options ? "" : options.error().detail;
  }
  if (name == "schedule") {
    const auto options = ReadSchedule(*parsed, kText);
    return options ? "" : options.error().detail;
  }
  return "";
}

void CheckExamples(const VerbSpec& verb) {
  for (const ExampleSpec& example : verb.examples) {
    std::string_view line = example.line;
    line.remove_prefix(std::min(line.find("assist "), line.size()));
    line = line.substr(0, line.find(" | "));
    line = line.substr(0, line.find(')'));
    ASSERT_TRUE(line.starts_with("assist ")) << line;
    EXPECT_EQ(MistakeIn(Split(line.substr(7))), "") << line;
  }
  for (const VerbSpec& below : verb.verbs) CheckExamples(below);
}

void CheckLines(const VerbSpec& verb, const std::string& path) {
  for (const Language language : {Language::kEnglish, Language::kChinese}) {
    std::string help = VerbHelp(verb, path, Text(language), Style());
    while (!help.empty()) {
      const std::string line = help.substr(0, help.find('\n'));
      help.erase(0, line.size() + 1);
      EXPECT_LE(DisplayWidth(line), 132u) << line;
    }
  }
  for (const VerbSpec& below : verb.verbs) CheckLines(below, path + " " + std::string(below.name));
}

TEST(HelpTest, TheExamplesOfEveryVerbAreUnderstood) {
  for (const VerbSpec& verb : VerbSpecs()) {
    EXPECT_FALSE(verb.examples.empty()) << verb.name;
    CheckExamples(verb);
  }
}

TEST(HelpTest, NoLineIsTooLongForATerminal) {
  for (const VerbSpec& verb : VerbSpecs()) CheckLines(verb, std::string(verb.name));
}

TEST(HelpTest, TheProgramsHelpNamesEveryVerb) {
  const std::string help = ProgramHelp(VerbSpecs(), kText, Style());
  for (const VerbSpec& verb : VerbSpecs()) EXPECT_THAT(help, HasSubstr("\n  " + std::string(verb.name)));
}

TEST(HelpTest, TheExamplesOfEcsAreUnderstood) {
  for (const Action& action : Actions()) {
    EXPECT_THAT(EcsHelp("", kText, Style()), HasSubstr(std::string(action.name)));
    EXPECT_THAT(EcsHelp(action.name, kText, Style()), HasSubstr(std::string(action.summary)));
    if (action.example.empty()) continue;
    const auto call = ParseEcs(Split(action.example), kText);
    EXPECT_TRUE(call) << action.example << ": " << call.error().detail;
  }
}

}  // namespace
}  // namespace assist::cli
