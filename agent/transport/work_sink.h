// Port: what takes the task lists that transport fetches; agent/service connects it to task_engine.
// One executor: that of the agent.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>

#include "protocol/wire/task.h"

namespace assist::agent::transport {

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

}  // namespace assist::agent::transport
