// UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing above U+10FFFF). Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace assist::encoding {

/// Takes the first character off `text`. Empty when the bytes there are not UTF-8: then the longest beginning of a
/// character (at least one byte) is taken off. `text` must not be empty.
[[nodiscard]] std::optional<char32_t> TakeCharacter(std::string_view& text);

[[nodiscard]] bool IsUtf8(std::string_view text);
/// Unicode characters; each broken sequence counts as one.
[[nodiscard]] std::size_t CountCharacters(std::string_view text);
/// Broken sequences become U+FFFD, one each; the rest stays.
[[nodiscard]] std::string ToValidUtf8(std::string_view bytes);
void AppendUtf8(std::string& out, char32_t character);

}  // namespace assist::encoding
