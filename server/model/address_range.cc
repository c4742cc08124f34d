#include "server/model/address_range.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#if defined(_WIN32)
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#endif

namespace assist::server::model {
namespace {

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  int bits = 0;  ///< 32 or 128
};

std::optional<Address> Parse(std::string_view text) noexcept {
  if (text.size() > 45) return std::nullopt;
  std::array<char, 64> copy{};
  text.copy(copy.data(), copy.size() - 1);
  Address address;
  if (::inet_pton(AF_INET, copy.data(), address.bytes.data()) == 1) {
    address.bits = 32;
    return address;
  }
  if (::inet_pton(AF_INET6, copy.data(), address.bytes.data()) != 1) return std::nullopt;
  address.bits = 128;
  static constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  for (std::size_t i = 0; i < kMapped.size(); ++i) {
    if (address.bytes[i] != kMapped[i]) return address;
  }
  for (std::size_t i = 0; i < 4; ++i) address.bytes[i] = address.bytes[12 + i];
  address.bits = 32;
  return address;
}

struct Range {
  Address address;
  int prefix = 0;
};

std::optional<Range> ParseRange(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  const std::optional<Address> address = Parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  Range range{*address, address->bits};
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const char* end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, range.prefix);
    if (error != std::errc() || at != end || digits.empty() || range.prefix < 0 || range.prefix > address->bits) {
      return std::nullopt;
    }
  }
  return range;
}

}  // namespace

bool IsAddressRange(std::string_view range) noexcept { return ParseRange(range).has_value(); }

bool IsInRange(std::string_view address, std::string_view range) noexcept {
  const std::optional<Address> who = Parse(address);
  const std::optional<Range> block = ParseRange(range);
  if (!who || !block || who->bits != block->address.bits) return false;
  for (int bit = 0; bit < block->prefix; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const int mask = 0x80 >> (bit % 8);
    if (((who->bytes[byte] ^ block->address.bytes[byte]) & mask) != 0) return false;
  }
  return true;
}

}  // namespace assist::server::model
