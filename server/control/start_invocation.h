// RunCommand and InvokeCommand (openapi.md, 11.5 and 11.6): one invocation on many machines. Long ones are written in
// slices of at most 2,000 tasks; until the last one the invocation is *creating*: described, but invisible to agents.
#pragma once

#include <variant>

#include <boost/asio/awaitable.hpp>

#include "common/base/secret.h"
#include "server/control/context.h"
#include "server/control/views.h"
#include "server/model/content.h"
#include "server/model/entities.h"

namespace assist::server::control {

class Runner;
struct Origin;

/// RunCommand: the script comes with the call.
struct InlineCommand {
  std::string name;
  std::string description;
  model::CommandType type = model::CommandType::kRunShellScript;
  Secret<std::string> content;  ///< Decoded bytes.
  bool enable_parameter = false;
  bool keep = false;  ///< KeepCommand.
};

struct StartInvocationIn {
  std::variant<CommandId, InlineCommand> command;
  /// Duplicates count once. Listed in this order up to 2,000, beyond in the order of registration. Or …
  std::vector<InstanceId> instances;
  std::vector<TagFilter> resource_tags;  ///< … by tag. Exactly one of the two (openapi checks).
  bool dry_run = false;                  ///< RepeatMode=DryRun: all checks, nothing recorded, empty ids.
  model::RepeatMode repeat_mode = model::RepeatMode::kOnce;  ///< With a frequency kPeriod counts, whatever stands here.
  std::string frequency;                                     ///< As the caller gave it; checked here.
  // Extensions, of schedules only.
  model::MissedPolicy missed_policy = model::MissedPolicy::kSkip;
  model::OverlapPolicy overlap_policy = model::OverlapPolicy::kSkip;
  std::chrono::seconds splay{0};                ///< 0 to model::kMaxSplay; checked here (InvalidParam.Splay).
  bool has_parameters = false;                  ///< Parameters was there and was not `{}`.
  Secret<model::Parameters> parameters;         ///< The members of the JSON object, values as text, in order.
  Secret<std::string> parameters_json{"{}"};    ///< As given, to be shown again.
  std::optional<std::chrono::seconds> timeout;  ///< Default: the command's.
  std::optional<std::string> working_dir;       ///< Default: the command's.
  std::optional<std::string> launcher;          ///< Default: the command's.
  std::string username;
  std::string windows_password_name;
  std::string container_id;
  std::string container_name;
  model::TerminationMode termination_mode = model::TerminationMode::kDefault;
  std::string region;  ///< RegionId of the call: {{ACS::RegionId}}.
  std::optional<std::chrono::seconds>
      delivery_timeout;         ///< Extension DeliveryTimeout; −1 s: none. Default: the limits'; of a schedule none.
  bool repeatable = false;      ///< Extension: a task may start twice rather than become unknown.
  std::string max_concurrency;  ///< Extension: "10" or "10%" (waves.h); empty: none.
  std::string max_errors;       ///< Extension, the same.
  model::Budgets budgets;       ///< Extension; within model::kMostBudgets (openapi checks).
  model::Tags tags;
  ClientToken client_token;
  /// The targets, looked up before: a long list must not hold the writer up. StartWholeInvocation fills it in.
  std::optional<std::vector<model::MachineKey>> resolved;
};
struct StartInvocationOut {
  CommandId command;    ///< Also of a command that is not kept; empty for a dry run.
  InvokeId invocation;  ///< Empty for a dry run.
  std::int64_t targets = 0;
  bool creating = false;  ///< More slices must be written: ContinueInvocation until this is false.
};
/// The first slice. InvalidCmdId.NotFound, InvalidInstance.NotFound, InvalidInstance.NotMatch,
/// InvalidResourceTag.InstanceNotFound, InstanceIds.ExceedLimit, Parameter.Disabled, Parameter*.…,
/// CmdContent.ExceedLimit, CmdParam.*, CmdCount.ExceedQuota, Invocation.ExceedQuota, InvalidTimeout.ExceedLimit,
/// WindowsPasswordName.Missed, MissingParam.Frequency, InvalidParam.Frequency (the detail points at the wrong field),
/// InvalidParam.Splay, InvalidParameter.MaxConcurrency, InvalidParameter.MaxErrors, IdempotentParameterMismatch,
/// ParameterStore.NotSupported.
Result<StartInvocationOut> StartInvocation(store::Tx& tx, Context& context, const StartInvocationIn& in);

/// Invocation.ExceedQuota when there are too many that have not ended.
[[nodiscard]] Status CheckInvocationRoom(store::Tx& tx, const Context& context);

struct ContinueInvocationIn {
  InvokeId invocation;
};
struct ContinueInvocationOut {
  bool more = false;
};
/// The next slice that is missing: of the tasks, or of a stop. A stop of all of an invocation that is not whole comes
/// before agents see it. Of any other or unknown invocation: nothing to do.
Result<ContinueInvocationOut> ContinueInvocation(store::Tx& tx, Context& context, const ContinueInvocationIn& in);

/// Wakes the machines of a whole invocation that have an open task, a slice at a time; `after` 0: from the first, and
/// afterwards: all are woken.
struct WakeTargetsIn {
  InvokeId invocation;
  std::int64_t after = 0;
};
struct WakeTargetsOut {
  std::int64_t after = 0;
};
Result<WakeTargetsOut> WakeTargets(store::Tx& tx, Context& context, const WakeTargetsIn& in);
/// All slices of it; for an invocation that was written in slices.
boost::asio::awaitable<Status> WakeWholeInvocation(Runner& runner, InvokeId invocation);

/// The targets of a call, with the errors of StartInvocation that concern them.
struct ResolveTargetsOut {
  std::vector<model::MachineKey> machines;
};
Result<ResolveTargetsOut> ResolveTargets(store::ReadTx& tx, const ReadContext& context, const StartInvocationIn& in);

/// Writes the slices that are missing, then wakes. For what a crash or a failure left over.
boost::asio::awaitable<Status> CompleteInvocation(Runner& runner, InvokeId invocation);

/// What openapi calls: the first slice, then the others. Once the first is committed the answer is a success: scheduler
/// writes what a failure left over.
boost::asio::awaitable<Result<StartInvocationOut>> StartWholeInvocation(Runner& runner, StartInvocationIn in,
                                                                        Origin origin);

}  // namespace assist::server::control
