#include "protocol/encoding/utf8.h"

namespace assist::encoding {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

}  // namespace

std::optional<char32_t> TakeCharacter(std::string_view& text) {
  const auto byte = [&text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned first = byte(0);
  if (first < 0x80) {
    text.remove_prefix(1);
    return first;
  }
  std::size_t length = 0;
  unsigned low = 0x80;  // bounds of the second byte: they keep out overlong forms, surrogates and what is too large
  unsigned high = 0xBF;
  char32_t character = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
    character = first & 0x1F;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    character = first & 0x0F;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    character = first & 0x07;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  }
  std::size_t good = 1;
  while (good < length && good < text.size() && byte(good) >= low && byte(good) <= high) {
    character = character << 6 | (byte(good) & 0x3F);
    low = 0x80;
    high = 0xBF;
    ++good;
  }
  text.remove_prefix(good);
  if (length == 0 || good < length) return std::nullopt;
  return character;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    if (!TakeCharacter(text)) return false;
  }
  return true;
}

std::size_t CountCharacters(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    static_cast<void>(TakeCharacter(text));
    ++count;
  }
  return count;
}

std::string ToValidUtf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::string_view before = bytes;
    if (TakeCharacter(bytes)) {
      out += before.substr(0, before.size() - bytes.size());
    } else {
      out += kReplacement;
    }
  }
  return out;
}

void AppendUtf8(std::string& out, char32_t character) {
  if (character < 0x80) {
    out += static_cast<char>(character);
  } else if (character < 0x800) {
    out += static_cast<char>(0xC0 | character >> 6);
    out += static_cast<char>(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    out += static_cast<char>(0xE0 | character >> 12);
    out += static_cast<char>(0x80 | (character >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (character & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | character >> 18);
    out += static_cast<char>(0x80 | (character >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (character >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (character & 0x3F));
  }
}

}  // namespace assist::encoding
