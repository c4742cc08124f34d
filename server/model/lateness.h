// How late the runs of a schedule began, as counts in buckets of powers of two: percentiles to within a factor of two
// from a few bytes a machine. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assist::server::model {

/// Bucket 0 holds what began in time (up to 1 ms late, or early), bucket k up to 2^k ms, the last everything above.
class LatenessHistogram {
 public:
  static constexpr std::size_t kBuckets = 21;  ///< The last begins at 2^19 ms, some nine minutes.

  void Add(std::chrono::milliseconds late) noexcept;
  /// Counts of several machines together.
  void Add(const LatenessHistogram& other) noexcept;
  /// Upper bound of the bucket in which the `percent`th run of a hundred lies (of the last bucket its lower one); empty
  /// when there was none.
  [[nodiscard]] std::optional<std::chrono::milliseconds> Percentile(int percent) const noexcept;
  [[nodiscard]] std::int64_t total() const noexcept;

  /// For the store: never change the form. Trailing empty buckets are left out; 4 bytes each, little-endian.
  [[nodiscard]] std::string Encode() const;
  [[nodiscard]] static LatenessHistogram Decode(std::string_view bytes) noexcept;
  friend bool operator==(const LatenessHistogram&, const LatenessHistogram&) = default;

 private:
  std::array<std::uint32_t, kBuckets> counts_{};  ///< They stop at their maximum.
};

}  // namespace assist::server::model
