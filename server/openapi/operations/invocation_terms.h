// What RunCommand and InvokeCommand have in common: targets, schedule, parameters and the other terms of an invocation.
// ModifyInvocationAttribute takes some of them too.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/control/start_invocation.h"
#include "server/openapi/operation.h"

namespace assist::server::openapi {

/// Declarations shared by both, besides the script's own.
[[nodiscard]] std::vector<ParameterSpec> InvocationTermSpecs(const model::Limits& limits,
                                                             std::int64_t max_resource_tags);

/// Fills `in` from the arguments named there. The refusals that need no store: MissingParam.InstanceId,
/// InvalidResourceTag.ConflictWithInstanceIds, InvalidParameter.Parameters, ParameterType.NotSupported,
/// InvalidParameterCharset.Parameters, MissingParam.Frequency, InvalidResourceGroup.NotFound, and Operation.Forbidden
/// with a sentence for what this server does not do: delivery of output to object storage. What a Frequency may be is
/// control's to say.
[[nodiscard]] Answer<void> ReadInvocationTerms(const Call& call, control::StartInvocationIn& in);

// Extensions of what is delivered to agents.
[[nodiscard]] ParameterSpec DeliveryTimeoutSpec();
[[nodiscard]] ParameterSpec RepeatableSpec();
// Extensions: on how many machines at a time, and how many may fail.
[[nodiscard]] ParameterSpec MaxConcurrencySpec();
[[nodiscard]] ParameterSpec MaxErrorsSpec();
// Extensions: how a schedule deals with times that it cannot keep.
[[nodiscard]] ParameterSpec MissedPolicySpec();
[[nodiscard]] ParameterSpec OverlapPolicySpec();
[[nodiscard]] ParameterSpec SplaySpec();
struct SchedulePolicies {
  std::optional<model::MissedPolicy> missed;
  std::optional<model::OverlapPolicy> overlap;
  std::optional<std::chrono::seconds> splay;
};
[[nodiscard]] SchedulePolicies ReadSchedulePolicies(const Arguments& arguments);

/// What an operation calls the mistakes; empty: InvalidParameters.
struct ParameterCodes {
  std::string_view charset = "InvalidParameterCharset.Parameters";
  std::string_view form = "InvalidParameter.Parameters";
  std::string_view type = "ParameterType.NotSupported";
};
/// The members of a JSON object as texts.
[[nodiscard]] Answer<model::Parameters> ReadParameters(const Call& call, const std::string& text,
                                                       const ParameterCodes& codes);

}  // namespace assist::server::openapi
