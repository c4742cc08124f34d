// common/async's Clock for one process: the machine's wall clock, timers on the world's time line. A timer of a dead
// process never fires. Owned by the scenario, beside the program's objects.
#pragma once

#include "common/async/clock.h"
#include "sim/world/machine.h"
#include "sim/world/world.h"

namespace assist::sim::world {

class SimClock final : public Clock {
 public:
  /// `machine` outlives this.
  SimClock(const Machine& machine, std::shared_ptr<Process> process)
      : machine_(machine), process_(std::move(process)) {}

  [[nodiscard]] SystemTime Now() const override { return machine_.Wall(); }
  [[nodiscard]] SteadyTime Steady() const override { return machine_.Steady(); }
  [[nodiscard]] std::unique_ptr<Timer> CallAt(SteadyTime when, asio::any_io_executor executor,
                                              UniqueFunction<void()> fire) override;

 private:
  const Machine& machine_;
  std::shared_ptr<Process> process_;
};

}  // namespace assist::sim::world
