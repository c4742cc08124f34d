// What CreateCommand and RunCommand have in common: the parameters that describe a script. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "server/openapi/operation.h"

namespace assist::server::openapi {

// Declarations. Lengths count characters; control characters are refused.
[[nodiscard]] ParameterSpec CommandIdSpec();
[[nodiscard]] ParameterSpec InvokeIdSpec();
[[nodiscard]] ParameterSpec InstanceIdSpec();
[[nodiscard]] ParameterSpec CommandContentSpec(const model::Limits& limits);
[[nodiscard]] ParameterSpec CommandNameSpec();
[[nodiscard]] ParameterSpec CommandDescriptionSpec();
[[nodiscard]] ParameterSpec WorkingDirSpec();
[[nodiscard]] ParameterSpec LauncherSpec();
[[nodiscard]] ParameterSpec TimeoutSpec(const model::Limits& limits, std::int64_t min);

/// What an operation calls the mistakes.
struct ContentCodes {
  std::string_view decode = "CmdContent.DecodeError";
  std::string_view limit = "CmdContent.ExceedLimit";
};
/// The bytes of CommandContent by ContentEncoding.
[[nodiscard]] Answer<std::string> ReadContent(const Call& call, const ContentCodes& codes = {});
[[nodiscard]] model::CommandType ReadType(const Call& call);

/// This server has no resource groups: a name given to something new is InvalidResourceGroup.NotFound.
[[nodiscard]] Answer<void> RefuseResourceGroup(const Call& call);

}  // namespace assist::server::openapi
