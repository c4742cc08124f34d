#include "cli/text/width.h"

#include <algorithm>
#include <array>

#include "protocol/encoding/utf8.h"

namespace assist::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// East Asian Width W and F (Unicode Standard Annex 11), whole blocks where single characters of them are unassigned.
constexpr std::array<Range, 37> kWide = {{
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x23f0, 0x23f0},
    {0x23f3, 0x23f3},   {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26a1, 0x26a1},
    {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26d4, 0x26d4},   {0x2705, 0x2705},   {0x270a, 0x270b},
    {0x2728, 0x2728},   {0x274c, 0x274c},   {0x274e, 0x274e},   {0x2753, 0x2755},   {0x2757, 0x2757},
    {0x2795, 0x2797},   {0x27b0, 0x27b0},   {0x2b50, 0x2b50},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},
    {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
    {0x20000, 0x2fffd}, {0x30000, 0x3fffd},
}};

// Marks and characters without a glyph of their own.
constexpr std::array<Range, 9> kNothing = {{
    {0x0300, 0x036f},
    {0x0483, 0x0489},
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x200b, 0x200f},
    {0x20d0, 0x20ff},
    {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f},
    {0xfeff, 0xfeff},
}};

template <class Ranges>
bool Contains(const Ranges& ranges, char32_t character) {
  const auto behind = std::upper_bound(ranges.begin(), ranges.end(), character,
                                       [](char32_t c, const Range& range) { return c < range.first; });
  return behind != ranges.begin() && character <= std::prev(behind)->last;
}

/// Takes an escape sequence of Style off the front of `text`.
bool TakeSequence(std::string_view& text) {
  if (!text.starts_with("\x1b[")) return false;
  const auto end = text.find_first_not_of("0123456789;", 2);
  if (end == std::string_view::npos || text[end] != 'm') return false;
  text.remove_prefix(end + 1);
  return true;
}

}  // namespace

std::size_t CharacterWidth(char32_t character) noexcept {
  if (character < 0x300) return 1;
  if (Contains(kNothing, character)) return 0;
  return Contains(kWide, character) ? 2 : 1;
}

std::size_t DisplayWidth(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    if (TakeSequence(text)) continue;
    const auto character = encoding::TakeCharacter(text);
    width += character ? CharacterWidth(*character) : 1;
  }
  return width;
}

std::string PadTo(std::string_view text, std::size_t width, bool right) {
  const std::size_t taken = DisplayWidth(text);
  const std::string blanks(taken < width ? width - taken : 0, ' ');
  return right ? blanks + std::string(text) : std::string(text) + blanks;
}

std::string CutColoured(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t taken = 0;
  while (!text.empty()) {
    const std::string_view before = text;
    if (!TakeSequence(text)) {
      const auto character = encoding::TakeCharacter(text);
      taken += character ? CharacterWidth(*character) : 1;
      if (taken > width) continue;
    }
    out += before.substr(0, before.size() - text.size());
  }
  return out;
}

std::string CutTo(std::string_view text, std::size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::string out;
  std::size_t taken = 0;
  while (!text.empty()) {
    const std::string_view before = text;
    const auto character = encoding::TakeCharacter(text);
    const std::size_t columns = character ? CharacterWidth(*character) : 1;
    if (taken + columns + 1 > width) break;
    taken += columns;
    out += before.substr(0, before.size() - text.size());
  }
  return out + "…";
}

}  // namespace assist::cli
