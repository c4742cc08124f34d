// What an agent says about a task, apart from any carrier (agent-protocol.md, 11 and 12). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"
#include "server/model/schedule_words.h"
#include "server/model/task_state.h"

namespace assist::server::model {

enum class ReportKind : std::uint8_t {
  kRunning,   ///< Accepted (no start), started, or new output.
  kFinish,    ///< The process ended by itself.
  kTimeout,   ///< Killed after its time-out.
  kError,     ///< Could not be prepared or started, or the agent does not know (kErrCodeUnknown).
  kInvalid,   ///< A parameter is wrong.
  kStopped,   ///< Answer to a stop.
  kVerified,  ///< A `test` entry is fine; changes nothing here.
  kMissed,    ///< Occurrences of a schedule that did not run (`missed`).
};

/// errCode by which our agent says that it cannot know what became of a task (start mark without exit record).
inline constexpr std::string_view kErrCodeUnknown = "ExecutionInterrupted";
/// errCode of a kFinish of our agent: the process ended as it says, and had used more than a budget (errDesc: which).
inline constexpr std::string_view kErrCodeBudget = "BudgetExceeded";

/// Which occurrence of a schedule a report is about; of kMissed the first one.
struct OccurrenceRef {
  std::int64_t number = 0;  ///< From 1, given by the agent.
  SystemTime due{};
};
/// Occurrences [OccurrenceRef::number, + count), which did not run.
struct MissedRange {
  std::int64_t count = 1;
  SystemTime last_due{};
  MissedReason reason = MissedReason::kOverlap;
};

/// How a file came out (agent-protocol.md, 14).
struct FileEnd {
  bool success = false;
  std::int64_t error_code = 0;  ///< Without success.
};

/// What our agent tells of the task's way, by its own clock.
struct AgentTimes {
  std::optional<SystemTime> journaled;
  std::optional<SystemTime> first_output;
  std::optional<SystemTime> sent;  ///< Of this report.
};

struct Report {
  ReportKind kind = ReportKind::kRunning;
  std::optional<SystemTime> start;  ///< When the process began, by the agent's clock; empty for 0: not started.
  std::optional<SystemTime> end;    ///< As start.
  std::optional<std::int64_t> exit_code;
  std::int64_t dropped = 0;  ///< Bytes that the agent cut out before this report's output.
  std::string err_code;      ///< kError: a decimal number or a word; kFinish: kErrCodeBudget or nothing.
  std::string err_desc;      ///< kError: for people.
  std::string param;         ///< kInvalid: what is wrong, e.g. UsernameOrPasswordInvalid.
  std::string value;         ///< kInvalid: for people.
  std::string result;        ///< kStopped: killed or completed.
  AgentTimes times;
  std::optional<SystemTime> received;  ///< By the server's clock; empty: not told.
  std::optional<FileEnd> file;         ///< It is about a file that was sent; its value counts with kFinish.
  // Of schedules.
  std::int64_t version = 0;                 ///< Of the terms that it follows; stock agents before v578: 0.
  std::optional<OccurrenceRef> occurrence;  ///< Ours. Without it a report is about the schedule itself.
  std::optional<MissedRange> missed;        ///< kMissed
  std::optional<SystemTime> next_due;       ///< Ours: when the next occurrence is due; absent: none, or not told.
  std::string zone;                         ///< Of the agent or the expression; empty: not told.
  std::optional<SystemTime> wall_clock;     ///< Stock: currentTime of runs of cron and rate.
};

[[nodiscard]] constexpr bool IsFinalKind(ReportKind kind) noexcept {
  return kind != ReportKind::kRunning && kind != ReportKind::kVerified && kind != ReportKind::kMissed;
}

}  // namespace assist::server::model
