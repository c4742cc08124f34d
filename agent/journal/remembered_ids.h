// The ids of the last tasks, each as a 64-bit hash (which reaches the disk: never change). Ten thousand cost 160 kB;
// the chance that a new id is mistaken for one of them is 10,000 / 2^64. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace assist::agent::journal {

[[nodiscard]] std::uint64_t HashTaskId(std::string_view id) noexcept;

class RememberedIds {
 public:
  explicit RememberedIds(std::size_t bound) : bound_(bound) {}

  /// When full, the one that was added first is forgotten. Adding a known one changes nothing.
  void Add(std::uint64_t hash);
  [[nodiscard]] bool Contains(std::uint64_t hash) const;
  /// Oldest first.
  [[nodiscard]] std::vector<std::uint64_t> InOrder() const;
  [[nodiscard]] std::size_t size() const noexcept { return ring_.size(); }

 private:
  std::size_t bound_;
  std::vector<std::uint64_t> ring_;  // begin_ is the oldest once it is full
  std::size_t begin_ = 0;
  std::vector<std::uint64_t> sorted_;  // the same, to look up
};

}  // namespace assist::agent::journal
