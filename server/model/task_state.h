// The states of a task and what goes with them. Pure. Every value here is written to the store: never renumber.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace assist::server::model {

/// What happens to a task, in the words of the API (openapi.md, 8.1: InvocationStatus on one instance).
enum class TaskState : std::uint8_t {
  kPending = 1,      ///< Not delivered, delivered, or accepted and waiting; `Delivery` tells which.
  kScheduled = 2,    ///< With the agent, waiting for its time (schedules only).
  kRunning = 3,      ///< The process runs.
  kStopping = 4,     ///< Stop asked for, the agent has not answered.
  kSuccess = 5,      ///< Exit code 0.
  kFailed = 6,       ///< Another exit code.
  kTimeout = 7,      ///< Killed after its time-out.
  kError = 8,        ///< Could not go on; also what became of it is unknown (see Outcome).
  kInvalid = 9,      ///< The agent refuses it.
  kAborted = 10,     ///< Nobody took it in time.
  kCancelled = 11,   ///< Stopped before it ran.
  kTerminated = 12,  ///< Stopped while it ran.
};
inline constexpr std::array kAllTaskStates = {TaskState::kPending,  TaskState::kScheduled, TaskState::kRunning,
                                              TaskState::kStopping, TaskState::kSuccess,   TaskState::kFailed,
                                              TaskState::kTimeout,  TaskState::kError,     TaskState::kInvalid,
                                              TaskState::kAborted,  TaskState::kCancelled, TaskState::kTerminated};
inline constexpr std::size_t kTaskStateCount = kAllTaskStates.size();

[[nodiscard]] constexpr bool IsFinal(TaskState state) noexcept { return state >= TaskState::kSuccess; }
/// "Pending", "Success", …: the API's InvocationStatus of one instance.
[[nodiscard]] std::string_view Name(TaskState state) noexcept;

/// How far a task is on its way to the agent (extension field `Delivery`).
enum class Delivery : std::uint8_t {
  kNotDelivered = 0,  ///< Not in any list that went out.
  kDelivered = 1,     ///< In a list that may have reached the agent; the agent has said nothing yet.
  kAccepted = 2,      ///< The agent has spoken about it.
};
[[nodiscard]] std::string_view Name(Delivery delivery) noexcept;

/// How sure a final state is (extension field `Outcome`: Final, Presumed, Unknown).
enum class Outcome : std::uint8_t {
  kNone = 0,             ///< Not in a final state.
  kFinal = 1,            ///< The agent said so, or the server knows because it never handed the task out.
  kPresumed = 2,         ///< The server concluded it from silence; a report of the agent replaces it.
  kUnknown = 3,          ///< The server cannot know what became of it; a report of the agent replaces it.
  kUnknownReported = 4,  ///< The agent cannot know either; only a definite end replaces it. Also "Unknown".
};
[[nodiscard]] std::string_view Name(Outcome outcome) noexcept;

/// ErrorCode of an instance (openapi.md, 8.4).
enum class ErrorCode : std::uint8_t {
  kNone = 0,
  kInstanceNotExists = 1,
  kInstanceReleased = 2,
  kInstanceNotRunning = 3,
  kClientNotRunning = 4,
  kClientNotResponse = 5,
  kClientIsUpgrading = 6,
  kClientNeedUpgrade = 7,
  kDeliveryTimeout = 8,
  kSecurityGroupRuleDenied = 9,
  kTaskConcurrencyLimit = 10,
  kCommandNotApplicable = 11,
  kAccountNotExists = 12,
  kDirectoryNotExists = 13,
  kBadCronExpression = 14,
  kExecutionTimeout = 15,
  kExecutionException = 16,
  kExecutionInterrupted = 17,
  kExitCodeNonzero = 18,
  // Of files.
  kFileCreateFail = 19,
  kFileAlreadyExists = 20,
  kFileContentInvalid = 21,
  kFileNameInvalid = 22,
  kFilePathInvalid = 23,
  kFileAuthorityInvalid = 24,
  kUserGroupNotExists = 25,
  // Extension.
  kMaxErrorsExceeded = 26,  ///< Not started: before it more machines had failed than MaxErrors allows.
  kBudgetExceeded = 27,     ///< It used more than its budget (budgets.h), and was ended for it if it had not ended.
};
inline constexpr std::uint8_t kLastErrorCode = 27;
/// "ExitCodeNonzero"; empty for kNone.
[[nodiscard]] std::string_view Name(ErrorCode code) noexcept;
/// The API's ErrorInfo for it; empty for kNone.
[[nodiscard]] std::string_view ErrorInfo(ErrorCode code) noexcept;

}  // namespace assist::server::model
