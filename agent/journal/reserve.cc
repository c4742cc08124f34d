#include "agent/journal/reserve.h"

#include <utility>

namespace assist::agent::journal {
namespace {

/// Not zeros, of which a file system may make a hole.
std::string Filling(std::size_t bytes) {
  std::string filling(bytes, '\0');
  std::uint32_t state = 2463534242;
  for (char& c : filling) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    c = static_cast<char>(state & 0xff);
  }
  return filling;
}

}  // namespace

asio::awaitable<void> Reserve::TakeTurn() {
  while (!idle_.is_set()) co_await idle_.Wait();
  idle_.Reset();
}

asio::awaitable<bool> Reserve::Keep() {
  if (there_ || bytes_ == 0) co_return true;
  co_await TakeTurn();
  bool full = false;
  if (!there_) {
    auto size = co_await disk_.Size(path_);
    there_ = size && *size >= bytes_;
  }
  if (!there_) {
    auto written = co_await disk_.WriteFile(path_, Filling(bytes_), disk::Access{});
    there_ = written.has_value();
    full = !written && written.error().code == Errc::kTooLarge;
  }
  if (full) {
    auto ignored = co_await disk_.RemoveFile(path_);
    static_cast<void>(ignored);
  }
  idle_.Set();
  co_return !full;
}

asio::awaitable<bool> Reserve::Spend() {
  co_await TakeTurn();
  const bool had = std::exchange(there_, false);
  if (had) {
    auto ignored = co_await disk_.RemoveFile(path_);
    static_cast<void>(ignored);
  }
  idle_.Set();
  co_return had;
}

}  // namespace assist::agent::journal
