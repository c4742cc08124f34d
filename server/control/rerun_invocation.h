// RerunInvocation, an extension: the same script once more on the machines where it did not succeed, as a new
// invocation that names the former one. What the caller gave then counts again (parameters filled in, user, folder,
// time-out, container, waves, tags), also when the command was changed or deleted since.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

class Runner;
struct Origin;

/// What a machine's task has come to, for a rerun.
enum class RerunCase : std::uint8_t {
  kRuns,       ///< It ended without success, for certain: it is run again.
  kSucceeded,  ///< Not again.
  kOpen,       ///< It has not ended.
  kUncertain,  ///< Unknown or presumed: it may have run, or even run now. Again only when the caller says so.
};
[[nodiscard]] RerunCase RerunCaseOf(const model::TaskProgress& progress) noexcept;

/// Machines of the former invocation that are registered, by what is to be done with them.
struct RerunTargets {
  std::vector<model::MachineKey> machines;  ///< In the order of the former call.
  std::int64_t succeeded = 0;
  std::int64_t open = 0;
  std::int64_t uncertain = 0;  ///< Left out.
  std::int64_t gone = 0;       ///< Left out: deregistered since.
};

struct RerunInvocationIn {
  InvokeId invocation;
  std::vector<InstanceId> instances;                     ///< Only these of its machines; empty: all.
  bool uncertain = false;                                ///< Run kUncertain again, too.
  std::optional<std::string> max_concurrency;            ///< Default: as then.
  std::optional<std::string> max_errors;                 ///< Default: as then.
  std::optional<std::chrono::seconds> delivery_timeout;  ///< Default: as then.
  ClientToken client_token;
  /// Looked up before: long lists must not hold the writer up. RerunWholeInvocation fills it in.
  std::optional<RerunTargets> resolved = std::nullopt;
};

struct RerunInvocationOut {
  CommandId command;
  InvokeId invocation;
  RerunTargets targets;  ///< Of a repeat by client token: `machines` is empty.
  std::int64_t count = 0;
  bool creating = false;  ///< As in StartInvocationOut.
};
/// InvalidInvokeId.NotFound; InvalidInvocation.NotSupported: a schedule or a file; InvalidInstanceId.NotFound: it never
/// was on that machine; InvalidInvocation.NothingToRerun, with the counts; InstanceIds.ExceedLimit,
/// Invocation.ExceedQuota, InvalidParameter.MaxConcurrency, InvalidParameter.MaxErrors, IdempotentParameterMismatch.
/// kUnavailable: its tasks are not all written yet.
Result<RerunInvocationOut> RerunInvocation(store::Tx& tx, Context& context, const RerunInvocationIn& in);

Result<RerunTargets> FindRerunTargets(store::ReadTx& tx, const ReadContext& context, const RerunInvocationIn& in);

/// What openapi calls: the first slice, then the others. Once the first is committed the answer is a success.
boost::asio::awaitable<Result<RerunInvocationOut>> RerunWholeInvocation(Runner& runner, RerunInvocationIn in,
                                                                        Origin origin);

}  // namespace assist::server::control
