// The journal's records and the file around them. Reaches the disk: never renumber, never change. Pure; any thread.
//
//   file    header (128 bytes), then records
//   header  twice, at 0 and at 64: magic "ASTJRNL1", mark (8 random bytes), CRC-32C of both
//   record  the mark of this file, then a frame (agent/record) with type and payload
//
// The mark makes it certain that what is found behind a damaged place is a record, and not a part of a script that
// looks like one. Every payload begins with the highest delivery number had at that time, so that a lost record cannot
// hide that a number was had.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/journal/journal.h"
#include "agent/journal/schedules.h"

namespace assist::agent::journal {

inline constexpr std::size_t kHeaderBytes = 128;
inline constexpr std::size_t kMarkBytes = 8;
inline constexpr std::size_t kMaxPayload = 16 << 20;

enum class RecordType : std::uint8_t {
  kAccepted = 1,       ///< id, delivery, boot_id, entry, at
  kMayStart = 2,       ///< id, boot_id
  kWishStop = 3,       ///< id, stop
  kForget = 4,         ///< id
  kRefused = 5,        ///< id, delivery: never to be run
  kResetIdentity = 6,  ///< the numbers had are void
  kRanges = 7,         ///< ranges: of a snapshot
  kIds = 8,            ///< hashes: of a snapshot
  kConcluded = 9,      ///< id, conclusion: never to be started from now on
  kSchedule = 10,      ///< id, version, delivery, state, entry, …: twice; of a schedule, or only for its live runs
  kOccurrence = 11,    ///< id (of the schedule), version, range (number, due), boot_id, seen_boot: a run is
                       ///< accepted and its schedule moves; count 0, in a snapshot: it does not; at
  kMissed = 12,        ///< id, range, owed, merge
  kStanding = 13,      ///< id, state
  kTold = 14,          ///< id, version, range (number, count): the server has this
};

struct Record {
  RecordType type = RecordType::kForget;
  std::int64_t highest = 0;
  std::string id;
  std::int64_t delivery = 0;
  std::string boot_id;
  StopWish stop = StopWish::kNone;
  bool entry_lost = false;  ///< The bytes could not be copied from an older file.
  SystemTime at{};          ///< Of kAccepted and kOccurrence; absent in files of the first versions: the epoch.
  std::string entry;
  std::string conclusion;
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  std::vector<std::uint64_t> hashes;
  // Of schedules.
  std::int64_t version = 0;
  ScheduleState state;
  bool definition_only = false;  ///< kSchedule: its schedule has another version, or does not stand any more.
  MissedRange range;
  bool owed = false;
  bool merge = false;
  std::string seen_boot;
};

[[nodiscard]] std::string EncodeHeader(std::string_view mark);
/// The mark, when one of the two copies is whole.
[[nodiscard]] std::optional<std::string> DecodeHeader(std::string_view bytes);

/// Mark and frame.
[[nodiscard]] std::string EncodeRecord(std::string_view mark, const Record& record);
/// Of a frame's payload; empty when it makes no sense.
[[nodiscard]] std::optional<Record> DecodePayload(std::uint8_t type, std::string_view payload);

}  // namespace assist::agent::journal
