#include "agent/journal/records.h"

#include "agent/record/bytes.h"
#include "agent/record/frame.h"
#include "common/base/crc32c.h"

namespace assist::agent::journal {
namespace {

constexpr std::string_view kMagic = "ASTJRNL1";
constexpr std::size_t kCopyBytes = 64;

}  // namespace

std::string EncodeHeader(std::string_view mark) {
  record::ByteWriter copy;
  copy.Raw(kMagic);
  copy.Raw(mark);
  copy.U32(Crc32c(copy.bytes()));
  std::string header(kHeaderBytes, '\0');
  for (const std::size_t at : {std::size_t{0}, kCopyBytes}) header.replace(at, copy.bytes().size(), copy.bytes());
  return header;
}

std::optional<std::string> DecodeHeader(std::string_view bytes) {
  for (const std::size_t at : {std::size_t{0}, kCopyBytes}) {
    if (bytes.size() < at) break;
    record::ByteReader reader(bytes.substr(at));
    const std::string_view covered = reader.Raw(kMagic.size() + kMarkBytes);
    const std::uint32_t checksum = reader.U32();
    if (!reader.ok() || !covered.starts_with(kMagic) || Crc32c(covered) != checksum) continue;
    return std::string(covered.substr(kMagic.size()));
  }
  return std::nullopt;
}

std::string EncodeRecord(std::string_view mark, const Record& record) {
  record::ByteWriter payload;
  payload.I64(record.highest);
  switch (record.type) {
    case RecordType::kAccepted:
      payload.Text(record.id);
      payload.I64(record.delivery);
      payload.Text(record.boot_id);
      payload.U8(record.entry_lost ? 1 : 0);
      payload.Text(record.entry);
      break;
    case RecordType::kMayStart:
      payload.Text(record.id);
      payload.Text(record.boot_id);
      break;
    case RecordType::kWishStop:
      payload.Text(record.id);
      payload.U8(static_cast<std::uint8_t>(record.stop));
      break;
    case RecordType::kForget:
      payload.Text(record.id);
      break;
    case RecordType::kRefused:
      payload.Text(record.id);
      payload.I64(record.delivery);
      break;
    case RecordType::kResetIdentity:
      break;
    case RecordType::kRanges:
      payload.U32(static_cast<std::uint32_t>(record.ranges.size()));
      for (const auto& [first, last] : record.ranges) {
        payload.I64(first);
        payload.I64(last);
      }
      break;
    case RecordType::kIds:
      payload.U32(static_cast<std::uint32_t>(record.hashes.size()));
      for (const auto hash : record.hashes) payload.U64(hash);
      break;
    case RecordType::kConcluded:
      payload.Text(record.id);
      payload.Text(record.conclusion);
      break;
  }
  std::string bytes(mark);
  bytes += record::FrameHeader(static_cast<std::uint8_t>(record.type), payload.bytes());
  bytes += payload.bytes();
  return bytes;
}

std::optional<Record> DecodePayload(std::uint8_t type, std::string_view payload) {
  record::ByteReader reader(payload);
  Record record;
  record.type = static_cast<RecordType>(type);
  record.highest = reader.I64();
  switch (record.type) {
    case RecordType::kAccepted:
      record.id = reader.Text();
      record.delivery = reader.I64();
      record.boot_id = reader.Text();
      record.entry_lost = reader.U8() != 0;
      record.entry = reader.Text();
      break;
    case RecordType::kMayStart:
      record.id = reader.Text();
      record.boot_id = reader.Text();
      break;
    case RecordType::kWishStop: {
      record.id = reader.Text();
      const std::uint8_t wish = reader.U8();
      if (wish > static_cast<std::uint8_t>(StopWish::kProcess)) return std::nullopt;
      record.stop = static_cast<StopWish>(wish);
      break;
    }
    case RecordType::kForget:
      record.id = reader.Text();
      break;
    case RecordType::kRefused:
      record.id = reader.Text();
      record.delivery = reader.I64();
      break;
    case RecordType::kResetIdentity:
      break;
    case RecordType::kRanges: {
      const std::uint32_t count = reader.U32();
      for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        const std::int64_t first = reader.I64();
        record.ranges.emplace_back(first, reader.I64());
      }
      break;
    }
    case RecordType::kIds: {
      const std::uint32_t count = reader.U32();
      for (std::uint32_t i = 0; i < count && reader.ok(); ++i) record.hashes.push_back(reader.U64());
      break;
    }
    case RecordType::kConcluded:
      record.id = reader.Text();
      record.conclusion = reader.Text();
      break;
    default:
      return std::nullopt;
  }
  if (!reader.ok() || reader.left() != 0) return std::nullopt;
  return record;
}

}  // namespace assist::agent::journal
