// ModifyInvocationAttribute (openapi.md, 11.10): changes a schedule while it lives. The new terms and a higher version
// are one commit; then its tasks are marked for delivery in slices of at most 2,000, each with its wake. A machine has
// the old terms or the new ones, never half of them: connected ones at once, others when they return.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "common/base/secret.h"
#include "server/control/context.h"
#include "server/model/content.h"
#include "server/model/entities.h"

namespace assist::server::control {

class Runner;
struct Origin;

struct ModifyInvocationIn {
  InvokeId invocation;
  std::optional<Secret<std::string>> content;           ///< CommandContent, decoded bytes.
  std::optional<bool> enable_parameter;                 ///< EnableParameter; counts with `content`.
  std::optional<Secret<model::Parameters>> parameters;  ///< Replaces the former values.
  Secret<std::string> parameters_json{"{}"};            ///< As given; with `parameters`.
  std::optional<std::string> frequency;  ///< As given; only of kPeriod. rate(…) keeps counting from CreationTime.
  std::vector<InstanceId> instances;     ///< To be added; those that are part of it already are left alone.
  std::optional<model::MissedPolicy> missed_policy;    ///< Extension.
  std::optional<model::OverlapPolicy> overlap_policy;  ///< Extension.
  std::optional<std::chrono::seconds> splay;           ///< Extension.
  ClientToken client_token;
  /// Machines of `instances`, looked up before; ModifyWholeInvocation fills it in for long lists.
  std::optional<std::vector<model::MachineKey>> resolved;
};
struct ModifyInvocationOut {
  CommandId command;         ///< A new one if the content changed.
  std::int64_t version = 0;  ///< The schedule's now.
  bool spreading = false;    ///< Slices are left: ContinueInvocation works them off.
};
/// Nothing given: nothing changes. Reasons: InvalidInvokeId.NotFound, InvalidOperation.RepeatModeUnsupported (also
/// Frequency of a reboot schedule), InvalidOperation.InvokeAlreadyFinished,
/// InvalidOperation.CloudAssistantVersionUnsupported, InvalidParameter.Frequency, InvalidParameter.Splay,
/// InvalidInstanceId.NotFound, InvalidInstanceId.OSTypeUnsupported, InvalidInstanceId.CountLimitExceeded,
/// InvalidCommandContent.LengthLimitExceeded, CommandLimitExceeded, InvalidParameters.KeyDuplicate, .KeyNotMatch,
/// .KeyMalformed, .KeyEmpty, .CountLimitExceeded, .KeyLengthLimitExceeded, IdempotentParameterMismatch, and of the
/// names in the content as CreateCommand (CmdParam.…, ParameterStore.NotSupported). kUnavailable: it is being written.
Result<ModifyInvocationOut> ModifyInvocation(store::Tx& tx, Context& context, const ModifyInvocationIn& in);

/// The next slice of a change, with its wakes; false when none is left. ContinueInvocation calls it.
bool ContinueChange(store::Tx& tx, Context& context, const model::Invocation& invocation);

/// The machines to be added, with the errors of ModifyInvocation that concern them.
struct ResolveAddedOut {
  std::vector<model::MachineKey> machines;
};
Result<ResolveAddedOut> ResolveAdded(store::ReadTx& tx, const ReadContext& context, const ModifyInvocationIn& in);

/// What openapi calls: the change, then its slices. Once the first commit is done the answer is a success: scheduler
/// spreads what a failure left over.
boost::asio::awaitable<Result<ModifyInvocationOut>> ModifyWholeInvocation(Runner& runner, ModifyInvocationIn in,
                                                                          Origin origin);

}  // namespace assist::server::control
