// What an agent says about a task (agent-protocol reference, sections 11, 12, 14). Semantic messages, apart from the
// carrier (report_codec.h has the stock form: a POST with the facts in its query). Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/secret.h"
#include "common/base/time.h"

namespace assist::wire {

enum class ReportKind : std::uint8_t {
  kAccepted =
      0,         ///< Ours only: the agent has journaled the task. On the stock carrier `running` with start 0, no body.
  kRunning = 1,  ///< Started, or new output.
  kFinish = 2,   ///< The process ended by itself.
  kTimeout = 3,  ///< Ended because it ran too long.
  kError = 4,    ///< Could not be prepared or started, or its end is unknown.
  kStopped = 5,  ///< Stopped, or a schedule used up.
  kInvalid = 6,  ///< A parameter is wrong.
  kVerified = 7,  ///< A `test` entry passed its checks.
  kMissed = 8,    ///< Ours only: occurrences of a schedule that did not run, and why (`missed`).
};
/// `running`, `finish`, …: the last part of the path; kAccepted gives `running`.
[[nodiscard]] std::string_view PathName(ReportKind kind) noexcept;
/// For logs: as PathName, but `accepted`.
[[nodiscard]] std::string_view Name(ReportKind kind) noexcept;
/// No report of this run can follow (for a schedule: of this occurrence).
[[nodiscard]] constexpr bool IsFinal(ReportKind kind) noexcept {
  return kind != ReportKind::kAccepted && kind != ReportKind::kRunning;
}

/// Wall clock of the agent, sent with the runs of cron and rate schedules.
struct WallClock {
  SystemTime current_time{};
  std::optional<std::chrono::seconds> offset;  ///< With cron only.
  std::string time_zone;                       ///< With cron only.
};

/// Of a container task.
struct ContainerRef {
  std::string id;
  std::string name;
};

/// Why a file was not put in place (section 14): `errorcode`. Reaches the wire: never renumber.
enum class FileTrouble : std::uint8_t {
  kNone = 0,
  kNotWritten = 1,  ///< It cannot be written.
  kOwner = 2,       ///< Its owner or group cannot be changed.
  kMode = 3,        ///< Its mode cannot be changed.
  kFolder = 4,      ///< The target folder cannot be made, or is a file.
};

/// `param` of a refused file (section 14).
namespace file_param {
inline constexpr std::string_view kName = "FileNameInvalid";        ///< value: name
inline constexpr std::string_view kEmpty = "EmptyFile";             ///< value: empty
inline constexpr std::string_view kExists = "FileExist";            ///< value: name
inline constexpr std::string_view kContent = "InvalidFileContent";  ///< value: empty
inline constexpr std::string_view kSignature = "InvalidSignature";  ///< value: signature
inline constexpr std::string_view kMode = "InvalidFileMode";        ///< value: mode
inline constexpr std::string_view kNoGroup = "FileGroupNotExist";   ///< value: group
inline constexpr std::string_view kNoOwner = "FileOwnerNotExist";   ///< value: owner
}  // namespace file_param

/// The report is about an entry of `file` (section 14). Kinds: kFinish with these; kInvalid with param and value; ours
/// only: kAccepted, and kError with err_code and err_desc when it is not known whether the file was put in place
/// (kErrInterrupted). Ours only, too: start and end in the last report, err_desc beside `Failed`.
struct FileResult {
  static constexpr std::string_view kSuccess = "Success";
  static constexpr std::string_view kFailed = "Failed";
  std::string status;  ///< kFinish only.
  int error_code = 0;  ///< kFinish only: a FileTrouble, or what a later agent says.
};

/// errCodes that both sides know (section 12.1). Never renumber.
inline constexpr std::string_view kErrScriptFileExisted = "-9";
inline constexpr std::string_view kErrInterrupted = "ExecutionInterrupted";  ///< Ours: what became of it is not known.

/// Why occurrences of a schedule did not run. The names are the wire's and the API's.
enum class MissedReason : std::uint8_t {
  kOverlap = 1,    ///< The run before had not ended.
  kAgentDown = 2,  ///< The agent did not run.
  kAsleep = 3,     ///< The machine slept, or its clock was set over the time.
  kLate = 4,       ///< The agent was too busy, or its disk refused, until the next time had come.
  kReplaced = 5,   ///< Queued behind a run when the schedule was changed or stopped.
  /// The agent's journal was damaged. The one reason that does not say that none ran: nothing is known of these
  /// numbers, and there are as many as may have been used, at most.
  kJournalDamaged = 6,
};
[[nodiscard]] std::string_view Name(MissedReason reason) noexcept;
[[nodiscard]] std::optional<MissedReason> ParseMissedReason(std::string_view name) noexcept;

/// Ours only: which occurrence of a schedule a report is about.
struct Occurrence {
  std::int64_t number = 0;  ///< From 1; with kMissed the first of them.
  SystemTime due{};         ///< When it should have started, without splay; with kMissed the first one's.
};

/// Occurrences [Occurrence::number, + count) that did not run, all for the same reason.
struct Missed {
  std::int64_t count = 1;
  SystemTime last_due{};
  MissedReason reason = MissedReason::kOverlap;
};

/// Ours only: what the agent knows of a task's way, all by its own clock. The epoch: it does not know.
struct AgentTimes {
  SystemTime journaled{};     ///< It took the task into its journal.
  SystemTime first_output{};  ///< The script's first output came.
  SystemTime sent{};          ///< This report was sent.
};

struct Report {
  ReportKind kind = ReportKind::kRunning;
  std::string task_id;
  std::int64_t invoke_version = 0;
  SystemTime start{};  ///< Unix epoch: none (an error before the start, a stop of what never ran).
  SystemTime end{};    ///< The same.
  int exit_code = 0;
  std::int64_t dropped = 0;  ///< Bytes of output left out between what was sent and this body.
  std::string err_code;      ///< kError: a decimal number or a word.
  std::string err_desc;      ///< kError, and failed files of ours: at most 255 bytes.
  std::string param;         ///< kInvalid
  std::string value;         ///< kInvalid
  std::string result;        ///< kStopped: `killed` or `completed`.
  std::optional<WallClock> wall_clock;
  std::optional<ContainerRef> container;
  std::optional<FileResult> file;
  /// Ours only, with reports about a run of a schedule. Without it a report is about the schedule itself: kAccepted (it
  /// is kept and waits for its time), kInvalid, kStopped.
  std::optional<Occurrence> occurrence;
  std::optional<Missed> missed;  ///< With kMissed.
  std::optional<SystemTime>
      next_due;      ///< Ours only, of schedules: when the next occurrence is due; absent: none, or not told.
  AgentTimes times;  ///< With our server only.
  /// Ours only: position of body[0] in the task's whole output, so that repeats are harmless. Absent: append.
  std::optional<std::uint64_t> output_offset;
  Secret<std::string> body;  ///< New output, byte by byte.
};

/// The answer to a report.
struct ReportAnswer {
  /// Ours only: the bytes of this task's output that the server has committed; where to go on sending.
  std::optional<std::uint64_t> next;

  /// For the C++ agents of 2020, in answers to kRunning (section 21); later ones look at nothing here. All in bytes.
  struct Running {
    std::uint64_t received = 0;  ///< Of this report's body.
    std::uint64_t accepted = 0;  ///< Below `received`: there is no more room, send the rest at the end.
    std::uint64_t current = 0;   ///< The output held until now; the final report begins behind it.
  };
  std::optional<Running> running;
};

}  // namespace assist::wire
