// Remembers which nonces were used, for as long as a request that carries them could be accepted, in bounded memory.
// Nothing is forgotten before its time: when full, Use() says so. It is lost with the process, so changing calls keep
// theirs in the store besides. Any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "common/base/time.h"

namespace assist::server::openapi {

class NonceWindow {
 public:
  /// `life`: twice the time window, since a request may carry a time that far ahead.
  NonceWindow(std::chrono::seconds life, std::size_t max, std::size_t max_per_key);

  enum class Use : std::uint8_t { kFresh, kUsed, kFull };
  /// kFresh: remembered from now on.
  Use Take(std::string_view access_key_id, std::string_view nonce, SteadyTime now);

  [[nodiscard]] std::size_t size() const;

 private:
  using Digest = std::array<std::uint64_t, 2>;  // of key and nonce; 16 bytes of SHA-256
  struct Hash {
    std::size_t operator()(const Digest& digest) const noexcept { return static_cast<std::size_t>(digest[0]); }
  };
  struct Entry {
    SteadyTime expires;
    Digest digest;
    std::uint32_t* of_key;
  };

  void Forget(SteadyTime now);

  const std::chrono::seconds life_;
  const std::size_t max_;
  const std::size_t max_per_key_;
  mutable std::mutex mutex_;
  std::unordered_set<Digest, Hash> used_;
  std::deque<Entry> by_age_;                                              // all live equally long: oldest first
  std::unordered_map<std::string, std::unique_ptr<std::uint32_t>> keys_;  // access key id → its entries
};

}  // namespace assist::server::openapi
