#include "common/runtime/system_clock.h"

#include <boost/asio/steady_timer.hpp>

namespace assist {
namespace {

// Farther ahead than any program lives; keeps the conversion to nanoseconds from overflowing.
constexpr std::chrono::hours kFarthest{24 * 365 * 100};

class AsioTimer final : public Timer {
 public:
  AsioTimer(std::chrono::microseconds delay, asio::any_io_executor executor, UniqueFunction<void()> fire)
      : state_(std::make_shared<State>(std::move(executor), std::move(fire))) {
    state_->timer.expires_after(delay);
    state_->timer.async_wait([state = state_](const boost::system::error_code& error) {
      if (!error && !state->cancelled) state->fire();
    });
  }
  ~AsioTimer() override {
    state_->cancelled = true;
    state_->timer.cancel();
  }

 private:
  struct State {
    State(asio::any_io_executor executor, UniqueFunction<void()> f) : timer(std::move(executor)), fire(std::move(f)) {}
    asio::steady_timer timer;
    UniqueFunction<void()> fire;
    bool cancelled = false;  // a handler that is already queued is not taken back by cancel()
  };
  std::shared_ptr<State> state_;
};

}  // namespace

SystemTime SystemClock::Now() const {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::Steady() const {
  return SteadyTime(std::chrono::floor<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()));
}

std::unique_ptr<Timer> SystemClock::CallAt(SteadyTime when, asio::any_io_executor executor,
                                           UniqueFunction<void()> fire) {
  const SteadyTime now = Steady();
  std::chrono::microseconds delay{0};
  if (when > now) delay = when - now > kFarthest ? std::chrono::microseconds(kFarthest) : when - now;
  return std::make_unique<AsioTimer>(delay, std::move(executor), std::move(fire));
}

}  // namespace assist
