// Bytes as hex digits. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace assist::encoding {

/// Lower case.
[[nodiscard]] std::string HexEncode(std::string_view bytes);

/// Digits of either case, an even number of them and nothing else (kInvalid).
[[nodiscard]] Result<std::string> HexDecode(std::string_view text);

/// 0–15, or −1 when `c` is no hex digit.
[[nodiscard]] constexpr int HexValue(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace assist::encoding
