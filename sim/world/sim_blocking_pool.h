// common/async's BlockingPool: each piece of work is an event of its own, on a lane of its own, some time after it was
// submitted. With one worker, work runs in the order in which it came. Of a dead process nothing runs.
#pragma once

#include <chrono>
#include <deque>
#include <functional>

#include "common/async/blocking_pool.h"
#include "sim/world/world.h"

namespace assist::sim::world {

class SimBlockingPool final : public BlockingPool {
 public:
  struct Options {
    std::size_t workers = 1;
    std::chrono::microseconds max_delay{500};  ///< Before a piece of work is done.
    /// Asked each time: so much longer at most (a slow disk); empty: no longer.
    std::function<std::chrono::microseconds()> slow = {};
  };
  SimBlockingPool(Options options, const std::shared_ptr<Process>& process, std::string name);

  void Submit(UniqueFunction<void()> work) override;

 private:
  struct State {
    State(Options o, World& w, Dice d) : options(std::move(o)), world(w), dice(d) {}
    const Options options;
    World& world;
    Dice dice;
    std::shared_ptr<Lane> lane;
    std::deque<UniqueFunction<void()>> waiting;
    std::size_t busy = 0;
  };
  static void StartNext(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;
};

}  // namespace assist::sim::world
