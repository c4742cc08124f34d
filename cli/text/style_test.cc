#include "cli/text/style.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace assist::cli {
namespace {

bool Wanted(bool terminal, bool no_color, const std::map<std::string, std::string>& variables) {
  return WantsColours(terminal, no_color, [&variables](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(StyleTest, ColoursAreForTerminalsThatWantThem) {
  EXPECT_TRUE(Wanted(true, false, {{"TERM", "xterm"}}));
  EXPECT_TRUE(Wanted(true, false, {{"TERM", "xterm"}, {"NO_COLOR", ""}})) << "an empty NO_COLOR refuses nothing";
  EXPECT_FALSE(Wanted(false, false, {{"TERM", "xterm"}}));
  EXPECT_FALSE(Wanted(true, true, {{"TERM", "xterm"}}));
  EXPECT_FALSE(Wanted(true, false, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}));
  EXPECT_FALSE(Wanted(true, false, {{"TERM", "dumb"}}));
  EXPECT_FALSE(Wanted(true, false, {}));
}

TEST(StyleTest, TextWithoutColoursIsLeftAlone) {
  EXPECT_EQ(Style(false)(Tone::kBad, "failed"), "failed");
  EXPECT_EQ(Style(true)(Tone::kBad, "failed"), "\x1b[31mfailed\x1b[0m");
  EXPECT_EQ(Style(true)(Tone::kPlain, "name"), "name");
  EXPECT_EQ(Style(true)(Tone::kGood, ""), "");
}

}  // namespace
}  // namespace assist::cli
