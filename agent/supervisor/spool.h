// The spool: one file a task, written by its supervisor, read by the agent. Pure; any thread. Bytes reach the disk and
// outlive the program that wrote them: never renumber. All integers are little endian.
//
//   0     8     magic "ASTSPOO1"
//   16          start slot: one frame (kStartMark), written and complete before the script is started
//   512         exit slot: one frame (kExit), written when everything else stands; zeros until then
//   1536        output slot: one frame (kFirstOutput), written before the first output; zeros until then
//   4096        body: frames of kOutput and kGap, in order, one behind the other
//
// The head (the first 4096 bytes) is written as a whole at the start, so that the exit record needs no new space on a
// full disk. A frame: u32 length of the payload, u32 CRC-32C over length, type and payload, u8 type, payload. A torn or
// damaged frame ends what can be read; the supervisor goes on behind the last whole one.
//
// Positions: `position` is a place in the file (always the start of a frame in the body), `offset` counts the bytes of
// output that are kept, from 0, without gaps: it is what reports call X-Assist-Offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/supervisor/budgets.h"
#include "common/base/result.h"
#include "common/base/time.h"

namespace assist::agent::supervisor {

inline constexpr std::size_t kHeadBytes = 4096;
inline constexpr std::size_t kExitSlot = 512;
inline constexpr std::size_t kExitSlotBytes = 1024;
inline constexpr std::size_t kOutputSlot = 1536;
inline constexpr std::size_t kOutputSlotBytes = 64;
inline constexpr std::size_t kMaxFramePayload = 64 * 1024;

enum class FrameType : std::uint8_t { kStartMark = 1, kExit = 2, kOutput = 3, kGap = 4, kFirstOutput = 5 };

/// Stands before the script is started: whoever finds it must not start the script.
struct StartMark {
  std::string boot_id;  ///< At most 64 bytes.
  SystemTime wall{};
  SteadyTime steady{};  ///< CLOCK_BOOTTIME
  friend bool operator==(const StartMark&, const StartMark&) = default;
};

/// How it ended. Never renumber.
enum class ExitKind : std::uint8_t {
  kExited = 1,       ///< By itself; `code` is its exit status.
  kSignalled = 2,    ///< By a signal from elsewhere; `code` is the signal.
  kTimeout = 3,      ///< Ended by the supervisor when its time was over.
  kStopped = 4,      ///< Ended by the supervisor because it was asked to.
  kStartFailed = 5,  ///< Never ran: `code` is the errno, or one of client_word.h; `message` says what failed.
  kLost = 6,  ///< It ran (or may have) elsewhere, and nobody can tell any more what became of it; `message`: why.
};

struct ExitRecord {
  ExitKind kind = ExitKind::kExited;
  std::int32_t code = 0;
  std::string message;              ///< At most 255 bytes; for people.
  SystemTime end{};                 ///< The start's wall time plus the time measured.
  std::uint64_t output_bytes = 0;   ///< Kept in the spool.
  std::uint64_t dropped_bytes = 0;  ///< Read from the script and not kept: over the cap, or the disk was full.
  /// With kExited and kSignalled: a budget was exceeded, and that is why the supervisor ended it, if it had not ended.
  /// What was read beyond an output budget is in neither count above.
  std::optional<Exceeded> exceeded = std::nullopt;
  friend bool operator==(const ExitRecord&, const ExitRecord&) = default;
};

/// The whole head with this start mark and no exit record: kHeadBytes.
[[nodiscard]] std::string EncodeHead(const StartMark& mark);
/// The frame for the exit slot, at most kExitSlotBytes; a longer message is cut.
[[nodiscard]] std::string EncodeExit(const ExitRecord& record);
/// The frame for the output slot: when the first output came, by the same measure as ExitRecord::end.
[[nodiscard]] std::string EncodeFirstOutput(SystemTime when);
/// The first bytes of a kOutput frame whose payload (at most kMaxFramePayload) follows.
[[nodiscard]] std::string EncodeOutputHeader(std::string_view payload);
/// A frame that says that `bytes` of output are missing here.
[[nodiscard]] std::string EncodeGap(std::uint64_t bytes);

/// What a head tells. `bytes` may be short or empty (no supervisor wrote yet).
struct Head {
  std::optional<StartMark> start;
  std::optional<ExitRecord> exit;
  std::optional<SystemTime> first_output;  ///< Absent: none yet, or not told.
  /// The file is not empty, but magic or start mark are unreadable: nothing may be concluded but "perhaps started".
  bool damaged = false;
};
[[nodiscard]] Head DecodeHead(std::string_view bytes);

/// Takes the body apart, piece by piece, in bounded memory.
struct Frame {
  FrameType type = FrameType::kOutput;
  std::string_view payload;  ///< Of kOutput; points into the bytes given.
  std::uint64_t gap = 0;     ///< Of kGap.
  std::size_t size = 0;      ///< Of the whole frame in the file.
};
enum class FrameState : std::uint8_t {
  kWhole,       ///< `frame` is set.
  kIncomplete,  ///< More bytes are needed; at the end of the file: torn, or not written yet.
  kDamaged,     ///< Checksum or type is wrong.
};
/// The frame at the start of `bytes`.
[[nodiscard]] FrameState DecodeFrame(std::string_view bytes, Frame& frame);

}  // namespace assist::agent::supervisor
