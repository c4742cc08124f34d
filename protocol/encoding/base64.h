// Base64 of RFC 4648 section 4: the standard alphabet, with padding. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace assist::encoding {

[[nodiscard]] std::string Base64Encode(std::string_view bytes);

/// Strict: other characters, missing or misplaced padding and non-zero bits behind the last byte are refused
/// (kInvalid). Line feeds and carriage returns are skipped wherever they stand.
[[nodiscard]] Result<std::string> Base64Decode(std::string_view text);

/// How long Base64Encode() of `bytes` bytes is.
[[nodiscard]] constexpr std::size_t Base64Size(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }

}  // namespace assist::encoding
