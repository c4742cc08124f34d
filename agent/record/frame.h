// A frame: one record of a file that may be torn or damaged. u32 length of the payload, u32 CRC-32C over length, type
// and payload, u8 type, payload. Reaches the disk: never change. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assist::agent::record {

inline constexpr std::size_t kFrameHeaderBytes = 9;

/// The header of a frame whose payload is `payload` followed by `more`.
[[nodiscard]] std::string FrameHeader(std::uint8_t type, std::string_view payload, std::string_view more = {});
/// Header and payload.
[[nodiscard]] std::string EncodeFrame(std::uint8_t type, std::string_view payload);

enum class FrameState : std::uint8_t {
  kWhole,       ///< `frame` is set.
  kIncomplete,  ///< The bytes end inside it. At the end of a file: torn, or not written yet.
  kDamaged,     ///< The checksum is wrong, or the length is above the limit.
};
struct Frame {
  std::uint8_t type = 0;
  std::string_view payload;  ///< Points into the bytes given.
  [[nodiscard]] std::size_t size() const noexcept { return kFrameHeaderBytes + payload.size(); }
};
/// The frame at the start of `bytes`.
[[nodiscard]] FrameState DecodeFrame(std::string_view bytes, std::size_t max_payload, Frame& frame);
/// How many bytes the frame at the start of `bytes` says it has, header included; 0 when they hold no whole header.
[[nodiscard]] std::size_t FrameSize(std::string_view bytes);

}  // namespace assist::agent::record
