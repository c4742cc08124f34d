// Randomness is an argument, so that the simulator and tests decide it. Ids are made here. Any thread for one object
// only when the implementation says so.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace assist {

class Random {
 public:
  virtual ~Random() = default;
  /// Fills with bytes fit for keys (the real one asks the system); never fails.
  virtual void Fill(std::span<std::uint8_t> bytes) = 0;

  [[nodiscard]] std::uint64_t Uint64();
  /// Uniform in [0, bound); bound > 0.
  [[nodiscard]] std::uint64_t Below(std::uint64_t bound);
  /// `count` bytes as lower-case hex.
  [[nodiscard]] std::string Hex(std::size_t count);
  /// Version 4, lower case with hyphens.
  [[nodiscard]] std::string Uuid();
  /// The same in capitals, as request ids and activation ids are written.
  [[nodiscard]] std::string UpperUuid();
  /// `count` characters of A–Z a–z 0–9.
  [[nodiscard]] std::string Alphanumeric(std::size_t count);
};

/// The same numbers for the same seed. For tests and the simulator; never for keys.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void Fill(std::span<std::uint8_t> bytes) override;

 private:
  std::uint64_t state_;
};

}  // namespace assist
