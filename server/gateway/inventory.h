// The body of put_inventory (agent-protocol reference, section 18.3): `{"items":"<base64 of raw deflate of a JSON
// array>"}`.
#pragma once

#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "server/model/inventory.h"

namespace assist::server::gateway {

/// The items that have a type and a list; at most model::kInventoryTypes of them. kInvalid: it cannot be read, or is
/// larger than model::kInventoryBytes when unpacked. Pure; never takes more memory than a few times that.
[[nodiscard]] Result<std::vector<model::InventoryItem>> ParseInventory(std::string_view body);

}  // namespace assist::server::gateway
