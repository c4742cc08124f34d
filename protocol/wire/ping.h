// The payload of an agent's WebSocket pings. Stock agents send `keepalive`, and servers send back what came; ours adds,
// for a server of ours, what it holds: `keepalive memory=<bytes>`. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assist::wire {

/// `memory`: bytes of the agent's process; 0: not told. At most 125 bytes, as RFC 6455 (5.5) wants it.
[[nodiscard]] std::string PingText(std::int64_t memory);
/// 0 for any payload that does not tell it.
[[nodiscard]] std::int64_t MemoryOfPing(std::string_view payload) noexcept;

}  // namespace assist::wire
