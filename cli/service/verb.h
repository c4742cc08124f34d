// A verb of `assist`: its declaration, and what does it. Each lies in a file of its own; verbs.cc lists them.
#pragma once

#include <span>
#include <string>

#include "cli/answer/exit_code.h"
#include "cli/service/program.h"
#include "cli/verb/parse.h"
#include "cli/verb/spec.h"

namespace assist::cli {

struct Verb {
  const VerbSpec& (*spec)();
  /// The words were parsed by spec(); --help is done with already.
  ExitCode (*run)(const VerbWords& words, Program& program) = nullptr;
  /// In its place for a grammar of its own; it shows its own help.
  ExitCode (*run_raw)(std::span<const std::string> words, Program& program) = nullptr;
};

/// Parses what stands behind `assist VERB`, shows help or what is wrong, runs.
[[nodiscard]] ExitCode Perform(const Verb& verb, std::span<const std::string> words, Program& program);

}  // namespace assist::cli
