#include "agent/record/frame.h"

#include "agent/record/bytes.h"
#include "common/base/crc32c.h"

namespace assist::agent::record {
namespace {

std::uint32_t Checksum(std::uint32_t length, std::uint8_t type, std::string_view payload, std::string_view more) {
  ByteWriter covered;
  covered.U32(length);
  covered.U8(type);
  return Crc32c(more, Crc32c(payload, Crc32c(covered.bytes())));
}

}  // namespace

std::string FrameHeader(std::uint8_t type, std::string_view payload, std::string_view more) {
  const auto length = static_cast<std::uint32_t>(payload.size() + more.size());
  ByteWriter header;
  header.U32(length);
  header.U32(Checksum(length, type, payload, more));
  header.U8(type);
  return std::move(header).Take();
}

std::string EncodeFrame(std::uint8_t type, std::string_view payload) {
  std::string frame = FrameHeader(type, payload);
  frame.append(payload);
  return frame;
}

std::size_t FrameSize(std::string_view bytes) {
  if (bytes.size() < kFrameHeaderBytes) return 0;
  return kFrameHeaderBytes + ByteReader(bytes).U32();
}

FrameState DecodeFrame(std::string_view bytes, std::size_t max_payload, Frame& frame) {
  if (bytes.size() < kFrameHeaderBytes) return FrameState::kIncomplete;
  ByteReader reader(bytes);
  const std::uint32_t length = reader.U32();
  const std::uint32_t checksum = reader.U32();
  const std::uint8_t type = reader.U8();
  if (length > max_payload) return FrameState::kDamaged;
  if (length > reader.left()) return FrameState::kIncomplete;
  const std::string_view payload = reader.Raw(length);
  if (Checksum(length, type, payload, {}) != checksum) return FrameState::kDamaged;
  frame.type = type;
  frame.payload = payload;
  return FrameState::kWhole;
}

}  // namespace assist::agent::record
