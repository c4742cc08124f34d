// Port: what carries reports to the server; agent/link fulfils it, tests use fake_report_sink.h.
// One executor: that of the agent.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>

#include "protocol/wire/report.h"

namespace assist::agent::task_engine {

namespace asio = boost::asio;

enum class Delivery : std::uint8_t {
  kDone,   ///< The server has committed it (or, stock, answered it).
  kGone,   ///< It can never be taken (410): the task is unknown there, or another machine's. Forget it.
  kLater,  ///< Not known to be taken: no connection, no answer, 5xx. The same report may be sent again.
};

struct ReportOutcome {
  Delivery delivery = Delivery::kLater;
  /// With kDone, from our server only: bytes of this task's output that it has committed; where to go on.
  std::optional<std::uint64_t> next;
};

class ReportSink {
 public:
  virtual ~ReportSink() = default;
  /// One try; it waits for the answer, within a limit of its own. task_engine repeats with back-off, and has at most
  /// one report a task and Options::max_report_bytes of bodies in flight. Connection order is the sink's business.
  virtual asio::awaitable<ReportOutcome> Send(wire::Report report) = 0;
};

}  // namespace assist::agent::task_engine
