// StopInvocation (openapi.md, 11.7): what was not delivered is Cancelled at once, the rest Stopping until the agent
// answers; finished tasks are left alone, and so is an invocation that has ended. A schedule is over for good, and a
// run of it that goes on is stopped; a machine that is away is told when it returns.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

class Runner;
struct Origin;

struct StopInvocationIn {
  InvokeId invocation;
  std::vector<InstanceId> instances;  ///< Empty: all.
  /// Their keys, looked up before: a long list must not hold the writer up. StopWholeInvocation fills it in.
  std::optional<std::vector<model::MachineKey>> resolved = std::nullopt;
};
struct StopInvocationOut {
  bool more = false;  ///< The rest is kept, a slice each: ContinueInvocation works it off.
};
/// The first slice, and the promise of the others: when this is committed the stop will be done, whatever happens.
/// Meanwhile nothing of the invocation goes out to start. kUnavailable: machines are named, and their tasks are not all
/// written yet. InvalidInvokeId.NotFound, InvalidInstanceId.NotFound, InstanceIds.ExceedLimit.
Result<StopInvocationOut> StopInvocation(store::Tx& tx, Context& context, const StopInvocationIn& in);

/// Works the oldest kept slice off; false when none is left.
bool ContinueStop(store::Tx& tx, Context& context, const model::Invocation& invocation);

/// What a stop of named machines must know before. The errors of StopInvocation.
struct FindStopTargetsOut {
  bool creating = false;  ///< Not all tasks are written; `machines` is empty then.
  std::vector<model::MachineKey> machines;
};
Result<FindStopTargetsOut> FindStopTargets(store::ReadTx& tx, const ReadContext& context, const StopInvocationIn& in);

/// What openapi calls: all slices. Once the first is committed the answer is a success: scheduler makes up for what
/// fails later.
boost::asio::awaitable<Result<StopInvocationOut>> StopWholeInvocation(Runner& runner, StopInvocationIn in,
                                                                      Origin origin);

}  // namespace assist::server::control
