#include "sim/world/sim_blocking_pool.h"

namespace assist::sim::world {

SimBlockingPool::SimBlockingPool(Options options, const std::shared_ptr<Process>& process, std::string name)
    : state_(std::make_shared<State>(std::move(options), process->world(),
                                     Dice(process->world().seed(), name + std::to_string(process->id())))) {
  state_->lane = process->NewLane(std::move(name));
}

void SimBlockingPool::Submit(UniqueFunction<void()> work) {
  state_->waiting.push_back(std::move(work));
  if (state_->busy < state_->options.workers) StartNext(state_);
}

void SimBlockingPool::StartNext(const std::shared_ptr<State>& state) {
  if (state->waiting.empty()) return;
  ++state->busy;
  UniqueFunction<void()> work = std::move(state->waiting.front());
  state->waiting.pop_front();
  auto at_most = state->options.max_delay;
  if (state->options.slow) at_most += state->options.slow();
  const auto delay = std::chrono::microseconds(state->dice.Below(static_cast<std::uint64_t>(at_most.count()) + 1));
  std::weak_ptr<State> weak = state;
  state->world.After(delay, state->lane, [weak, work = std::move(work)]() mutable {
    work();
    if (const auto alive = weak.lock()) {
      --alive->busy;
      StartNext(alive);
    }
  });
}

}  // namespace assist::sim::world
