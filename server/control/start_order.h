// An order to agents (model/agent_order.h) as an invocation on many machines. Each machine gets the script of its
// system when it fetches; agents that cannot carry it out are refused the task (fetch_tasks). Used inside a change:
// ManagePackages and rollouts say what, this writes it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "server/control/context.h"
#include "server/model/entities.h"

namespace assist::server::control {

struct Targets;

// For people: why an agent was not handed a task.
inline constexpr const char* kTakesNoPackages =
    "its agent installs no packages (it is older than that, or the public one), so it was not given the order: "
    "update the agent";
inline constexpr const char* kTakesNoReleases =
    "its agent cannot replace itself (it is older than that, or the public one), so it was not given the order: "
    "update it by the system's packages once";

struct OrderTerms {
  model::AgentOrder order;  ///< Of a manifest's letters (protocol/package); checked by who builds it.
  /// Of the whole order on a machine, with download and scripts. Default: an hour.
  std::chrono::seconds timeout{3600};
  std::optional<std::chrono::seconds> delivery_timeout;  ///< −1 s: none. Default: the limits'.
  std::string region;
  std::string max_concurrency;  ///< As in StartInvocationIn.
  std::string max_errors;
  model::Tags tags;
};
struct StartedOrder {
  model::InvocationKey key;
  InvokeId invocation;
  std::int64_t targets = 0;
  /// More slices must be written: CompleteInvocation() after the commit; the scheduler does it for what a crash left.
  bool creating = false;
};
/// One transaction's part, in the caller's change: the invocation, its first slice, and wakes after the commit. At
/// least one machine. Invocation.ExceedQuota, InvalidTimeout.ExceedLimit, InvalidParameter.MaxConcurrency,
/// InvalidParameter.MaxErrors.
Result<StartedOrder> StartOrder(store::Tx& tx, Context& context, const OrderTerms& terms, Targets targets);
Result<StartedOrder> StartOrder(store::Tx& tx, Context& context, const OrderTerms& terms,
                                std::vector<model::MachineKey> machines);

/// What lists call it: `package install nginx-conf 1.2`, `release apply 1.4`.
[[nodiscard]] std::string OrderTitle(const model::AgentOrder& order);

}  // namespace assist::server::control
