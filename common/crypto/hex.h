// Lower-case hex, for fingerprints; private to common/crypto (protocol/encoding has the general one).
#pragma once

#include <string>
#include <string_view>

namespace assist::crypto_internal {

[[nodiscard]] inline std::string ToHex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    text.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    text.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return text;
}

}  // namespace assist::crypto_internal
