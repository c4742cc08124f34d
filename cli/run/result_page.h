// A page of DescribeInvocationResults, read. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "protocol/json/json.h"

namespace assist::cli {

/// How it stands with one machine, as `assist run` tells it.
enum class MachineState {
  kWaiting,    ///< Not yet with the machine, or waiting there.
  kRunning,    ///< Stopping too.
  kSucceeded,  ///< Exit code 0. This and all below are final.
  kFailed,     ///< Another exit code.
  kTimedOut,
  kNotStarted,    ///< Too many others had failed before (MaxErrors).
  kStopped,       ///< Cancelled before or terminated while it ran.
  kRefused,       ///< The agent cannot run it (no such user, no such directory …).
  kNotDelivered,  ///< No agent took it in time.
  kError,         ///< It could not go on.
  kUnknown,       ///< It may have run; nobody can say how it ended.
};

[[nodiscard]] constexpr bool IsFinal(MachineState state) noexcept {
  return state != MachineState::kWaiting && state != MachineState::kRunning;
}

struct ResultRow {
  std::string instance_id;
  MachineState state = MachineState::kWaiting;
  std::optional<std::int64_t> exit_code;
  std::string error_code;
  std::string error_info;
  std::string output;  ///< Bytes, decoded.
  /// Extension of our server: where `output` begins and how long the output is. Absent from other servers, which send
  /// the whole output each time.
  std::optional<std::int64_t> output_offset;
  std::optional<std::int64_t> output_size;
  std::int64_t dropped = 0;  ///< Bytes that a whole output leaves out.
};

struct ResultPage {
  std::int64_t total = 0;  ///< Rows of the invocation.
  std::vector<ResultRow> rows;
};

/// kInvalid when the answer is not what the reference says.
[[nodiscard]] Result<ResultPage> ParseResultPage(std::string_view body);
[[nodiscard]] Result<ResultPage> ReadResultPage(const json::Object& body);

}  // namespace assist::cli
