// Text of unknown origin made fit for a terminal: what a machine prints must not move the cursor, recolour or answer
// for the user. Pure; one thread an object.
#pragma once

#include <string>
#include <string_view>

namespace assist::cli {

/// Escapes a stream piece by piece. Line feeds and tabs stay; a carriage return before a line feed is dropped; other
/// control characters (C0, DEL, C1), characters that reverse the writing direction and bytes that are not UTF-8 become
/// `\x1b`, `\u202e`. A character cut by the end of a piece is kept for the next one; at most four bytes are kept.
class TerminalEscaper {
 public:
  void Append(std::string& out, std::string_view piece);
  /// What was kept, when nothing follows.
  void Finish(std::string& out);

 private:
  std::string kept_;
};

/// The whole text in one line: line feeds and tabs are escaped too (`\n`, `\t`).
[[nodiscard]] std::string EscapeLine(std::string_view text);

/// True for characters that a terminal obeys instead of showing: C0, DEL, C1, and the ones of bidirectional control.
[[nodiscard]] bool IsControl(char32_t character) noexcept;

}  // namespace assist::cli
