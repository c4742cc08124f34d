#include "server/model/bounded_text.h"

namespace assist::server::model {

std::string BoundedText(std::string_view text, std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; i < text.size() && out.size() < bytes;) {
    const auto byte = static_cast<unsigned char>(text[i]);
    std::size_t length = byte < 0x80 ? 1 : byte < 0xc2 ? 0 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 0;
    const auto next = [&](std::size_t k) { return static_cast<unsigned char>(text[i + k]); };
    if (i + length > text.size()) length = 0;
    for (std::size_t k = 1; k < length; ++k) {
      if ((next(k) & 0xc0) != 0x80) length = 0;
    }
    // Overlong forms, surrogates, beyond the last code point.
    if (length == 3 && ((byte == 0xe0 && next(1) < 0xa0) || (byte == 0xed && next(1) >= 0xa0))) length = 0;
    if (length == 4 && ((byte == 0xf0 && next(1) < 0x90) || (byte == 0xf4 && next(1) >= 0x90))) length = 0;
    if (length == 0 || (length == 1 && (byte < 0x20 || byte == 0x7f))) {
      out += '?';
      ++i;
      continue;
    }
    if (out.size() + length > bytes) break;
    out.append(text.substr(i, length));
    i += length;
  }
  return out;
}

}  // namespace assist::server::model
