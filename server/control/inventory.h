// What stock agents tell of their machines (agent-protocol.md, 18.3): kept, shown, never acted on.
#pragma once

#include "server/control/context.h"
#include "server/model/inventory.h"

namespace assist::server::control {

struct PutInventoryIn {
  InstanceId machine;  ///< Whose signature was verified.
  std::vector<model::InventoryItem> items;
};
struct PutInventoryOut {
  std::int64_t refused = 0;  ///< Items for which there was no room.
};
/// Each item replaces the one of its type. Bounded by model/inventory.h. Of an unknown machine nothing is kept.
Result<PutInventoryOut> PutInventory(store::Tx& tx, Context& context, const PutInventoryIn& in);

struct DescribeInventoryIn {
  InstanceId instance;
  std::string type;  ///< Empty: all types, without their contents.
};
struct DescribeInventoryOut {
  std::vector<model::InventoryItem> items;
};
/// InvalidInstance.NotFound.
Result<DescribeInventoryOut> DescribeInventory(store::ReadTx& tx, const ReadContext& context,
                                               const DescribeInventoryIn& in);

}  // namespace assist::server::control
