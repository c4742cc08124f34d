// CRC-32C (Castagnoli, RFC 3720 appendix B.4): guards records on disk against torn writes and bit flips. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace assist {

/// The checksum of `bytes`; pass the former result as `seed` to go on.
[[nodiscard]] std::uint32_t Crc32c(std::string_view bytes, std::uint32_t seed = 0) noexcept;

}  // namespace assist
