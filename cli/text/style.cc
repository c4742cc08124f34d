#include "cli/text/style.h"

namespace assist::cli {
namespace {

std::string_view Begin(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kStrong:
      return "\x1b[1m";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kBad:
      return "\x1b[31m";
    case Tone::kCareful:
      return "\x1b[33m";
    case Tone::kMoving:
      return "\x1b[36m";
    case Tone::kFaint:
      return "\x1b[2m";
  }
  return "";
}

}  // namespace

std::string Style::operator()(Tone tone, std::string_view text) const {
  const std::string_view begin = Begin(tone);
  if (!colours_ || begin.empty() || text.empty()) return std::string(text);
  std::string out(begin);
  out += text;
  out += "\x1b[0m";
  return out;
}

bool WantsColours(bool terminal, bool no_color, const Environment& environment) {
  if (!terminal || no_color) return false;
  const char* refused = environment("NO_COLOR");
  if (refused != nullptr && *refused != '\0') return false;
  const char* type = environment("TERM");
  return type != nullptr && *type != '\0' && std::string_view(type) != "dumb";
}

}  // namespace assist::cli
