#include "agent/journal/delivery_ranges.h"

#include <algorithm>
#include <iterator>

namespace assist::agent::journal {

void DeliveryRanges::AddRange(std::int64_t first, std::int64_t last) {
  first = std::max<std::int64_t>(first, 1);
  if (last < first) return;
  // The first range that may touch [first - 1, last + 1].
  auto at = ranges_.upper_bound(first);
  if (at != ranges_.begin() && std::prev(at)->second >= first - 1) --at;
  while (at != ranges_.end() && (at->first <= last || at->first - 1 == last)) {
    first = std::min(first, at->first);
    last = std::max(last, at->second);
    at = ranges_.erase(at);
  }
  ranges_.emplace(first, last);
  while (ranges_.size() > std::max<std::size_t>(max_ranges_, 1)) {
    auto nearest = ranges_.begin();
    for (auto left = ranges_.begin(); std::next(left) != ranges_.end(); ++left) {
      if (std::next(left)->first - left->second < std::next(nearest)->first - nearest->second) nearest = left;
    }
    nearest->second = std::next(nearest)->second;
    ranges_.erase(std::next(nearest));
  }
}

bool DeliveryRanges::Contains(std::int64_t number) const {
  const auto after = ranges_.upper_bound(number);
  return after != ranges_.begin() && std::prev(after)->second >= number;
}

}  // namespace assist::agent::journal
