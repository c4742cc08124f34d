// Puts the output of many machines into one stream of whole lines. It only makes text. One thread.
//
// Bounded: a line longer than Options::max_line is cut there, and goes on in a line of its own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/answer/escape.h"

namespace assist::cli {

class OutputMux {
 public:
  struct Options {
    bool prefix = true;                ///< `name | ` before each line.
    bool whole_lines = true;           ///< False only for a single machine: bytes go out as they come.
    bool escape = true;                ///< For a terminal.
    std::size_t name_width = 0;        ///< Names are filled up to so many columns.
    std::size_t max_line = 64 * 1024;  ///< Bytes.
  };

  explicit OutputMux(const Options& options) : options_(options) {}

  /// What stands before the lines of a machine; once, before its first output. `name` is escaped already.
  void SetName(std::size_t machine, std::string_view name);
  /// Appends to `out` what can be shown now.
  void Append(std::size_t machine, std::string_view bytes, std::string& out);
  /// The machine says no more: its last line, even without a line feed.
  void Finish(std::size_t machine, std::string& out);

 private:
  struct Source {
    std::string prefix;
    std::string line;  ///< Begun, not ended.
    TerminalEscaper escaper;
    bool in_line = false;  ///< The last byte shown was no line feed.
  };
  Source& At(std::size_t machine);
  void TakeText(Source& source, std::string_view text, std::string& out) const;
  void PutLine(Source& source, std::string_view line, std::string& out) const;

  const Options options_;
  std::vector<Source> sources_;
};

}  // namespace assist::cli
