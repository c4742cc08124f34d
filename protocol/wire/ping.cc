#include "protocol/wire/ping.h"

#include <charconv>

namespace assist::wire {
namespace {

constexpr std::string_view kAlive = "keepalive";
constexpr std::string_view kMemory = "keepalive memory=";

}  // namespace

std::string PingText(std::int64_t memory) {
  return memory > 0 ? std::string(kMemory) + std::to_string(memory) : std::string(kAlive);
}

std::int64_t MemoryOfPing(std::string_view payload) noexcept {
  if (!payload.starts_with(kMemory)) return 0;
  payload.remove_prefix(kMemory.size());
  std::int64_t memory = 0;
  const auto [end, error] = std::from_chars(payload.data(), payload.data() + payload.size(), memory);
  const bool whole = error == std::errc() && end == payload.data() + payload.size();
  constexpr std::int64_t kMost = std::int64_t{1} << 42;  // no agent holds four terabytes
  return whole && memory > 0 && memory < kMost ? memory : 0;
}

}  // namespace assist::wire
