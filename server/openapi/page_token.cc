#include "server/openapi/page_token.h"

#include "common/base/check.h"
#include "protocol/encoding/hex.h"

namespace assist::server::openapi {
namespace {

constexpr std::string_view kVersion = "p1";
constexpr std::size_t kHashBytes = 8;

std::string_view Short(std::string_view hash) {
  ASSIST_CHECK(hash.size() >= kHashBytes);
  return hash.substr(0, kHashBytes);
}

}  // namespace

std::string WritePageToken(const model::Position& position, std::string_view filter_hash) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(static_cast<std::uint64_t>(position.key) >> shift & 255);
  }
  bytes += Short(filter_hash);
  return std::string(kVersion) + encoding::HexEncode(bytes);
}

std::optional<model::Position> ReadPageToken(std::string_view token, std::string_view filter_hash) {
  if (!token.starts_with(kVersion)) return std::nullopt;
  const auto bytes = encoding::HexDecode(token.substr(kVersion.size()));
  if (!bytes || bytes->size() != 8 + kHashBytes || bytes->substr(8) != Short(filter_hash)) return std::nullopt;
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key = key << 8 | static_cast<unsigned char>((*bytes)[i]);
  return model::Position{static_cast<std::int64_t>(key)};
}

}  // namespace assist::server::openapi
