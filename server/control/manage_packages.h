// ManagePackages: an order about a package to many machines. Which version it is, is decided here, once for all of
// them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/control/start_order.h"
#include "server/control/views.h"

namespace assist::server::control {

class Runner;
struct Origin;

struct ManagePackagesIn {
  OrderTerms terms;                      ///< Order: verb, name, and a version when the caller named one.
  std::string channel;                   ///< Of kInstall and kUpgrade without a version; empty: `stable`.
  std::vector<InstanceId> instances;     ///< Or …
  std::vector<TagFilter> resource_tags;  ///< … by tag.
  ClientToken client_token;
  /// Looked up before: a long list must not hold the writer up. ManageWholePackages fills it in.
  std::optional<std::vector<model::MachineKey>> resolved = std::nullopt;
};
struct ManagePackagesOut {
  InvokeId invocation;
  std::string version;  ///< That was chosen; empty: none is meant.
  std::string warning;  ///< For people; may be empty.
  std::int64_t count = 0;
  bool creating = false;
};
/// InvalidPackage.NotFound, .Deprecated; those of StartOrder; InvalidInstance.NotFound, InstanceIds.ExceedLimit,
/// InvalidResourceTag.InstanceNotFound, IdempotentParameterMismatch.
Result<ManagePackagesOut> ManagePackages(store::Tx& tx, Context& context, const ManagePackagesIn& in);

struct ResolveOrderTargetsOut {
  std::vector<model::MachineKey> machines;
};
Result<ResolveOrderTargetsOut> ResolveOrderTargets(store::ReadTx& tx, const ReadContext& context,
                                                   const ManagePackagesIn& in);

/// What openapi calls: the first slice, then the others. Once the first is committed the answer is a success.
boost::asio::awaitable<Result<ManagePackagesOut>> ManageWholePackages(Runner& runner, ManagePackagesIn in,
                                                                      Origin origin);

}  // namespace assist::server::control
