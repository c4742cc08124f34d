#include "server/control/inventory.h"

#include <algorithm>

#include "server/store/tx.h"

namespace assist::server::control {

Result<PutInventoryOut> PutInventory(store::Tx& tx, Context& context, const PutInventoryIn& in) {
  PutInventoryOut out;
  const std::optional<model::Machine> machine = tx.FindMachine(in.machine);
  if (!machine || machine->deregistered) {
    out.refused = static_cast<std::int64_t>(in.items.size());
    return out;
  }
  std::vector<model::InventoryItem> kept = tx.InventoryOf(machine->key, {});
  std::int64_t bytes = 0;
  for (const model::InventoryItem& item : kept) bytes += item.size;
  for (model::InventoryItem item : in.items) {
    item.size = static_cast<std::int64_t>(item.content.size());
    item.received = context.now;
    const auto former =
        std::find_if(kept.begin(), kept.end(), [&item](const auto& known) { return known.type == item.type; });
    const std::int64_t freed = former == kept.end() ? 0 : former->size;
    const bool no_row = former == kept.end() && kept.size() >= model::kInventoryTypes;
    if (no_row || bytes - freed + item.size > model::kInventoryBytes) {
      ++out.refused;
      continue;
    }
    tx.PutInventory(machine->key, item);
    bytes += item.size - freed;
    item.content.clear();
    if (former == kept.end()) {
      kept.push_back(std::move(item));
    } else {
      *former = std::move(item);
    }
  }
  return out;
}

Result<DescribeInventoryOut> DescribeInventory(store::ReadTx& tx, const ReadContext& /*context*/,
                                               const DescribeInventoryIn& in) {
  const std::optional<model::Machine> machine = tx.FindMachine(in.instance);
  if (!machine || machine->deregistered) {
    return Fail(Errc::kNotFound, "there is no machine " + in.instance.str(), "InvalidInstance.NotFound");
  }
  return DescribeInventoryOut{tx.InventoryOf(machine->key, in.type)};
}

}  // namespace assist::server::control
