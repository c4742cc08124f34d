#include "protocol/encoding/base64.h"

#include <array>
#include <cstdint>

namespace assist::encoding {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 0xff;

constexpr std::array<std::uint8_t, 256> MakeValues() {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = kNone;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr auto kValues = MakeValues();

constexpr std::uint32_t Byte(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
}

}  // namespace

std::string Base64Encode(std::string_view bytes) {
  std::string out;
  out.reserve(Base64Size(bytes.size()));
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::uint32_t group = Byte(bytes, at) << 16 | Byte(bytes, at + 1) << 8 | Byte(bytes, at + 2);
    out += kAlphabet[group >> 18];
    out += kAlphabet[group >> 12 & 63];
    out += at + 1 < bytes.size() ? kAlphabet[group >> 6 & 63] : '=';
    out += at + 2 < bytes.size() ? kAlphabet[group & 63] : '=';
  }
  return out;
}

Result<std::string> Base64Decode(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  int letters = 0;  // of the group of four
  int padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    if (c == '=') {
      ++padding;
      if (letters < 2 || letters + padding > 4) return Fail(Errc::kInvalid, "misplaced base64 padding");
      continue;
    }
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone) return Fail(Errc::kInvalid, "not a base64 character");
    if (padding > 0) return Fail(Errc::kInvalid, "base64 goes on behind its padding");
    group = group << 6 | value;
    if (++letters == 4) {
      out += static_cast<char>(group >> 16 & 255);
      out += static_cast<char>(group >> 8 & 255);
      out += static_cast<char>(group & 255);
      group = 0;
      letters = 0;
    }
  }
  if (letters == 0) return out;  // padding is 0 here: it needs two letters before it
  if (letters + padding != 4) return Fail(Errc::kInvalid, "base64 ends in the middle of a group");
  if (letters == 2) {
    if ((group & 15) != 0) return Fail(Errc::kInvalid, "base64 has bits behind its last byte");
    out += static_cast<char>(group >> 4 & 255);
  } else {
    if ((group & 3) != 0) return Fail(Errc::kInvalid, "base64 has bits behind its last byte");
    out += static_cast<char>(group >> 10 & 255);
    out += static_cast<char>(group >> 2 & 255);
  }
  return out;
}

}  // namespace assist::encoding
