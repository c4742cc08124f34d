// This program: where its file lies, how it was called, its number. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assist {

/// The path of the file that runs, with "/" between names; empty when the system does not tell.
[[nodiscard]] std::string OwnProgram();

/// The arguments of main() as UTF-8, the program's name first. Windows gives main() those that its code page can write,
/// so it is asked for the others.
[[nodiscard]] std::vector<std::string> ProgramArguments(int argc, const char* const* argv);

[[nodiscard]] std::int64_t OwnProcessId();

}  // namespace assist
