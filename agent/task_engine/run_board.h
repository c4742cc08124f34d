// Port: what task_engine tells of the runs of schedules, and asks about them; agent/timetable fulfils it.
// One executor: that of the agent. Nothing here calls back into task_engine at once.
#pragma once

#include <cstdint>
#include <string>

#include "agent/task_engine/outcome.h"
#include "protocol/wire/report.h"

namespace assist::agent::task_engine {

class RunBoard {
 public:
  virtual ~RunBoard() = default;
  /// Nothing of this run goes on any more.
  virtual void RunEnded(const std::string& schedule, std::int64_t number, const Outcome& outcome) = 0;
  /// The server has all of it (or can never take it): this run is not known any more.
  virtual void RunForgotten(const std::string& schedule, std::int64_t number) = 0;
  /// Adds to a report about a run what its schedule knows: wall clock, next due time.
  virtual void Dress(wire::Report& report) const = 0;
};

}  // namespace assist::agent::task_engine
