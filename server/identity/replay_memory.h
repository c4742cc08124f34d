// Remembers what has been used within a time window, in bounded memory: request ids of stock agents, nonces of ours on
// plain loopback HTTP. Time is an argument. One thread at a time (agent_verifier.h holds a lock).
//
// Full: Insert() answers kFull and remembers nothing, so that nothing is forgotten before its time; the caller refuses.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "common/base/time.h"

namespace assist::server::identity {

class ReplayMemory {
 public:
  enum class Answer : std::uint8_t { kFresh, kRepeated, kFull };
  /// Everything is remembered for `window` at least, twice as long at most. 16 to 32 bytes an entry.
  ReplayMemory(std::chrono::microseconds window, std::size_t max_entries)
      : window_(window), max_entries_(max_entries) {}

  /// Takes 64 bits of a hash of both texts: of a million entries one in 10^13 is refused by mistake.
  [[nodiscard]] Answer Insert(std::string_view agent, std::string_view id, SteadyTime now);
  [[nodiscard]] std::size_t size() const noexcept { return current_.size() + former_.size(); }

 private:
  void Turn(SteadyTime now);

  const std::chrono::microseconds window_;
  const std::size_t max_entries_;
  SteadyTime turned_{};  // when `current_` was begun
  std::unordered_set<std::uint64_t> current_;
  std::unordered_set<std::uint64_t> former_;
};

}  // namespace assist::server::identity
