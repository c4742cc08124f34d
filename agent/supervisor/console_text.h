// What a Windows script writes, as UTF-8: its output comes in the code page of its console. Pure; any thread.
//
// The supervisor does this where it reads the pipe, before kOutput. There it knows the console of the script, and what
// is half of a character lives as long as the script does. The spool holds UTF-8: offsets, caps and budgets count what
// the server will see, and an agent that was started anew needs to know nothing of code pages.
//
// What is UTF-8 already (code page 65001) passes byte by byte, as all output does on other systems. Line ends stay.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assist::agent::supervisor {

inline constexpr std::uint32_t kUtf8CodePage = 65001;

/// The tables are the system's. Real: program/windows.
class CodePages {
 public:
  virtual ~CodePages() = default;
  /// Whole characters of `code_page` as UTF-8; U+FFFD for what it does not know. `bytes` is never empty.
  [[nodiscard]] virtual std::string ToUtf8(std::uint32_t code_page, std::string_view bytes) const = 0;
};

class ConsoleText {
 public:
  /// `pages` outlives this.
  explicit ConsoleText(const CodePages& pages) : pages_(pages) {}

  /// The characters that `bytes` end; half a character waits for the next piece. When the code page is another one than
  /// before, what waited is told first as U+FFFD. At most three bytes of UTF-8 a byte of input, and three more.
  [[nodiscard]] std::string Take(std::uint32_t code_page, std::string_view bytes);
  /// The end: half a character that still waits becomes U+FFFD.
  [[nodiscard]] std::string End();

 private:
  const CodePages& pages_;
  std::uint32_t code_page_ = 0;
  std::string half_;  ///< At most three bytes.
};

}  // namespace assist::agent::supervisor
