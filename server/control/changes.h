// Tells waiting readers that an invocation changed. Bounded: it remembers only invocations that somebody waits for.
// Owned by service. Changed() on any thread; waiting on any executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>

#include "common/async/clock.h"
#include "common/async/event.h"
#include "server/control/ports.h"

namespace assist::server::control {

class Changes final : public ChangeListener {
 public:
  /// Keeps its books on `home`, an executor that runs one handler at a time. Outlives every Wait().
  Changes(asio::any_io_executor home, Clock& clock);

  void Changed(std::span<const InvokeId> invocations) override;

  /// The number of changes of `invocation` seen so far while anybody waits for it; take it before reading, give it to
  /// Wait(). Never 0.
  asio::awaitable<std::uint64_t> Watch(InvokeId invocation);
  /// Returns when a change came after `seen`, or at `deadline`. Ends the watch.
  asio::awaitable<void> Wait(InvokeId invocation, std::uint64_t seen, SteadyTime deadline);

 private:
  struct Books;
  asio::any_io_executor home_;
  Clock& clock_;
  std::shared_ptr<Books> books_;
};

}  // namespace assist::server::control
