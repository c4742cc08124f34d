// From an argument vector to the one line that Windows starts programs with, and from variables to an environment
// block. UTF-8; pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assist::agent::supervisor {

/// CreateProcess takes no longer ones (characters of UTF-16, with the zero behind).
inline constexpr std::size_t kMaxWindowsCommandLine = 32767;

/// One word, so that CommandLineToArgvW and the C runtime read it back as it is.
[[nodiscard]] std::string QuoteWindowsArgument(std::string_view word);

/// The line for this attempt (not empty). Of cmd.exe only the program's path is quoted: it takes what follows as it
/// stands, by rules of its own (CmdCommand), so the words are joined by blanks.
[[nodiscard]] std::string WindowsCommandLine(const std::vector<std::string>& attempt);

/// The word behind `cmd.exe /S /C` that runs the batch file at `path`: with /S cmd takes away the first and the last
/// quotation mark and nothing else. A path cannot hold a quotation mark; what else cmd reads in words (& | < > ^ and
/// brackets) means nothing between them.
[[nodiscard]] std::string CmdCommand(std::string_view path);

/// `NAME=value`, each with a zero behind, sorted by name as Windows wants them, and a last zero. Names that differ in
/// case only are one: the last counts. Without name: left out.
[[nodiscard]] std::string WindowsEnvironmentBlock(const std::vector<std::string>& variables);

}  // namespace assist::agent::supervisor
