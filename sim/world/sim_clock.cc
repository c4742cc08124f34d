#include "sim/world/sim_clock.h"

#include <boost/asio/post.hpp>

namespace assist::sim::world {
namespace {

/// Held by the time line, later by the executor.
struct Entry {
  asio::any_io_executor executor;
  UniqueFunction<void()> fire;
  bool cancelled = false;
};

class Handle final : public Timer {
 public:
  Handle(World& world, const std::shared_ptr<Entry>& entry) : world_(world), entry_(entry) {}
  ~Handle() override {
    if (const auto entry = entry_.lock()) entry->cancelled = true;
    world_.Cancel(event);
  }
  EventId event;

 private:
  World& world_;
  std::weak_ptr<Entry> entry_;
};

}  // namespace

std::unique_ptr<Timer> SimClock::CallAt(SteadyTime when, asio::any_io_executor executor, UniqueFunction<void()> fire) {
  World& world = machine_.world();
  auto entry = std::make_shared<Entry>();
  entry->executor = std::move(executor);
  entry->fire = std::move(fire);
  auto handle = std::make_unique<Handle>(world, entry);
  handle->event = world.At(machine_.ToWorld(when), process_->main(), [entry] {
    // From the main lane to the timer's own executor, as a real timer's completion is posted.
    asio::post(entry->executor, [entry] {
      if (!entry->cancelled) {
        UniqueFunction<void()> call = std::move(entry->fire);
        call();
      }
    });
  });
  return handle;
}

}  // namespace assist::sim::world
