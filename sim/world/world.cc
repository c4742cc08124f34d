#include "sim/world/world.h"

#include <algorithm>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <cstdio>
#include <utility>

#include "common/base/check.h"

namespace assist::sim::world {

/// The type that asio::any_io_executor holds.
class LaneExecutor {
 public:
  explicit LaneExecutor(std::shared_ptr<Lane> lane) noexcept : lane_(std::move(lane)) {}

  [[nodiscard]] asio::execution_context& query(asio::execution::context_t) const noexcept {
    return lane_->world_.context_;
  }
  static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept {
    return asio::execution::blocking.never;
  }
  template <class F>
  void execute(F&& f) const {
    lane_->Push(UniqueFunction<void()>(std::forward<F>(f)));
  }
  friend bool operator==(const LaneExecutor& a, const LaneExecutor& b) noexcept { return a.lane_ == b.lane_; }
  friend bool operator!=(const LaneExecutor& a, const LaneExecutor& b) noexcept { return !(a == b); }

 private:
  std::shared_ptr<Lane> lane_;
};

Lane::Lane(World& world, Process* process, std::string name)
    : world_(world), process_(process), name_(std::move(name)) {}

asio::any_io_executor Lane::executor() { return LaneExecutor(shared_from_this()); }

void Lane::Push(UniqueFunction<void()> work) {
  if (process_ == nullptr) {
    world_.dead_.push_back(std::move(work));
    return;
  }
  if (ready_.empty()) world_.busy_.push_back(shared_from_this());
  ready_.push_back(std::move(work));
}

std::shared_ptr<Lane> Process::NewLane(std::string name) {
  lanes_.push_back(std::make_shared<Lane>(world_, alive_ ? this : nullptr, std::move(name)));
  return lanes_.back();
}

void Process::Doom() {
  if (!alive_) return;
  alive_ = false;
  world_.doomed_.push_back(this);
}

World::World(std::uint64_t seed, Options options)
    : seed_(seed), options_(options), order_(seed, "order"), dice_(seed, "world"), hash_(seed) {}

World::~World() {
  while (!live_.empty()) {
    const auto process = live_.back();
    Kill(process, {});
  }
  time_line_.clear();
  Bury();
}

std::shared_ptr<Process> World::Spawn(std::string name) {
  std::shared_ptr<Process> process(new Process(*this, std::move(name), ++processes_));
  static_cast<void>(process->NewLane("main"));
  live_.push_back(process);
  return process;
}

void World::Kill(std::shared_ptr<Process> process, UniqueFunction<void()> free_objects) {
  process->alive_ = false;
  std::erase(live_, process);
  for (const auto& lane : process->lanes_) {
    for (auto& work : lane->ready_) dead_.push_back(std::move(work));
    lane->ready_.clear();
    lane->process_ = nullptr;
    std::erase(busy_, lane);
  }
  for (auto it = time_line_.begin(); it != time_line_.end();) {
    if (it->second.lane->process_ == nullptr) {
      dead_.push_back(std::move(it->second.work));
      it = time_line_.erase(it);
    } else {
      ++it;
    }
  }
  std::erase(doomed_, process.get());
  Bury();
  if (free_objects) free_objects();
  Bury();
  for (const auto& tell : std::exchange(process->at_end_, {})) tell();
}

EventId World::At(SteadyTime when, std::shared_ptr<Lane> lane, UniqueFunction<void()> work) {
  const EventId id{std::max(when, now_), ++sequence_};
  time_line_.emplace(Key(id.when, id.sequence), Pending{std::move(lane), std::move(work)});
  return id;
}

void World::Cancel(EventId event) {
  const auto it = time_line_.find(Key(event.when, event.sequence));
  if (it == time_line_.end()) return;
  const Pending pending = std::move(it->second);  // destroyed when the time line is whole again
  time_line_.erase(it);
}

void World::MoveDue() {
  while (!time_line_.empty() && time_line_.begin()->first.first <= now_) {
    Pending pending = std::move(time_line_.begin()->second);
    time_line_.erase(time_line_.begin());
    pending.lane->Push(std::move(pending.work));
  }
}

void World::Bury() {
  // Destroying work may post more (the unwinding of a coroutine); none of it runs.
  while (!dead_.empty()) {
    auto now = std::move(dead_);
    dead_.clear();
  }
}

bool World::Step() {
  Bury();
  MoveDue();
  while (busy_.empty()) {
    if (time_line_.empty()) return false;
    now_ = std::max(now_, time_line_.begin()->first.first);
    MoveDue();
    Bury();
  }
  const std::size_t index = order_.Below(busy_.size());
  const std::shared_ptr<Lane> lane = busy_[index];
  const std::size_t which = options_.in_order ? 0 : order_.Below(lane->ready_.size());
  {
    UniqueFunction<void()> work = std::move(lane->ready_[which]);
    lane->ready_.erase(lane->ready_.begin() + static_cast<std::ptrdiff_t>(which));
    if (lane->ready_.empty()) {
      busy_[index] = std::move(busy_.back());
      busy_.pop_back();
    }
    ++steps_;
    Note(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    Note(lane->process_->id() * 1024 + which);
    if (lane->process_->alive()) work();
  }
  while (!doomed_.empty()) {
    Process* const process = doomed_.front();
    doomed_.erase(doomed_.begin());
    const auto on_doomed = process->on_doomed_;  // a copy: the call may destroy the process
    ASSIST_CHECK(on_doomed != nullptr);
    on_doomed();
  }
  if (options_.step_time.count() > 0) {
    now_ += std::chrono::microseconds(order_.Below(static_cast<std::uint64_t>(options_.step_time.count()) + 1));
  }
  return true;
}

void World::RunUntil(SteadyTime end) {
  while (now_ < end) {
    MoveDue();
    Bury();
    if (busy_.empty() && (time_line_.empty() || time_line_.begin()->first.first > end)) break;
    Step();
  }
  now_ = std::max(now_, end);
}

void World::Say(const Process* who, std::string_view what) {
  for (const char c : what) Note(static_cast<unsigned char>(c));
  if (!listener_) return;
  const auto micros = now_.time_since_epoch().count() - std::chrono::microseconds(std::chrono::hours(1)).count();
  char head[64];
  std::snprintf(head, sizeof head, "%11.6f %7llu  ", static_cast<double>(micros) / 1e6,
                static_cast<unsigned long long>(steps_));
  std::string line(head);
  line += who == nullptr ? std::string("world") : who->name() + "." + std::to_string(who->id());
  line += ": ";
  line += what;
  listener_(line);
}

}  // namespace assist::sim::world
