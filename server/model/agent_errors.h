// What the words of an agent's `error` and `invalid` reports mean for the API: one table for all ages of agents
// (agent-protocol.md, 12.1, 12.3, 14 and 21; openapi.md, 8.4). Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "server/model/task_state.h"

namespace assist::server::model {

/// A word of an agent and what it becomes. The first row of a table is for all words that are not in it.
struct AgentError {
  std::string_view word;  ///< errCode of `error`, param of `invalid`. Empty: any other.
  ErrorCode code = ErrorCode::kNone;
  /// The agent cannot tell what became of the task either: the outcome is unknown, not failed.
  bool unknown = false;
};

/// errCodes. Positive numbers (errno) and words of later versions are among "any other".
[[nodiscard]] std::span<const AgentError> ErrorCodes() noexcept;
/// Names of parameters.
[[nodiscard]] std::span<const AgentError> InvalidParams() noexcept;

/// Names of parameters in reports about files.
[[nodiscard]] std::span<const AgentError> InvalidFileParams() noexcept;
/// errorcodes of files that could not be written.
[[nodiscard]] std::span<const AgentError> FileErrorCodes() noexcept;

[[nodiscard]] const AgentError& MeaningOfError(std::string_view err_code) noexcept;
[[nodiscard]] const AgentError& MeaningOfInvalid(std::string_view param) noexcept;
[[nodiscard]] const AgentError& MeaningOfInvalidFile(std::string_view param) noexcept;
[[nodiscard]] const AgentError& MeaningOfFileError(std::int64_t error_code) noexcept;

}  // namespace assist::server::model
