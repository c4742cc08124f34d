#include "server/model/agent_errors.h"

#include <algorithm>
#include <array>
#include <string>

#include "server/model/report.h"

namespace assist::server::model {
namespace {

constexpr ErrorCode kException = ErrorCode::kExecutionException;
constexpr ErrorCode kNotApplicable = ErrorCode::kCommandNotApplicable;

constexpr std::array kErrors = {
    AgentError{"", kException},
    AgentError{"-1", kException},  // script folder
    AgentError{"-2", kException},  // unknown type
    AgentError{"-3", kException},  // content is no base64
    AgentError{"-4", kException},  // script file not written
    AgentError{"-5", kException},  // not made executable
    AgentError{"-6", kException},  // permissions on Windows
    AgentError{"-7", kException},  // not started
    AgentError{"-8", kException},  // disk full
    // The agent still has the script of an earlier start under this id. Ids are used once, so it ran before, and what
    // came of that is not known.
    AgentError{"-9", ErrorCode::kExecutionInterrupted, true},
    AgentError{"-10", kException},  // no PowerShell
    AgentError{"-11", kException},  // no shell
    AgentError{"-12", kException},  // parameter not resolved
    AgentError{"-13", kException},  // general
    AgentError{"-14", kException},  // container engine not reachable
    AgentError{"-15", kException},  // no container engine
    AgentError{"-16", kException},  // error of the engine
    AgentError{"-17", kException},  // no such container
    AgentError{"-18", kException},  // several containers
    AgentError{"-19", kException},  // container does not run
    AgentError{"ContainerRuntimeInternalError", kException},
    AgentError{"ContainerRuntimeTimeout", kException},
    AgentError{kErrCodeUnknown, ErrorCode::kExecutionInterrupted, true},
};

constexpr std::array kParams = {
    AgentError{"", kNotApplicable},
    AgentError{"TypeInvalid", kNotApplicable},
    AgentError{"type", kNotApplicable},  // C++ agents
    AgentError{"CommandContentInvalid", kNotApplicable},
    AgentError{"UsernameOrPasswordInvalid", ErrorCode::kAccountNotExists},
    AgentError{"workingDirectory", ErrorCode::kDirectoryNotExists},
    AgentError{"cron", ErrorCode::kBadCronExpression},
    AgentError{"InvalidEnvironmentParameter", kNotApplicable},
    AgentError{"RoleNameFailed", kNotApplicable},
    AgentError{"ParameterStoreNotAccessible", kNotApplicable},
    AgentError{"ParameterFailed", kNotApplicable},
    AgentError{"InvalidContainerId", kNotApplicable},
    AgentError{"InvalidContainerName", kNotApplicable},
    AgentError{"UnsupportedContainerRuntime", kNotApplicable},
    AgentError{"ContainerNameAndIdNotMatch", kNotApplicable},
    AgentError{"ContainerNameDuplicated", kNotApplicable},
    AgentError{"ContainerNotFound", kNotApplicable},
    AgentError{"ContainerStateAbnormal", kNotApplicable},
    AgentError{"ContainerConnectFailed", kNotApplicable},
};

constexpr std::array kFileParams = {
    AgentError{"", ErrorCode::kFileCreateFail},
    AgentError{"FileNameInvalid", ErrorCode::kFileNameInvalid},
    AgentError{"EmptyFile", ErrorCode::kFileContentInvalid},
    AgentError{"FileExist", ErrorCode::kFileAlreadyExists},
    AgentError{"InvalidFileContent", ErrorCode::kFileContentInvalid},
    AgentError{"InvalidSignature", ErrorCode::kFileContentInvalid},
    AgentError{"InvalidFileMode", ErrorCode::kFileAuthorityInvalid},
    AgentError{"FileGroupNotExist", ErrorCode::kUserGroupNotExists},
    AgentError{"FileOwnerNotExist", ErrorCode::kAccountNotExists},
};

constexpr std::array kFileErrors = {
    AgentError{"", ErrorCode::kFileCreateFail},        AgentError{"1", ErrorCode::kFileCreateFail},  // not written
    AgentError{"2", ErrorCode::kFileAuthorityInvalid},  // owner not changed
    AgentError{"3", ErrorCode::kFileAuthorityInvalid},  // mode not changed
    AgentError{"4", ErrorCode::kFilePathInvalid},       // folder not made
};

const AgentError& Find(std::span<const AgentError> table, std::string_view word) noexcept {
  const auto found =
      std::find_if(table.begin(), table.end(), [word](const AgentError& row) { return row.word == word; });
  return found == table.end() ? table.front() : *found;
}

}  // namespace

std::span<const AgentError> ErrorCodes() noexcept { return kErrors; }
std::span<const AgentError> InvalidParams() noexcept { return kParams; }
std::span<const AgentError> InvalidFileParams() noexcept { return kFileParams; }
std::span<const AgentError> FileErrorCodes() noexcept { return kFileErrors; }
const AgentError& MeaningOfError(std::string_view err_code) noexcept { return Find(kErrors, err_code); }
const AgentError& MeaningOfInvalid(std::string_view param) noexcept { return Find(kParams, param); }
const AgentError& MeaningOfInvalidFile(std::string_view param) noexcept { return Find(kFileParams, param); }
const AgentError& MeaningOfFileError(std::int64_t error_code) noexcept {
  return Find(kFileErrors, std::to_string(error_code));
}

}  // namespace assist::server::model
