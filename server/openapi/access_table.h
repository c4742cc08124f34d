// What each operation needs of a policy: its action, and the resources on which. One table, so that nothing is
// forgotten unseen: an operation without an entry is refused to everyone, and a test enumerates them. docs/access.md
// tells the same in words. Pure.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/control/access.h"
#include "server/openapi/operation.h"

namespace assist::server::openapi {

struct AccessEntry {
  std::string_view operation;
  std::vector<control::Need> (*needs)(const Call& call, const std::string& action);
  std::string_view product =
      "ecs";  ///< Of the action: `ecs:RunCommand`. Reading with `ecs:Describe*` spares `assist:`.
};

/// What a change of a package for stock agents needs besides its own action: they install as root what is published,
/// without a trusted key of their own, so it is as much as a command on all machines.
[[nodiscard]] std::shared_ptr<const control::Access> AccessForStock(const Call& call);

[[nodiscard]] std::span<const AccessEntry> AccessTable() noexcept;
/// nullptr: nobody may.
[[nodiscard]] const AccessEntry* FindAccessEntry(std::string_view operation) noexcept;
[[nodiscard]] std::string ActionOf(const AccessEntry& entry);
/// Of all operations: what policies may name.
[[nodiscard]] std::vector<std::string> AllActions();

}  // namespace assist::server::openapi
