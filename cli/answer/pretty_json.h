// JSON text indented for people. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace assist::cli {

/// The same JSON with four blanks a level, ending in a line feed. Numbers, the order of members and the escapes in
/// strings stay as they are; characters that a terminal would obey become \uXXXX, bytes that are not UTF-8 U+FFFD.
/// `json` should be valid; of other text every character comes out in its order, somehow indented.
[[nodiscard]] std::string PrettyJson(std::string_view json);

}  // namespace assist::cli
