#include "common/base/random.h"

#include <array>
#include <cstring>

#include "common/base/check.h"

namespace assist {

std::uint64_t Random::Uint64() {
  std::array<std::uint8_t, 8> bytes;
  Fill(bytes);
  std::uint64_t value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::uint64_t Random::Below(std::uint64_t bound) {
  ASSIST_CHECK(bound > 0);
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;  // numbers from here up would favour small results
  for (;;) {
    const std::uint64_t value = Uint64();
    if (value < limit) return value % bound;
  }
}

std::string Random::Hex(std::size_t count) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string bytes(count, '\0');
  Fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  std::string out;
  out.reserve(count * 2);
  for (const unsigned char byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string Random::Uuid() {
  std::string hex = Hex(16);
  hex[12] = '4';
  hex[16] = "89ab"[static_cast<unsigned>(hex[16]) & 3];
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' + hex.substr(16, 4) + '-' +
         hex.substr(20);
}

std::string Random::UpperUuid() {
  std::string uuid = Uuid();
  for (char& c : uuid) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
  return uuid;
}

std::string Random::Alphanumeric(std::size_t count) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) out += kLetters[Below(62)];
  return out;
}

void SeededRandom::Fill(std::span<std::uint8_t> bytes) {
  for (auto& byte : bytes) {
    // splitmix64: Steele, Lea, Flood 2014.
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    byte = static_cast<std::uint8_t>((z ^ (z >> 31)) >> 56);
  }
}

}  // namespace assist
