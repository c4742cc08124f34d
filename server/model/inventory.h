// What a stock agent's state manager tells of its machine (agent-protocol.md, 18.3): lists by type, each replaced by
// the next one of its type. Nothing is decided by it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/time.h"

namespace assist::server::model {

struct InventoryItem {
  std::string type;            ///< ACS:Application, ACS:Network …
  std::string schema_version;  ///< As told.
  std::string captured;        ///< As told: a time in text.
  std::string hash;            ///< As told.
  std::string content;         ///< A JSON array; empty when it was not asked for.
  std::int64_t size = 0;       ///< Bytes of the content.
  SystemTime received{};
};

inline constexpr std::size_t kInventoryTypes = 16;                      ///< Of one machine.
inline constexpr std::int64_t kInventoryBytes = std::int64_t{2} << 20;  ///< Of one machine, all types together.
inline constexpr std::size_t kInventoryWord = 128;                      ///< Bytes of a type, a version, a time, a hash.

}  // namespace assist::server::model
