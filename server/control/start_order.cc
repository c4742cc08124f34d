#include "server/control/start_order.h"

#include <algorithm>
#include <utility>

#include "server/control/start_invocation.h"
#include "server/control/targets.h"
#include "server/control/waves.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

std::string_view Words(model::OrderVerb verb) {
  switch (verb) {
    case model::OrderVerb::kInstall:
      return "package install";
    case model::OrderVerb::kUpgrade:
      return "package upgrade";
    case model::OrderVerb::kUninstall:
      return "package uninstall";
    case model::OrderVerb::kVerify:
      return "package verify";
    case model::OrderVerb::kList:
      return "package list";
    case model::OrderVerb::kApplyRelease:
      return "release apply";
    case model::OrderVerb::kRollBackRelease:
      return "release rollback";
  }
  return "";
}

model::Invocation MakeInvocation(store::Tx& tx, Context& context, const OrderTerms& terms, std::int64_t targets,
                                 std::optional<model::Wave> wave) {
  model::Invocation invocation;
  invocation.id = InvokeId("t-" + context.random.Hex(16));
  invocation.command_id = CommandId("c-" + context.random.Hex(16));  // of none that is kept
  invocation.command_name = OrderTitle(terms.order);
  invocation.type = model::CommandType::kRunShellScript;
  // To be shown; machines with Windows get a script of theirs.
  invocation.content = tx.KeepContent(model::OrderScript(terms.order, false));
  invocation.run_content = invocation.content;
  invocation.parameters = Secret<std::string>("{}");
  invocation.timeout = std::max(terms.timeout, context.limits().timeout_min);
  invocation.termination_mode = model::TerminationMode::kProcessTree;
  invocation.region = terms.region;
  invocation.delivery_timeout = terms.delivery_timeout.value_or(context.limits().delivery_timeout);
  if (invocation.delivery_timeout >= std::chrono::seconds(0)) {
    invocation.delivery_deadline = context.now + invocation.delivery_timeout;
  }
  invocation.targets = targets;
  invocation.wave = std::move(wave);
  invocation.creating = targets > store::kSliceRows;
  invocation.created = context.now;
  invocation.tags = terms.tags;
  invocation.order = terms.order;
  tx.InsertInvocation(invocation);
  return invocation;
}

}  // namespace

std::string OrderTitle(const model::AgentOrder& order) {
  std::string title(Words(order.verb));
  if (!order.name.empty() && !IsRelease(order.verb)) title += " " + order.name;
  if (!order.version.empty()) title += " " + order.version;
  return title;
}

Result<StartedOrder> StartOrder(store::Tx& tx, Context& context, const OrderTerms& terms, Targets targets) {
  if (terms.timeout > context.limits().timeout_max) {
    return Fail(Errc::kTooLarge,
                "Timeout is at most " + std::to_string(context.limits().timeout_max.count()) + " seconds",
                "InvalidTimeout.ExceedLimit");
  }
  if (targets.keys.empty()) return Fail(Errc::kInvalid, "no machine is named", "MissingParam.InstanceId");
  if (Status room = CheckInvocationRoom(tx, context); !room) return Forward(room);
  StartedOrder out;
  out.targets = static_cast<std::int64_t>(targets.keys.size());
  Result<std::optional<model::Wave>> wave =
      MakeWave(terms.max_concurrency, terms.max_errors, model::RepeatMode::kOnce, out.targets);
  if (!wave) return Forward(wave);
  const model::Invocation invocation = MakeInvocation(tx, context, terms, out.targets, std::move(*wave));
  out.key = invocation.key;
  out.invocation = invocation.id;
  out.creating = invocation.creating;
  // A change may start more than one: each adds its wakes.
  std::vector<InstanceId> wakes = std::exchange(context.effects.wakes, {});
  WriteTargets(tx, context, invocation, std::move(targets));
  context.effects.wakes.insert(context.effects.wakes.end(), wakes.begin(), wakes.end());
  return out;
}

Result<StartedOrder> StartOrder(store::Tx& tx, Context& context, const OrderTerms& terms,
                                std::vector<model::MachineKey> machines) {
  Targets targets;
  targets.keys = std::move(machines);
  return StartOrder(tx, context, terms, std::move(targets));
}

}  // namespace assist::server::control
