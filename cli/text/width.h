// How many columns a text takes on a terminal. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assist::cli {

/// 2 for Chinese, Japanese and Korean characters, their full-width forms and emoji; 0 for marks that are drawn over
/// the character before; 1 for all others.
[[nodiscard]] std::size_t CharacterWidth(char32_t character) noexcept;

/// Of UTF-8 in one line, escaped already. Escape sequences of Style (ESC [ … m) take nothing; each broken byte sequence
/// one column.
[[nodiscard]] std::size_t DisplayWidth(std::string_view text);

/// With blanks at the end (at the beginning with `right`) until it takes `width` columns.
[[nodiscard]] std::string PadTo(std::string_view text, std::size_t width, bool right = false);

/// The beginning of it that takes at most `width` columns, with all escape sequences of Style, so that no colour stays
/// on behind it.
[[nodiscard]] std::string CutColoured(std::string_view text, std::size_t width);

/// The beginning of it that takes at most `width` columns; what is cut off leaves `…` as its last character. Not for
/// text with escape sequences.
[[nodiscard]] std::string CutTo(std::string_view text, std::size_t width);

}  // namespace assist::cli
