#include "agent/task_engine/windows_script.h"

#include <gtest/gtest.h>

#include "agent/supervisor/windows_command_line.h"

namespace assist::agent::task_engine {
namespace {

using Attempts = std::vector<std::vector<std::string>>;

/// A machine whose code page has one letter beyond ASCII: "ü", byte 0x81.
std::optional<std::string> ToOnePage(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "ü") {
      out += '\x81';
      ++i;
    } else if (static_cast<unsigned char>(text[i]) < 0x80) {
      out += text[i];
    } else {
      return std::nullopt;
    }
  }
  return out;
}

TEST(WindowsScriptTest, ABatchFileGetsItsFirstLineAndLineEnds) {
  const WindowsScript script = BatScript("echo 1\necho 2\r\necho 3", ToOnePage);
  EXPECT_EQ(script.bytes, "@echo off\r\necho 1\r\necho 2\r\necho 3");
  EXPECT_EQ(script.code_page, 0u);
}

TEST(WindowsScriptTest, ABatchFileStandsInTheConsolesCodePageWhenThatHasItsLetters) {
  const WindowsScript script = BatScript("echo gr\xC3\xBCn\n", ToOnePage);
  EXPECT_EQ(script.bytes, "@echo off\r\necho gr\x81n\r\n");
  EXPECT_EQ(script.code_page, 0u);
}

TEST(WindowsScriptTest, ABatchFileWithOtherLettersIsUtf8InAConsoleOfUtf8) {
  const WindowsScript script = BatScript(
      "\xEF\xBB\xBF"
      "echo 你\n",
      ToOnePage);
  EXPECT_EQ(script.bytes, "@echo off\r\necho 你\r\n") << "no mark: cmd would take it for a part of the first word";
  EXPECT_EQ(script.code_page, 65001u);
}

TEST(WindowsScriptTest, APowerShellScriptIsUtf8WithItsMarkOnce) {
  EXPECT_EQ(PowerShellScript("'a'\n", ToOnePage).bytes, "\xEF\xBB\xBF'a'\r\n");
  EXPECT_EQ(PowerShellScript("\xEF\xBB\xBF'a'\n", ToOnePage).bytes, "\xEF\xBB\xBF'a'\r\n");
  EXPECT_EQ(PowerShellScript("'gr\xC3\xBCn'", ToOnePage).code_page, 0u);
  EXPECT_EQ(PowerShellScript("'你'", ToOnePage).bytes, "\xEF\xBB\xBF'你'");
  EXPECT_EQ(PowerShellScript("'你'", ToOnePage).code_page, 65001u);
}

TEST(WindowsScriptTest, LineEndsOfEveryKindBecomeCrLf) {
  EXPECT_EQ(NormalizeCrLf("a\nb\r\nc\rd\n\n\r\r\n"), "a\r\nb\r\nc\r\nd\r\n\r\n\r\n\r\n");
  EXPECT_EQ(NormalizeCrLf(""), "");
}

TEST(WindowsScriptTest, TheExactLineOfABatchFile) {
  const Attempts attempts = BatAttempts("C:/assist state/tasks/t-1/t-1.bat", "C:\\Windows");
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(supervisor::WindowsCommandLine(attempts[0]),
            "\"C:\\Windows\\System32\\cmd.exe\" /D /S /C \"\"C:\\assist state\\tasks\\t-1\\t-1.bat\"\"");
}

TEST(WindowsScriptTest, TheExactLineOfAPowerShellScript) {
  const Attempts attempts =
      PowerShellAttempts("C:/Windows/System32/WindowsPowerShell/v1.0/powershell.exe", "C:/assist state/t-1.ps1");
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(supervisor::WindowsCommandLine(attempts[0]),
            "\"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe\" -NoLogo -NoProfile -NonInteractive "
            "-ExecutionPolicy Bypass -File \"C:\\assist state\\t-1.ps1\"");
}

TEST(WindowsScriptTest, PowerShellIsLookedForInWindowsFirstUnlessPwshIsWanted) {
  const std::string path = "C:\\bin;relative;;\"D:\\a b\\\"";
  const std::string own = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe";
  EXPECT_EQ(PowerShellPlaces("C:/Windows/", path, false),
            (std::vector<std::string>{own, "C:\\bin\\powershell.exe", "D:\\a b\\powershell.exe", "C:\\bin\\pwsh.exe",
                                      "D:\\a b\\pwsh.exe"}));
  EXPECT_EQ(PowerShellPlaces("C:\\Windows", "C:\\bin", true),
            (std::vector<std::string>{"C:\\bin\\pwsh.exe", own, "C:\\bin\\powershell.exe"}));
}

TEST(WindowsScriptTest, APathIsAbsoluteWhenItDependsOnNothing) {
  for (const char* path : {"C:\\", "c:/x", "\\\\server\\share", "//server/share"}) {
    EXPECT_TRUE(IsAbsoluteWindowsPath(path)) << path;
  }
  for (const char* path : {"", "C:", "C:x", "\\x", "/x", "x", "\\\\", "1:\\x", "\\\\\\x"}) {
    EXPECT_FALSE(IsAbsoluteWindowsPath(path)) << path;
  }
}

}  // namespace
}  // namespace assist::agent::task_engine
