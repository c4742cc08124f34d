#include "server/control/targets.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "server/control/waves.h"
#include "server/store/tx.h"

namespace assist::server::control {

tl::unexpected<Error> TooManyTargets(std::int64_t limit) {
  return Fail(Errc::kTooLarge, "at most " + std::to_string(limit) + " machines in one call", "InstanceIds.ExceedLimit");
}

Result<NamedTargets> ResolveNamed(store::ReadTx& tx, std::span<const InstanceId> instances, std::int64_t limit) {
  NamedTargets out;
  std::unordered_set<std::string_view> seen;
  for (const InstanceId& id : instances) {
    if (seen.insert(id.str()).second) out.ids.push_back(id);
  }
  if (static_cast<std::int64_t>(out.ids.size()) > limit) return TooManyTargets(limit);
  out.found = tx.ResolveMachines(out.ids);
  for (std::size_t i = 0; i < out.found.size(); ++i) {
    if (out.found[i].key) continue;
    return Fail(Errc::kNotFound, "there is no machine " + out.ids[i].str(), "InvalidInstance.NotFound");
  }
  return out;
}

void WriteTargets(store::Tx& tx, Context& context, const model::Invocation& invocation, Targets targets) {
  const auto slice = static_cast<std::size_t>(store::kSliceRows);
  if (targets.keys.size() > slice) std::sort(targets.keys.begin(), targets.keys.end());
  const std::span<const model::MachineKey> all(targets.keys);
  std::size_t end = all.size();
  std::size_t begin = end > slice ? end - slice : 0;
  tx.InsertTasks(invocation, static_cast<std::int64_t>(begin), all.subspan(begin, end - begin));
  while (begin > 0) {
    end = begin;
    begin = end > slice ? end - slice : 0;
    tx.SaveTargets(invocation.key, static_cast<std::int64_t>(begin), all.subspan(begin, end - begin));
  }
  if (invocation.creating) return;
  if (invocation.wave && invocation.wave->terms.turns > 0) {
    const auto now = tx.LoadInvocation(invocation.key);
    if (now) WakeNext(tx, context, *now);
    return;
  }
  if (targets.ids.empty()) {
    for (const model::MachineKey key : targets.keys) targets.ids.push_back(tx.InstanceOf(key));
  }
  context.effects.wakes = std::move(targets.ids);
}

}  // namespace assist::server::control
