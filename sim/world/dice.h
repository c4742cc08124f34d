// The world's own randomness: which event is next, which fault happens. Small and fast; a stream a purpose, so that one
// more question of one purpose does not change the answers of another. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/check.h"

namespace assist::sim::world {

class Dice {
 public:
  /// The same numbers for the same seed and purpose.
  Dice(std::uint64_t seed, std::string_view purpose) : state_(seed * 0x9e3779b97f4a7c15 + 0x632be59bd9b4e019) {
    for (const char c : purpose) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    static_cast<void>(Next());
  }

  [[nodiscard]] std::uint64_t Next() noexcept {
    // splitmix64: Steele, Lea, Flood 2014.
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// In [0, bound); bound > 0. The bias for bounds far below 2^64 does not matter here.
  [[nodiscard]] std::uint64_t Below(std::uint64_t bound) noexcept {
    ASSIST_CHECK(bound > 0);
    return Next() % bound;
  }
  /// In [low, high].
  [[nodiscard]] std::int64_t Between(std::int64_t low, std::int64_t high) noexcept {
    return low + static_cast<std::int64_t>(Below(static_cast<std::uint64_t>(high - low) + 1));
  }
  /// True once in `of` times on average; 0: never.
  [[nodiscard]] bool OnceIn(std::uint64_t of) noexcept { return of != 0 && Below(of) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace assist::sim::world
