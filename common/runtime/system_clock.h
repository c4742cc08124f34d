// The real time. One for a program; any thread.
#pragma once

#include "common/async/clock.h"

namespace assist {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] SystemTime Now() const override;
  [[nodiscard]] SteadyTime Steady() const override;
  /// `executor` must belong to an io_context; the timer is made and destroyed in its thread.
  [[nodiscard]] std::unique_ptr<Timer> CallAt(SteadyTime when, asio::any_io_executor executor,
                                              UniqueFunction<void()> fire) override;
};

}  // namespace assist
