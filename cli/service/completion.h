// `assist __complete WORDS`: what the scripts of `assist completion` ask.
#pragma once

#include <span>
#include <string>

#include "cli/answer/exit_code.h"
#include "cli/service/program.h"

namespace assist::cli {

/// `words` is what stands behind `assist`, up to the cursor. Prints a line for each word that fits: word, tab, note; or
/// `:files`, `:folders` where the shell knows better. Ids come from the server, when it answers within a second;
/// mistakes are silent.
[[nodiscard]] ExitCode CompleteWords(std::span<const std::string> words, Program& program);

}  // namespace assist::cli
