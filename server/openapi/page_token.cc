#include "server/openapi/page_token.h"

#include "common/base/check.h"
#include "protocol/encoding/hex.h"

namespace assist::server::openapi {
namespace {

constexpr std::string_view kVersion = "p2";
constexpr std::size_t kHashBytes = 8;

std::string_view Short(std::string_view hash) {
  ASSIST_CHECK(hash.size() >= kHashBytes);
  return hash.substr(0, kHashBytes);
}

std::string WriteNumber(std::int64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> shift & 255);
  }
  return bytes;
}
std::int64_t ReadNumber(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<std::int64_t>(number);
}

}  // namespace

std::string WritePageToken(const model::Position& position, std::string_view filter_hash) {
  std::string bytes = WriteNumber(position.key) + WriteNumber(position.sub);
  bytes += Short(filter_hash);
  return std::string(kVersion) + encoding::HexEncode(bytes);
}

std::optional<model::Position> ReadPageToken(std::string_view token, std::string_view filter_hash) {
  if (!token.starts_with(kVersion)) return std::nullopt;
  const auto bytes = encoding::HexDecode(token.substr(kVersion.size()));
  if (!bytes || bytes->size() != 16 + kHashBytes || bytes->substr(16) != Short(filter_hash)) return std::nullopt;
  return model::Position{ReadNumber(std::string_view(*bytes)), ReadNumber(std::string_view(*bytes).substr(8))};
}

}  // namespace assist::server::openapi
