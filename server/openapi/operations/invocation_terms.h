// What RunCommand and InvokeCommand have in common: targets, schedule, parameters and the other terms of an invocation.
#pragma once

#include <vector>

#include "server/control/start_invocation.h"
#include "server/openapi/operation.h"

namespace assist::server::openapi {

/// Declarations shared by both, besides the script's own.
[[nodiscard]] std::vector<ParameterSpec> InvocationTermSpecs(const model::Limits& limits,
                                                             std::int64_t max_resource_tags);

/// Fills `in` from the arguments named there. The refusals that need no store: MissingParam.InstanceId,
/// InvalidResourceTag.ConflictWithInstanceIds, InvalidParameter.Parameters, ParameterType.NotSupported,
/// InvalidParameterCharset.Parameters, MissingParam.Frequency, InvalidParam.Frequency, InvalidResourceGroup.NotFound,
/// and Operation.Forbidden with a sentence for what this server does not do: schedules, runs at boot, containers,
/// delivery of output to object storage.
[[nodiscard]] Answer<void> ReadInvocationTerms(const Call& call, control::StartInvocationIn& in);

/// The members of a JSON object as texts: InvalidParameter.Parameters, ParameterType.NotSupported.
[[nodiscard]] Answer<model::Parameters> ReadParameters(const Call& call, const std::string& text);

}  // namespace assist::server::openapi
