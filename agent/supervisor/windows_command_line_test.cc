#include "agent/supervisor/windows_command_line.h"

#include <gtest/gtest.h>

#include <random>

namespace assist::agent::supervisor {
namespace {

using Words = std::vector<std::string>;

/// How the C runtime takes a line apart (learn.microsoft.com, "main function and command-line arguments", "Parsing C
/// command-line arguments"); here as the other side of the quoting.
Words Parse(std::string_view line) {
  Words words;
  std::size_t at = 0;
  std::string first;
  if (!line.empty() && line[0] == '"') {
    const std::size_t end = line.find('"', 1);
    first = line.substr(1, end - 1);
    at = end + 1;
  }
  words.push_back(first);
  while (at < line.size()) {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
    if (at >= line.size()) break;
    std::string word;
    bool quoted = false;
    while (at < line.size() && (quoted || (line[at] != ' ' && line[at] != '\t'))) {
      std::size_t slashes = 0;
      while (at < line.size() && line[at] == '\\') ++slashes, ++at;
      if (at < line.size() && line[at] == '"') {
        word.append(slashes / 2, '\\');
        if (slashes % 2 == 1) {
          word += '"';
        } else {
          quoted = !quoted;
        }
        ++at;
        continue;
      }
      word.append(slashes, '\\');
      if (at < line.size() && (quoted || (line[at] != ' ' && line[at] != '\t'))) word += line[at++];
    }
    words.push_back(word);
  }
  return words;
}

TEST(WindowsCommandLineTest, WordsAreQuotedWhereTheyMustBe) {
  EXPECT_EQ(QuoteWindowsArgument("plain"), "plain");
  EXPECT_EQ(QuoteWindowsArgument("C:\\a\\"), "C:\\a\\");
  EXPECT_EQ(QuoteWindowsArgument(""), "\"\"");
  EXPECT_EQ(QuoteWindowsArgument("a b"), "\"a b\"");
  EXPECT_EQ(QuoteWindowsArgument("C:\\a b\\"), "\"C:\\a b\\\\\"");
  EXPECT_EQ(QuoteWindowsArgument("say \"it\""), "\"say \\\"it\\\"\"");
  EXPECT_EQ(QuoteWindowsArgument("\\\""), "\"\\\\\\\"\"");
}

TEST(WindowsCommandLineTest, AnyWordsComeOutAsTheyWentIn) {
  std::mt19937 random(7);
  const std::string letters = "ab \t\"\\\\\"";
  for (int round = 0; round < 20000; ++round) {
    Words words{"C:\\Program Files\\x.exe"};
    for (std::size_t word = random() % 4; word > 0; --word) {
      std::string text;
      for (std::size_t i = random() % 7; i > 0; --i) text += letters[random() % letters.size()];
      words.push_back(text);
    }
    ASSERT_EQ(Parse(WindowsCommandLine(words)), words) << WindowsCommandLine(words);
  }
}

TEST(WindowsCommandLineTest, CmdGetsItsLineAsItStands) {
  EXPECT_EQ(CmdCommand("C:\\a & b\\t.bat"), "\"\"C:\\a & b\\t.bat\"\"");
  EXPECT_EQ(WindowsCommandLine({"C:\\Windows\\System32\\cmd.exe", "/D", "/S", "/C", CmdCommand("C:\\a b\\t.bat")}),
            "\"C:\\Windows\\System32\\cmd.exe\" /D /S /C \"\"C:\\a b\\t.bat\"\"");
  EXPECT_EQ(WindowsCommandLine({"C:/x/CMD.EXE", "/C", "echo \"a b\""}), "\"C:/x/CMD.EXE\" /C echo \"a b\"");
  EXPECT_EQ(WindowsCommandLine({"C:\\x\\notcmd.exe", "a b"}), "\"C:\\x\\notcmd.exe\" \"a b\"");
}

TEST(WindowsCommandLineTest, TheEnvironmentIsSortedAndEachNameStandsOnce) {
  const std::string block =
      WindowsEnvironmentBlock({"Path=C:\\old", "b=2", "A=1", "=C:=C:\\x", "none", "PATH=C:\\new"});
  EXPECT_EQ(block, std::string("A=1\0b=2\0PATH=C:\\new\0\0", 21));
  EXPECT_EQ(WindowsEnvironmentBlock({}), std::string(2, '\0'));
}

}  // namespace
}  // namespace assist::agent::supervisor
