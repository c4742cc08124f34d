// The delivery numbers that were had, as ranges. Pure; any thread. Bounded: when there are more than max_ranges, the
// two nearest ranges become one, and the numbers between count as had (they never run: the safe side).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace assist::agent::journal {

class DeliveryRanges {
 public:
  explicit DeliveryRanges(std::size_t max_ranges = 1000) : max_ranges_(max_ranges) {}

  void Add(std::int64_t number) { AddRange(number, number); }
  /// Both ends included; numbers below 1 are left out.
  void AddRange(std::int64_t first, std::int64_t last);
  [[nodiscard]] bool Contains(std::int64_t number) const;
  [[nodiscard]] std::int64_t highest() const noexcept { return ranges_.empty() ? 0 : ranges_.rbegin()->second; }
  [[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> ranges() const {
    return {ranges_.begin(), ranges_.end()};
  }
  void Clear() noexcept { ranges_.clear(); }

 private:
  std::size_t max_ranges_;
  std::map<std::int64_t, std::int64_t> ranges_;  // first → last, apart by at least one number
};

}  // namespace assist::agent::journal
