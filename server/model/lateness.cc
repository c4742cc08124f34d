#include "server/model/lateness.h"

#include <algorithm>
#include <limits>

namespace assist::server::model {
namespace {

constexpr std::uint32_t kFull = std::numeric_limits<std::uint32_t>::max();

std::chrono::milliseconds Shown(std::size_t bucket) noexcept {
  return std::chrono::milliseconds(std::int64_t{1} << std::min(bucket, LatenessHistogram::kBuckets - 2));
}

}  // namespace

void LatenessHistogram::Add(std::chrono::milliseconds late) noexcept {
  std::size_t bucket = 0;
  while (bucket + 1 < kBuckets && late.count() > (std::int64_t{1} << bucket)) ++bucket;
  if (counts_[bucket] < kFull) ++counts_[bucket];
}

void LatenessHistogram::Add(const LatenessHistogram& other) noexcept {
  for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += std::min(other.counts_[i], kFull - counts_[i]);
}

std::int64_t LatenessHistogram::total() const noexcept {
  std::int64_t sum = 0;
  for (const std::uint32_t count : counts_) sum += count;
  return sum;
}

std::optional<std::chrono::milliseconds> LatenessHistogram::Percentile(int percent) const noexcept {
  const std::int64_t all = total();
  if (all == 0) return std::nullopt;
  const std::int64_t wanted = std::max<std::int64_t>(1, (all * percent + 99) / 100);
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen >= wanted) return Shown(i);
  }
  return Shown(kBuckets - 1);
}

std::string LatenessHistogram::Encode() const {
  std::size_t used = kBuckets;
  while (used > 0 && counts_[used - 1] == 0) --used;
  std::string bytes;
  bytes.reserve(used * 4);
  for (std::size_t i = 0; i < used; ++i) {
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(counts_[i] >> shift & 0xff);
  }
  return bytes;
}

LatenessHistogram LatenessHistogram::Decode(std::string_view bytes) noexcept {
  LatenessHistogram out;
  for (std::size_t i = 0; i < std::min(bytes.size(), kBuckets * 4); ++i) {
    out.counts_[i / 4] |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (i % 4 * 8);
  }
  return out;
}

}  // namespace assist::server::model
