#include "agent/journal/high_water.h"

#include <utility>

#include "common/base/crc32c.h"

namespace assist::agent::journal {
namespace {

constexpr std::string_view kMagic = "ASTJHIG1";
constexpr std::size_t kSize = 8 + 3 * 8 + 4;
constexpr std::uint64_t kLooks = 4;
constexpr std::uint64_t kMaxFile = 8 * 1024;

void Put(std::string& bytes, std::uint64_t value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

std::uint64_t Get(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

}  // namespace

std::string EncodeHighWater(const HighWater& mark) {
  std::string bytes(kMagic);
  Put(bytes, mark.file, 8);
  Put(bytes, mark.size, 8);
  Put(bytes, static_cast<std::uint64_t>(mark.highest), 8);
  Put(bytes, Crc32c(bytes), 4);
  return bytes;
}

std::optional<HighWater> DecodeHighWater(std::string_view bytes) {
  if (bytes.size() < kSize || !bytes.starts_with(kMagic)) return std::nullopt;
  if (Get(bytes, kSize - 4, 4) != Crc32c(bytes.substr(0, kSize - 4))) return std::nullopt;
  HighWater mark;
  mark.file = Get(bytes, 8, 8);
  mark.size = Get(bytes, 16, 8);
  mark.highest = static_cast<std::int64_t>(Get(bytes, 24, 8));
  return mark;
}

asio::awaitable<std::optional<HighWater>> HighWaterFile::Read() {
  auto size = co_await disk_.Size(path_);
  if (!size) co_return std::nullopt;
  // The last may be torn by a kill, or not yet on the disk when the power went.
  const std::uint64_t whole = *size / kSize;
  const std::uint64_t from = whole > kLooks ? whole - kLooks : 0;
  auto bytes = co_await disk_.Read(path_, from * kSize, static_cast<std::size_t>((whole - from) * kSize));
  if (!bytes) co_return std::nullopt;
  for (std::size_t end = bytes->size() / kSize; end > 0; --end) {
    auto mark = DecodeHighWater(std::string_view(*bytes).substr((end - 1) * kSize, kSize));
    if (mark) co_return mark;
  }
  co_return std::nullopt;
}

asio::awaitable<void> HighWaterFile::Note(HighWater mark) {
  std::string bytes = EncodeHighWater(mark);
  const bool anew = size_ == 0 || size_ >= kMaxFile;
  Status written;
  if (anew) {
    written = co_await disk_.WriteFile(path_, std::move(bytes), disk::Access{});
  } else {
    written = co_await disk_.Append(path_, std::move(bytes), false);
  }
  // After a failure a part of it may stand there.
  size_ = written ? (anew ? kSize : size_ + kSize) : 0;
}

}  // namespace assist::agent::journal
