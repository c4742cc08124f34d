#include "common/schedule/splay.h"

#include <algorithm>
#include <string>

#include "common/base/stable_hash.h"

namespace assist {

std::chrono::milliseconds ShareOfSplay(std::chrono::seconds splay, std::string_view instance_id,
                                       std::string_view task_id) {
  const std::int64_t width = std::max<std::int64_t>(splay.count(), 0) * 1000 + 1;
  const std::uint64_t hash = StableHash(std::string(instance_id) + "/" + std::string(task_id));
  return std::chrono::milliseconds(static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(width)));
}

}  // namespace assist
