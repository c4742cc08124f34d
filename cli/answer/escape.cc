#include "cli/answer/escape.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>

#include "protocol/encoding/utf8.h"

namespace assist::cli {
namespace {

constexpr std::size_t kLongestCharacter = 4;

void AppendEscaped(std::string& out, char32_t character) {
  if (character < 0x100) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned>(character));
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(character));
  }
}

void AppendBytes(std::string& out, std::string_view bytes) {
  for (const char c : bytes) fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
}

/// How many bytes the character that begins with `lead` has; 1 for what begins none.
std::size_t Length(unsigned char lead) {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 1;
}

/// True when `text` is the beginning of a longer character and nothing else.
bool IsCut(std::string_view text) {
  const std::size_t length = Length(static_cast<unsigned char>(text[0]));
  if (text.size() >= length) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return false;
  }
  return true;
}

}  // namespace

bool IsControl(char32_t character) noexcept {
  return character < 0x20 || (character >= 0x7f && character <= 0x9f) || character == 0x200e || character == 0x200f ||
         character == 0x061c || (character >= 0x202a && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069) || character == 0x2028 || character == 0x2029;
}

void TerminalEscaper::Append(std::string& out, std::string_view piece) {
  std::string joined;
  std::string_view rest = piece;
  if (!kept_.empty()) {
    joined = std::move(kept_);
    joined += piece;
    kept_.clear();
    rest = joined;
  }
  while (!rest.empty()) {
    if (rest[0] == '\r') {
      if (rest.size() == 1) break;
      if (rest[1] == '\n') {
        rest.remove_prefix(1);
        continue;
      }
    } else if (rest.size() < kLongestCharacter && IsCut(rest)) {
      break;
    }
    const std::string_view before = rest;
    const auto character = encoding::TakeCharacter(rest);
    const std::string_view taken = before.substr(0, before.size() - rest.size());
    if (!character) {
      AppendBytes(out, taken);
    } else if (*character != '\n' && *character != '\t' && IsControl(*character)) {
      AppendEscaped(out, *character);
    } else {
      out += taken;
    }
  }
  kept_ = std::string(rest);
}

void TerminalEscaper::Finish(std::string& out) {
  AppendBytes(out, kept_);
  kept_.clear();
}

std::string EscapeLine(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view before = text;
    const auto character = encoding::TakeCharacter(text);
    const std::string_view taken = before.substr(0, before.size() - text.size());
    if (!character) {
      AppendBytes(out, taken);
    } else if (*character == '\n') {
      out += "\\n";
    } else if (*character == '\t') {
      out += "\\t";
    } else if (IsControl(*character)) {
      AppendEscaped(out, *character);
    } else {
      out += taken;
    }
  }
  return out;
}

}  // namespace assist::cli
