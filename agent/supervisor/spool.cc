#include "agent/supervisor/spool.h"

#include <algorithm>

#include "agent/record/bytes.h"
#include "agent/record/frame.h"

namespace assist::agent::supervisor {
namespace {

using record::ByteReader;
using record::ByteWriter;

constexpr std::string_view kMagic = "ASTSPOO1";
constexpr std::size_t kStartSlot = 16;
constexpr std::size_t kMaxBootId = 64;
constexpr std::size_t kMaxMessage = 255;

std::string Pack(FrameType type, const ByteWriter& payload) {
  return record::EncodeFrame(static_cast<std::uint8_t>(type), payload.bytes());
}

std::optional<StartMark> DecodeStart(std::string_view bytes) {
  record::Frame frame;
  if (record::DecodeFrame(bytes, kExitSlot - kStartSlot, frame) != record::FrameState::kWhole) return std::nullopt;
  if (frame.type != static_cast<std::uint8_t>(FrameType::kStartMark)) return std::nullopt;
  ByteReader reader(frame.payload);
  StartMark mark;
  mark.boot_id = reader.Text();
  mark.wall = FromUnixMicros(reader.I64());
  mark.steady = SteadyTime(std::chrono::microseconds(reader.I64()));
  if (!reader.ok()) return std::nullopt;
  return mark;
}

std::optional<ExitRecord> DecodeExit(std::string_view bytes) {
  record::Frame frame;
  if (record::DecodeFrame(bytes, kExitSlotBytes, frame) != record::FrameState::kWhole) return std::nullopt;
  if (frame.type != static_cast<std::uint8_t>(FrameType::kExit)) return std::nullopt;
  ByteReader reader(frame.payload);
  ExitRecord exit;
  const std::uint8_t kind = reader.U8();
  exit.code = static_cast<std::int32_t>(reader.U32());
  exit.message = reader.Text();
  exit.end = FromUnixMicros(reader.I64());
  exit.output_bytes = reader.U64();
  exit.dropped_bytes = reader.U64();
  if (reader.left() > 0) {  // versions before budgets end here
    Exceeded& exceeded = exit.exceeded.emplace();
    const std::uint8_t budget = reader.U8();
    exceeded.limit = reader.U64();
    exceeded.measured = reader.U64();
    if (budget < 1 || budget > 4) return std::nullopt;
    exceeded.budget = static_cast<Budget>(budget);
  }
  if (!reader.ok() || kind < 1 || kind > 6) return std::nullopt;
  exit.kind = static_cast<ExitKind>(kind);
  return exit;
}

std::optional<SystemTime> DecodeFirstOutput(std::string_view bytes) {
  record::Frame frame;
  if (record::DecodeFrame(bytes, kOutputSlotBytes, frame) != record::FrameState::kWhole) return std::nullopt;
  if (frame.type != static_cast<std::uint8_t>(FrameType::kFirstOutput)) return std::nullopt;
  ByteReader reader(frame.payload);
  const SystemTime when = FromUnixMicros(reader.I64());
  if (!reader.ok()) return std::nullopt;
  return when;
}

}  // namespace

std::string EncodeHead(const StartMark& mark) {
  ByteWriter payload;
  payload.Text(std::string_view(mark.boot_id).substr(0, kMaxBootId));
  payload.I64(ToUnixMicros(mark.wall));
  payload.I64(mark.steady.time_since_epoch().count());
  const std::string frame = Pack(FrameType::kStartMark, payload);
  std::string head(kHeadBytes, '\0');
  head.replace(0, kMagic.size(), kMagic);
  head.replace(kStartSlot, frame.size(), frame);
  return head;
}

std::string EncodeExit(const ExitRecord& record) {
  ByteWriter payload;
  payload.U8(static_cast<std::uint8_t>(record.kind));
  payload.U32(static_cast<std::uint32_t>(record.code));
  payload.Text(std::string_view(record.message).substr(0, kMaxMessage));
  payload.I64(ToUnixMicros(record.end));
  payload.U64(record.output_bytes);
  payload.U64(record.dropped_bytes);
  if (record.exceeded) {
    payload.U8(static_cast<std::uint8_t>(record.exceeded->budget));
    payload.U64(record.exceeded->limit);
    payload.U64(record.exceeded->measured);
  }
  return Pack(FrameType::kExit, payload);
}

std::string EncodeFirstOutput(SystemTime when) {
  ByteWriter payload;
  payload.I64(ToUnixMicros(when));
  return Pack(FrameType::kFirstOutput, payload);
}

std::string EncodeOutputHeader(std::string_view payload) {
  return record::FrameHeader(static_cast<std::uint8_t>(FrameType::kOutput), payload);
}

std::string EncodeGap(std::uint64_t bytes) {
  ByteWriter payload;
  payload.U64(bytes);
  return Pack(FrameType::kGap, payload);
}

Head DecodeHead(std::string_view bytes) {
  Head head;
  if (bytes.empty()) return head;
  if (bytes.size() < kExitSlot || bytes.substr(0, kMagic.size()) != kMagic) {
    head.damaged = true;
    return head;
  }
  head.start = DecodeStart(bytes.substr(kStartSlot, kExitSlot - kStartSlot));
  head.exit = DecodeExit(bytes.substr(kExitSlot, std::min(kExitSlotBytes, bytes.size() - kExitSlot)));
  if (bytes.size() > kOutputSlot) head.first_output = DecodeFirstOutput(bytes.substr(kOutputSlot));
  head.damaged = !head.start;
  return head;
}

FrameState DecodeFrame(std::string_view bytes, Frame& frame) {
  record::Frame raw;
  switch (record::DecodeFrame(bytes, kMaxFramePayload, raw)) {
    case record::FrameState::kIncomplete:
      return FrameState::kIncomplete;
    case record::FrameState::kDamaged:
      return FrameState::kDamaged;
    case record::FrameState::kWhole:
      break;
  }
  frame = {};
  frame.type = static_cast<FrameType>(raw.type);
  frame.size = raw.size();
  if (frame.type == FrameType::kOutput) {
    frame.payload = raw.payload;
    return FrameState::kWhole;
  }
  if (frame.type == FrameType::kGap) {
    ByteReader reader(raw.payload);
    frame.gap = reader.U64();
    return reader.ok() ? FrameState::kWhole : FrameState::kDamaged;
  }
  return FrameState::kDamaged;
}

}  // namespace assist::agent::supervisor
