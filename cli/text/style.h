// Colours, where they may be. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/text/language.h"

namespace assist::cli {

/// What a piece of text is, not how it looks.
enum class Tone : std::uint8_t {
  kPlain,
  kStrong,   ///< Headings, names.
  kGood,     ///< It succeeded; online.
  kBad,      ///< It failed.
  kCareful,  ///< Not as wished, and no failure: offline, unknown, overdue.
  kMoving,   ///< It runs.
  kFaint,    ///< Of less interest.
};

/// Gives text the escape sequences of its tone, or leaves it alone.
class Style {
 public:
  explicit Style(bool colours = false) : colours_(colours) {}
  [[nodiscard]] std::string operator()(Tone tone, std::string_view text) const;
  [[nodiscard]] bool colours() const noexcept { return colours_; }

 private:
  bool colours_;
};

/// True on a terminal, unless --no-color was given, NO_COLOR is set and not empty (no-color.org), or TERM is `dumb` or
/// missing.
[[nodiscard]] bool WantsColours(bool terminal, bool no_color, const Environment& environment);

}  // namespace assist::cli
