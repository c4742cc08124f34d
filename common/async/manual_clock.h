// A clock for tests: time passes only by Advance(). One thread.
#pragma once

#include <map>
#include <memory>

#include <boost/asio/post.hpp>

#include "common/async/clock.h"

namespace assist {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(SystemTime start = FromUnixMillis(1'700'000'000'000)) : wall_(start) {}

  [[nodiscard]] SystemTime Now() const override { return wall_; }
  [[nodiscard]] SteadyTime Steady() const override { return steady_; }
  [[nodiscard]] std::unique_ptr<Timer> CallAt(SteadyTime when, asio::any_io_executor executor,
                                              UniqueFunction<void()> fire) override {
    auto entry = std::make_shared<Entry>();
    entry->executor = std::move(executor);
    entry->fire = std::move(fire);
    if (when <= steady_) {
      Post(entry);
    } else {
      pending_.emplace(when, entry);
    }
    return std::make_unique<Handle>(entry);
  }

  /// Lets time pass and posts what is due; the caller then runs the executor.
  void Advance(std::chrono::microseconds duration) {
    wall_ += duration;
    steady_ += duration;
    while (!pending_.empty() && pending_.begin()->first <= steady_) {
      Post(pending_.begin()->second);
      pending_.erase(pending_.begin());
    }
  }
  /// Sets the wall clock as an administrator would; Steady() does not jump.
  void StepWall(std::chrono::microseconds by) { wall_ += by; }
  [[nodiscard]] std::size_t pending() const noexcept { return pending_.size(); }
  /// The next time at which something is due, if anything is.
  [[nodiscard]] bool has_pending() const noexcept { return !pending_.empty(); }
  [[nodiscard]] SteadyTime next() const { return pending_.begin()->first; }

 private:
  struct Entry {
    asio::any_io_executor executor;
    UniqueFunction<void()> fire;
    bool cancelled = false;
  };
  struct Handle final : Timer {
    explicit Handle(const std::shared_ptr<Entry>& e) : entry(e) {}
    ~Handle() override {
      if (const auto alive = entry.lock()) alive->cancelled = true;
    }
    std::weak_ptr<Entry> entry;
  };
  static void Post(const std::shared_ptr<Entry>& entry) {
    if (entry->cancelled) return;
    asio::post(entry->executor, [entry] {
      if (!entry->cancelled) entry->fire();
    });
  }

  SystemTime wall_;
  SteadyTime steady_{std::chrono::hours(1)};
  std::multimap<SteadyTime, std::shared_ptr<Entry>> pending_;
};

}  // namespace assist
