#include "agent/journal/remembered_ids.h"

#include <algorithm>
#include <utility>

#include "common/base/stable_hash.h"

namespace assist::agent::journal {

std::uint64_t HashTaskId(std::string_view id) noexcept { return StableHash(id); }

void RememberedIds::Add(std::uint64_t hash) {
  if (bound_ == 0 || Contains(hash)) return;
  if (ring_.size() < bound_) {
    ring_.push_back(hash);
  } else {
    const std::uint64_t oldest = std::exchange(ring_[begin_], hash);
    begin_ = (begin_ + 1) % ring_.size();
    sorted_.erase(std::lower_bound(sorted_.begin(), sorted_.end(), oldest));
  }
  sorted_.insert(std::lower_bound(sorted_.begin(), sorted_.end(), hash), hash);
}

bool RememberedIds::Contains(std::uint64_t hash) const {
  return std::binary_search(sorted_.begin(), sorted_.end(), hash);
}

std::vector<std::uint64_t> RememberedIds::InOrder() const {
  std::vector<std::uint64_t> ids(ring_.begin() + static_cast<std::ptrdiff_t>(begin_), ring_.end());
  ids.insert(ids.end(), ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(begin_));
  return ids;
}

}  // namespace assist::agent::journal
