#include "server/model/entities.h"
#include "server/model/status.h"
#include "server/model/task_state.h"

namespace assist::server::model {
namespace {

bool EqualsAnyCase(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

}  // namespace

std::string_view Name(TaskState state) noexcept {
  switch (state) {
    case TaskState::kPending:
      return "Pending";
    case TaskState::kScheduled:
      return "Scheduled";
    case TaskState::kRunning:
      return "Running";
    case TaskState::kStopping:
      return "Stopping";
    case TaskState::kSuccess:
      return "Success";
    case TaskState::kFailed:
      return "Failed";
    case TaskState::kTimeout:
      return "Timeout";
    case TaskState::kError:
      return "Error";
    case TaskState::kInvalid:
      return "Invalid";
    case TaskState::kAborted:
      return "Aborted";
    case TaskState::kCancelled:
      return "Cancelled";
    case TaskState::kTerminated:
      return "Terminated";
  }
  return "";
}

std::string_view Name(Delivery delivery) noexcept {
  switch (delivery) {
    case Delivery::kNotDelivered:
      return "NotDelivered";
    case Delivery::kDelivered:
      return "Delivered";
    case Delivery::kAccepted:
      return "Accepted";
  }
  return "";
}

std::string_view Name(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::kNone:
      return "";
    case Outcome::kFinal:
      return "Final";
    case Outcome::kPresumed:
      return "Presumed";
    case Outcome::kUnknown:
      return "Unknown";
    case Outcome::kUnknownReported:
      return "Unknown";
  }
  return "";
}

std::string_view Name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kNone:
      return "";
    case ErrorCode::kInstanceNotExists:
      return "InstanceNotExists";
    case ErrorCode::kInstanceReleased:
      return "InstanceReleased";
    case ErrorCode::kInstanceNotRunning:
      return "InstanceNotRunning";
    case ErrorCode::kClientNotRunning:
      return "ClientNotRunning";
    case ErrorCode::kClientNotResponse:
      return "ClientNotResponse";
    case ErrorCode::kClientIsUpgrading:
      return "ClientIsUpgrading";
    case ErrorCode::kClientNeedUpgrade:
      return "ClientNeedUpgrade";
    case ErrorCode::kDeliveryTimeout:
      return "DeliveryTimeout";
    case ErrorCode::kSecurityGroupRuleDenied:
      return "SecurityGroupRuleDenied";
    case ErrorCode::kTaskConcurrencyLimit:
      return "TaskConcurrencyLimit";
    case ErrorCode::kCommandNotApplicable:
      return "CommandNotApplicable";
    case ErrorCode::kAccountNotExists:
      return "AccountNotExists";
    case ErrorCode::kDirectoryNotExists:
      return "DirectoryNotExists";
    case ErrorCode::kBadCronExpression:
      return "BadCronExpression";
    case ErrorCode::kExecutionTimeout:
      return "ExecutionTimeout";
    case ErrorCode::kExecutionException:
      return "ExecutionException";
    case ErrorCode::kExecutionInterrupted:
      return "ExecutionInterrupted";
    case ErrorCode::kExitCodeNonzero:
      return "ExitCodeNonzero";
    case ErrorCode::kFileCreateFail:
      return "FileCreateFail";
    case ErrorCode::kFileAlreadyExists:
      return "FileAlreadyExists";
    case ErrorCode::kFileContentInvalid:
      return "FileContentInvalid";
    case ErrorCode::kFileNameInvalid:
      return "FileNameInvalid";
    case ErrorCode::kFilePathInvalid:
      return "FilePathInvalid";
    case ErrorCode::kFileAuthorityInvalid:
      return "FileAuthorityInvalid";
    case ErrorCode::kMaxErrorsExceeded:
      return "MaxErrorsExceeded";
    case ErrorCode::kBudgetExceeded:
      return "BudgetExceeded";
    case ErrorCode::kUserGroupNotExists:
      return "UserGroupNotExists";
  }
  return "";
}

std::string_view ErrorInfo(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kNone:
      return "";
    case ErrorCode::kInstanceNotExists:
      return "the specified instance does not exists";
    case ErrorCode::kInstanceReleased:
      return "the instance has released when create task";
    case ErrorCode::kInstanceNotRunning:
      return "the instance is not running when create task";
    case ErrorCode::kClientNotRunning:
      return "the aliyun service is not running on the instance";
    case ErrorCode::kClientNotResponse:
      return "the aliyun service in the instance does not response";
    case ErrorCode::kClientIsUpgrading:
      return "the aliyun service in the instance is upgrading now";
    case ErrorCode::kClientNeedUpgrade:
      return "the aliyun service in the instance need upgrade";
    case ErrorCode::kDeliveryTimeout:
      return "the command delivery has been timeout";
    case ErrorCode::kSecurityGroupRuleDenied:
      return "the security group rules denied access to the aliyun service";
    case ErrorCode::kTaskConcurrencyLimit:
      return "the number of concurrent tasks exceeds the limit";
    case ErrorCode::kCommandNotApplicable:
      return "the command is not applicable";
    case ErrorCode::kAccountNotExists:
      return "the specified account does not exists";
    case ErrorCode::kDirectoryNotExists:
      return "the specified directory does not exists";
    case ErrorCode::kBadCronExpression:
      return "the cron job expression is invalid";
    case ErrorCode::kExecutionTimeout:
      return "the command execution has been timeout";
    case ErrorCode::kExecutionException:
      return "the command execution got an exception";
    case ErrorCode::kExecutionInterrupted:
      return "the command execution has been interrupted";
    case ErrorCode::kExitCodeNonzero:
      return "the command execution exit code is not zero";
    case ErrorCode::kFileCreateFail:
      return "the file creation is failed due to unknown error";
    case ErrorCode::kFileAlreadyExists:
      return "File already exists";
    case ErrorCode::kFileContentInvalid:
      return "the content of file is invalid";
    case ErrorCode::kFileNameInvalid:
      return "File name is invalid";
    case ErrorCode::kFilePathInvalid:
      return "File path is invalid";
    case ErrorCode::kFileAuthorityInvalid:
      return "the authority of file is invalid";
    case ErrorCode::kMaxErrorsExceeded:
      return "More machines failed than MaxErrors allows: this one was not started.";
    case ErrorCode::kBudgetExceeded:
      return "the command used more than its budget";
    case ErrorCode::kUserGroupNotExists:
      return "Group not exists";
  }
  return "";
}

std::string_view Name(InvocationStatus status) noexcept {
  switch (status) {
    case InvocationStatus::kPending:
      return "Pending";
    case InvocationStatus::kScheduled:
      return "Scheduled";
    case InvocationStatus::kRunning:
      return "Running";
    case InvocationStatus::kStopping:
      return "Stopping";
    case InvocationStatus::kStopped:
      return "Stopped";
    case InvocationStatus::kSuccess:
      return "Success";
    case InvocationStatus::kPartialFailed:
      return "PartialFailed";
    case InvocationStatus::kFailed:
      return "Failed";
  }
  return "";
}

std::string_view Name(InvokeStatus status) noexcept {
  switch (status) {
    case InvokeStatus::kRunning:
      return "Running";
    case InvokeStatus::kStopping:
      return "Stopping";
    case InvokeStatus::kStopped:
      return "Stopped";
    case InvokeStatus::kFailed:
      return "Failed";
    case InvokeStatus::kFinished:
      return "Finished";
    case InvokeStatus::kPartialFailed:
      return "PartialFailed";
  }
  return "";
}

std::string_view Name(CommandType type) noexcept {
  switch (type) {
    case CommandType::kRunShellScript:
      return "RunShellScript";
    case CommandType::kRunBatScript:
      return "RunBatScript";
    case CommandType::kRunPowerShellScript:
      return "RunPowerShellScript";
  }
  return "";
}

std::string_view Name(RepeatMode mode) noexcept {
  switch (mode) {
    case RepeatMode::kOnce:
      return "Once";
    case RepeatMode::kPeriod:
      return "Period";
    case RepeatMode::kNextRebootOnly:
      return "NextRebootOnly";
    case RepeatMode::kEveryReboot:
      return "EveryReboot";
  }
  return "";
}

std::string_view Name(TerminationMode mode) noexcept {
  switch (mode) {
    case TerminationMode::kDefault:
      return "";
    case TerminationMode::kProcess:
      return "Process";
    case TerminationMode::kProcessTree:
      return "ProcessTree";
  }
  return "";
}

std::string_view Name(OsType os) noexcept {
  switch (os) {
    case OsType::kLinux:
      return "Linux";
    case OsType::kWindows:
      return "Windows";
    case OsType::kFreeBsd:
      return "FreeBSD";
  }
  return "";
}

std::optional<CommandType> ParseCommandType(std::string_view word) noexcept {
  for (const auto type :
       {CommandType::kRunShellScript, CommandType::kRunBatScript, CommandType::kRunPowerShellScript}) {
    if (word == Name(type)) return type;
  }
  return std::nullopt;
}

std::optional<RepeatMode> ParseRepeatMode(std::string_view word) noexcept {
  for (const auto mode :
       {RepeatMode::kOnce, RepeatMode::kPeriod, RepeatMode::kNextRebootOnly, RepeatMode::kEveryReboot}) {
    if (word == Name(mode)) return mode;
  }
  return std::nullopt;
}

std::optional<TerminationMode> ParseTerminationMode(std::string_view word) noexcept {
  for (const auto mode : {TerminationMode::kProcess, TerminationMode::kProcessTree}) {
    if (word == Name(mode)) return mode;
  }
  return std::nullopt;
}

std::optional<OsType> ParseOsType(std::string_view word) noexcept {
  for (const auto os : {OsType::kLinux, OsType::kWindows, OsType::kFreeBsd}) {
    if (EqualsAnyCase(word, Name(os))) return os;
  }
  return std::nullopt;
}

}  // namespace assist::server::model
