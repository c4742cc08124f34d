#include "agent/journal/records.h"

#include "agent/record/bytes.h"
#include "agent/record/frame.h"
#include "common/base/crc32c.h"

namespace assist::agent::journal {
namespace {

constexpr std::string_view kMagic = "ASTJRNL1";
constexpr std::size_t kCopyBytes = 64;

// Bits of a schedule's records.
constexpr std::uint8_t kUncertain = 1;
constexpr std::uint8_t kOwed = 1;
constexpr std::uint8_t kMerge = 2;
constexpr std::uint8_t kEntryLost = 1;
constexpr std::uint8_t kDefinitionOnly = 2;

void WriteState(record::ByteWriter& out, const ScheduleState& state) {
  out.I64(state.next_number);
  out.I64(ToUnixMicros(state.last_due));
  out.I64(ToUnixMicros(state.accounted));
  out.Text(state.boot_id);
  out.I64(state.queued);
  out.I64(ToUnixMicros(state.queued_due));
  out.U8(static_cast<std::uint8_t>(state.ending));
  out.U8(state.uncertain ? kUncertain : 0);
}

/// False: it says what this version does not know.
bool ReadState(record::ByteReader& in, ScheduleState& state) {
  state.next_number = in.I64();
  state.last_due = FromUnixMicros(in.I64());
  state.accounted = FromUnixMicros(in.I64());
  state.boot_id = in.Text();
  state.queued = in.I64();
  state.queued_due = FromUnixMicros(in.I64());
  const std::uint8_t ending = in.U8();
  state.ending = static_cast<Ending>(ending);
  state.uncertain = (in.U8() & kUncertain) != 0;
  return ending <= static_cast<std::uint8_t>(Ending::kStopProcess);
}

void WriteRange(record::ByteWriter& out, const MissedRange& range) {
  out.I64(range.number);
  out.I64(range.count);
  out.I64(ToUnixMicros(range.due));
  out.I64(ToUnixMicros(range.last_due));
  out.U8(range.reason);
}

void ReadRange(record::ByteReader& in, MissedRange& range) {
  range.number = in.I64();
  range.count = in.I64();
  range.due = FromUnixMicros(in.I64());
  range.last_due = FromUnixMicros(in.I64());
  range.reason = in.U8();
}

/// Files of the first versions end before it.
void ReadAt(record::ByteReader& in, Record& record) {
  if (in.left() > 0) record.at = FromUnixMicros(in.I64());
}

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
      payload.I64(ToUnixMicros(record.at));
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
    case RecordType::kSchedule:
      payload.Text(record.id);
      payload.I64(record.version);
      payload.I64(record.delivery);
      WriteState(payload, record.state);
      payload.U8(static_cast<std::uint8_t>((record.entry_lost ? kEntryLost : 0) |
                                           (record.definition_only ? kDefinitionOnly : 0)));
      payload.Text(record.entry);
      break;
    case RecordType::kOccurrence:
      payload.Text(record.id);
      payload.I64(record.version);
      WriteRange(payload, record.range);
      payload.Text(record.boot_id);
      payload.Text(record.seen_boot);
      payload.I64(ToUnixMicros(record.at));
      break;
    case RecordType::kMissed:
      payload.Text(record.id);
      WriteRange(payload, record.range);
      payload.U8(static_cast<std::uint8_t>((record.owed ? kOwed : 0) | (record.merge ? kMerge : 0)));
      break;
    case RecordType::kStanding:
      payload.Text(record.id);
      WriteState(payload, record.state);
      break;
    case RecordType::kTold:
      payload.Text(record.id);
      payload.I64(record.version);
      payload.I64(record.range.number);
      payload.I64(record.range.count);
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
      ReadAt(reader, record);
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
    case RecordType::kSchedule: {
      record.id = reader.Text();
      record.version = reader.I64();
      record.delivery = reader.I64();
      if (!ReadState(reader, record.state)) return std::nullopt;
      const std::uint8_t bits = reader.U8();
      record.entry_lost = (bits & kEntryLost) != 0;
      record.definition_only = (bits & kDefinitionOnly) != 0;
      record.entry = reader.Text();
      break;
    }
    case RecordType::kOccurrence:
      record.id = reader.Text();
      record.version = reader.I64();
      ReadRange(reader, record.range);
      record.boot_id = reader.Text();
      record.seen_boot = reader.Text();
      ReadAt(reader, record);
      break;
    case RecordType::kMissed: {
      record.id = reader.Text();
      ReadRange(reader, record.range);
      const std::uint8_t bits = reader.U8();
      record.owed = (bits & kOwed) != 0;
      record.merge = (bits & kMerge) != 0;
      break;
    }
    case RecordType::kStanding:
      record.id = reader.Text();
      if (!ReadState(reader, record.state)) return std::nullopt;
      break;
    case RecordType::kTold:
      record.id = reader.Text();
      record.version = reader.I64();
      record.range.number = reader.I64();
      record.range.count = reader.I64();
      break;
    default:
      return std::nullopt;
  }
  if (!reader.ok() || reader.left() != 0) return std::nullopt;
  return record;
}

}  // namespace assist::agent::journal
