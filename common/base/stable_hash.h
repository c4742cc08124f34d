// A hash that never changes: what it gives is written to disk, and is to be the same on agents and server. Not for
// secrets: whoever chooses the text chooses the hash.
#pragma once

#include <cstdint>
#include <string_view>

namespace assist {

/// FNV-1a, then the finisher of SplitMix64.
[[nodiscard]] constexpr std::uint64_t StableHash(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  hash ^= hash >> 30;
  hash *= 0xbf58476d1ce4e5b9ULL;
  hash ^= hash >> 27;
  hash *= 0x94d049bb133111ebULL;
  return hash ^ (hash >> 31);
}

}  // namespace assist
