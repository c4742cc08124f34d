#include "server/control/manage_packages.h"

#include <utility>

#include "server/control/idempotency.h"
#include "server/control/packages.h"
#include "server/control/runner.h"
#include "server/control/start_invocation.h"
#include "server/control/tag_matches.h"
#include "server/control/targets.h"
#include "server/store/tx.h"

namespace assist::server::control {
namespace {

constexpr std::string_view kOperation = "ManagePackages";

Result<Targets> FindTargets(store::ReadTx& tx, const ReadContext& context, const ManagePackagesIn& in) {
  const std::int64_t limit = context.limits().targets;
  Targets targets;
  if (!in.instances.empty()) {
    Result<NamedTargets> named = ResolveNamed(tx, in.instances, limit);
    if (!named) return Forward(named);
    targets.ids = std::move(named->ids);
    for (const store::ReadTx::Target& target : named->found) targets.keys.push_back(target.key);
    return targets;
  }
  if (in.resource_tags.empty()) return Fail(Errc::kInvalid, "no machine is named", "MissingParam.InstanceId");
  for (const store::ReadTx::Target& target : tx.MachinesWithTags(Matches(in.resource_tags), limit + 1)) {
    targets.keys.push_back(target.key);
  }
  if (targets.keys.empty()) {
    return Fail(Errc::kNotFound, "no machine has these tags", "InvalidResourceTag.InstanceNotFound");
  }
  if (static_cast<std::int64_t>(targets.keys.size()) > limit) return TooManyTargets(limit);
  return targets;
}

/// Fills in the version of what is to be installed.
Status ChooseOrder(store::Tx& tx, const Context& context, const ManagePackagesIn& in, model::AgentOrder& order,
                   std::string& warning) {
  if (order.verb != model::OrderVerb::kInstall && order.verb != model::OrderVerb::kUpgrade) return {};
  const store::PackageName name{package::Kind::kPackage, order.name};
  if (order.version.empty()) {
    Result<std::string> version = ChooseVersion(tx, context, name, in.channel, {}, {});
    if (!version) return Forward(version);
    order.version = std::move(*version);
    return {};
  }
  bool found = false;
  for (const store::PackageRow& row : tx.packages().PackagesOf(name)) {
    if (row.version != order.version) continue;
    found = true;
    if (row.deprecated) warning = order.name + " " + order.version + " is deprecated";
  }
  if (found) return {};
  return Fail(Errc::kNotFound, "there is no package " + order.name + " " + order.version, "InvalidPackage.NotFound");
}

}  // namespace

Result<ManagePackagesOut> ManagePackages(store::Tx& tx, Context& context, const ManagePackagesIn& in) {
  ManagePackagesOut out;
  Result<std::optional<std::string>> former = FormerAnswer(tx, context, kOperation, in.client_token);
  if (!former) return Forward(former);
  if (*former) {
    const std::string& text = **former;
    const std::size_t cut = text.find('\n');
    out.invocation = InvokeId(text.substr(0, cut));
    out.version = text.substr(cut + 1);
    if (const auto made = tx.FindInvocation(out.invocation)) {
      out.count = made->targets;
      out.creating = made->creating;
    }
    return out;
  }
  OrderTerms terms = in.terms;
  if (Status chosen = ChooseOrder(tx, context, in, terms.order, out.warning); !chosen) return Forward(chosen);
  Result<Targets> targets = in.resolved ? Targets{{}, *in.resolved} : FindTargets(tx, context, in);
  if (!targets) return Forward(targets);
  Result<StartedOrder> started = StartOrder(tx, context, terms, std::move(*targets));
  if (!started) return Forward(started);
  out.invocation = started->invocation;
  out.version = terms.order.version;
  out.count = started->targets;
  out.creating = started->creating;
  RememberAnswer(tx, context, kOperation, in.client_token, out.invocation.str() + '\n' + out.version);
  return out;
}

Result<ResolveOrderTargetsOut> ResolveOrderTargets(store::ReadTx& tx, const ReadContext& context,
                                                   const ManagePackagesIn& in) {
  Result<Targets> targets = FindTargets(tx, context, in);
  if (!targets) return Forward(targets);
  return ResolveOrderTargetsOut{std::move(targets->keys)};
}

boost::asio::awaitable<Result<ManagePackagesOut>> ManageWholePackages(Runner& runner, ManagePackagesIn in,
                                                                      Origin origin) {
  // As StartWholeInvocation: whom tags mean is part of what a key with a policy is judged by.
  const bool judged = origin.access != nullptr && !origin.access->everywhere();
  const bool tags_ahead = !in.resource_tags.empty() && !judged;
  if (static_cast<std::int64_t>(in.instances.size()) > store::kSliceRows || tags_ahead) {
    ManagePackagesIn query = in;
    Result<ResolveOrderTargetsOut> targets = co_await runner.Read(ResolveOrderTargets, std::move(query));
    // What is wrong with the targets the change tells, after what is checked before them.
    if (targets) {
      in.resolved = std::move(targets->machines);
    } else if (targets.error().code == Errc::kUnavailable) {
      co_return Forward(targets);
    }
  }
  Result<ManagePackagesOut> out = co_await runner.Change(ManagePackages, std::move(in), std::move(origin));
  if (!out || !out->creating) co_return out;
  // It is committed: what fails from here on scheduler makes up for.
  InvokeId id = out->invocation;
  Status complete = co_await CompleteInvocation(runner, std::move(id));
  out->creating = !complete;
  co_return out;
}

}  // namespace assist::server::control
