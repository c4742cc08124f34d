// What every verb of `assist` works with. Made by main, outlives all verbs. One thread.
#pragma once

#include <string>
#include <string_view>

#include "cli/answer/exit_code.h"
#include "cli/service/console.h"
#include "cli/text/style.h"
#include "cli/text/text.h"

namespace assist::cli {

struct Program {
  Text text;                ///< The language.
  Style out;                ///< For standard output.
  Style err;                ///< For standard error.
  Environment environment;  ///< getenv.
  Console& console;

  /// `assist: LINE` on standard error.
  void Say(std::string_view line) const;
  /// The same, for a wrong command line or configuration.
  ExitCode Usage(std::string_view line) const {
    Say(line);
    return ExitCode::kUsage;
  }
  /// Standard output, with the exit code that fits.
  ExitCode Print(std::string_view bytes) const {
    return console.Out(bytes) ? ExitCode::kSuccess : ExitCode::kOutputClosed;
  }
  /// JSON: indented on a terminal, else in one line.
  ExitCode PrintJson(std::string json) const;
};

}  // namespace assist::cli
