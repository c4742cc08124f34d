#include "common/async/event.h"

namespace assist {

void Event::Set() {
  set_ = true;
  Pulse();
}

void Event::Pulse() {
  Waiters now = std::move(waiters_);
  waiters_.clear();
  for (auto& waiter : now) {
    waiter->timer.reset();
    if (waiter->done) waiter->done(true);
  }
}

void Event::Finish(const std::shared_ptr<Waiter>& waiter, bool set) {
  waiters_.remove(waiter);
  waiter->timer.reset();
  if (waiter->done) waiter->done(set);
}

asio::awaitable<bool> Event::WaitFor(Clock* clock, SteadyTime deadline) {
  if (set_) co_return true;
  UniqueFunction<void(Completion<bool>)> start = [this, clock, deadline](Completion<bool> done) {
    auto waiter = std::make_shared<Waiter>();
    std::weak_ptr<Waiter> weak = waiter;
    done.OnCancel([this, weak] {
      if (auto alive = weak.lock()) Finish(alive, false);
    });
    waiter->done = std::move(done);
    if (clock != nullptr) {
      waiter->timer = clock->CallAt(deadline, executor_, [this, weak] {
        if (auto alive = weak.lock()) Finish(alive, false);
      });
    }
    waiters_.push_back(std::move(waiter));
  };
  co_return co_await Await<bool>(std::move(start));
}

asio::awaitable<void> Event::Wait() { co_await WaitFor(nullptr, {}); }

asio::awaitable<bool> Event::WaitUntil(Clock& clock, SteadyTime deadline) {
  co_return co_await WaitFor(&clock, deadline);
}

}  // namespace assist
