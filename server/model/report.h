// What an agent says about a task, apart from any carrier (agent-protocol.md, 11 and 12). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"
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
};

/// errCode by which our agent says that it cannot know what became of a task (start mark without exit record).
inline constexpr std::string_view kErrCodeUnknown = "ExecutionInterrupted";

struct Report {
  ReportKind kind = ReportKind::kRunning;
  std::optional<SystemTime> start;  ///< When the process began, by the agent's clock; empty for 0: not started.
  std::optional<SystemTime> end;    ///< As start.
  std::optional<std::int64_t> exit_code;
  std::int64_t dropped = 0;  ///< Bytes that the agent cut out before this report's output.
  std::string err_code;      ///< kError: a decimal number or a word.
  std::string err_desc;      ///< kError: for people.
  std::string param;         ///< kInvalid: what is wrong, e.g. UsernameOrPasswordInvalid.
  std::string value;         ///< kInvalid: for people.
  std::string result;        ///< kStopped: killed or completed.
};

[[nodiscard]] constexpr bool IsFinalKind(ReportKind kind) noexcept {
  return kind != ReportKind::kRunning && kind != ReportKind::kVerified;
}
/// ErrorCode for the `param` of an `invalid` report (12.3).
[[nodiscard]] ErrorCode ErrorCodeOfInvalid(std::string_view param) noexcept;

}  // namespace assist::server::model
