// Whom this machine lets install software: keys of publishers that its operator pinned, each for packages, for releases
// of the agent, or both. Without a pinned key nothing is taken. Pure; any thread. docs/packages-machine.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "protocol/package/envelope.h"
#include "protocol/package/manifest.h"

namespace assist::agent::trust {

inline constexpr std::size_t kMaxPublishers = 64;

struct Publisher {
  std::string name;  ///< For people; at most 64 bytes, without control characters; may be empty.
  package::PublisherKey key;
  bool packages = true;
  bool agent = false;
  friend bool operator==(const Publisher&, const Publisher&) = default;
};
using Publishers = std::vector<Publisher>;  ///< In the order in which they were added; each key once.

/// The text of ROOT/publishers.json. kInvalid: names the member that is wrong.
[[nodiscard]] Result<Publishers> ParsePublishers(std::string_view text);
[[nodiscard]] std::string WritePublishers(const Publishers& publishers);

/// `packages,agent` in any order. kInvalid.
Status ParseFor(std::string_view words, Publisher& publisher);
/// `packages,agent`, `packages`, `agent`.
[[nodiscard]] std::string ForWords(const Publisher& publisher);

/// Adds, or replaces name and purposes of a key that is there. kInvalid: name; kTooLarge: too many.
Status Add(Publisher publisher, Publishers& publishers);
/// `which`: a key, a key id, or a name that only one has. kNotFound; kConflict: several have this name.
Status Remove(std::string_view which, Publishers& publishers);

/// Ok when the key is pinned for this kind; else kDenied, whose text says how to pin it.
[[nodiscard]] Status MayPublish(const Publishers& publishers, const package::PublisherKey& key, package::Kind kind);

}  // namespace assist::agent::trust
