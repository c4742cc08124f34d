// SendFile (openapi.md, 11.11): one file to many machines. It is an invocation like a command's, and goes its way:
// delivery numbers, wakes, deadlines, slices (start_invocation.h). It runs once and cannot be stopped.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "common/base/secret.h"
#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

class Runner;
struct Origin;

struct SendFileIn {
  std::vector<InstanceId> instances;  ///< Duplicates count once. Listed in this order.
  model::FileTerms file;              ///< Of the form that the API asks for (checked by openapi).
  Secret<std::string> content;        ///< As the caller gave it.
  Secret<std::string> bytes;          ///< What is to stand in the file; not empty.
  std::string description;
  std::chrono::seconds timeout{60};
  std::string region;
  std::optional<std::chrono::seconds>
      delivery_timeout;     ///< Extension DeliveryTimeout; −1 s: none. Default: the limits'.
  bool repeatable = false;  ///< Extension: it may be written twice rather than become unknown.
  model::Tags tags;
  ClientToken client_token;
  /// The targets, looked up before: a long list must not hold the writer up. SendWholeFile fills it in.
  std::optional<std::vector<model::MachineKey>> resolved;
};
struct SendFileOut {
  InvokeId invocation;    ///< f-…
  bool creating = false;  ///< More slices must be written: ContinueInvocation until this is false.
};
/// The first slice. MissingParam.InstanceId, InstanceIds.ExceedLimit, InvalidInstance.NotFound, FileSize.ExceedLimit,
/// InvalidTimeout.ExceedLimit, IdempotentParameterMismatch, Operation.Forbidden (there is no room for more).
Result<SendFileOut> SendFile(store::Tx& tx, Context& context, const SendFileIn& in);

/// The targets of a call, with the errors of SendFile that concern them.
struct ResolveFileTargetsOut {
  std::vector<model::MachineKey> machines;
};
Result<ResolveFileTargetsOut> ResolveFileTargets(store::ReadTx& tx, const ReadContext& context, const SendFileIn& in);

/// What openapi calls: the first slice, then the others, as StartWholeInvocation.
boost::asio::awaitable<Result<SendFileOut>> SendWholeFile(Runner& runner, SendFileIn in, Origin origin);

}  // namespace assist::server::control
