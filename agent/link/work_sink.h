// Ports of the link towards the agent: what takes the task lists that it fetches (agent/desk), and what knows the
// machine (agent/service). One executor: that of the agent.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>

#include "protocol/wire/task.h"

namespace assist::agent::link {

namespace asio = boost::asio;

class WorkSink {
 public:
  virtual ~WorkSink() = default;
  /// The lists of one answer, in the order in which they came. Returns when what can be taken is safe on disk; the next
  /// fetch waits for it.
  virtual asio::awaitable<void> Take(wire::TaskList list) = 0;
  /// The highest delivery number had; 0: none.
  [[nodiscard]] virtual std::int64_t highest_delivery() const = 0;
};

/// Facts that change with the machine, asked when a message needs them. Quick.
struct MachineFacts {
  std::string os_type;
  std::string arch;
  std::string os_version;
  std::string machine_id;
  std::string client_ip;
  std::string time_zone;
  std::chrono::seconds utc_offset{0};
  std::chrono::milliseconds uptime{0};
};
class FactSource {
 public:
  virtual ~FactSource() = default;
  [[nodiscard]] virtual MachineFacts Facts() = 0;
};

}  // namespace assist::agent::link
