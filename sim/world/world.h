// The simulated world: one thread, virtual time, and a ready set from which a seed picks what runs next. Everything
// that production code waits for becomes an event here, so a run is a function of its seed: World(7) does the same
// steps every time, and trace_hash() tells whether it did.
//
//   Machine   a computer: wall clock, boots, files
//   Process   one incarnation of a program on a machine; Kill() ends it as kill -9 does
//   Lane      what runs one after the other in a process: a shard, a thread of its pool; gives the asio executor
//
// A crash destroys and never runs: what was ready, the timers, then the program's objects, then the unwinding that Asio
// posts for coroutines whose handlers were destroyed. A destructor that does more than free memory shows up here.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"
#include "common/base/unique_function.h"
#include "sim/world/dice.h"

namespace assist::sim::world {

namespace asio = boost::asio;

class World;
class Process;

/// What runs one after the other. Executors hold it by shared_ptr: it outlives its process, and is deaf then.
class Lane : public std::enable_shared_from_this<Lane> {
 public:
  Lane(World& world, Process* process, std::string name);
  /// Ready to run from now on. Of a dead process: destroyed, soon, without running.
  void Push(UniqueFunction<void()> work);
  [[nodiscard]] asio::any_io_executor executor();
  [[nodiscard]] Process* process() const noexcept { return process_; }  ///< Null when the process is dead.

 private:
  friend class World;
  friend class Process;
  friend class LaneExecutor;
  World& world_;
  Process* process_;
  std::string name_;
  std::deque<UniqueFunction<void()>> ready_;
};

/// Names an event of the time line.
struct EventId {
  SteadyTime when{};
  std::uint64_t sequence = 0;  ///< 0: none.
};

/// One incarnation of a program. Made by World::Spawn(), ended by World::Kill().
class Process {
 public:
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool alive() const noexcept { return alive_; }
  [[nodiscard]] World& world() const noexcept { return world_; }
  /// Never given twice in a world.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  /// The lane that every process has.
  [[nodiscard]] const std::shared_ptr<Lane>& main() const noexcept { return lanes_.front(); }
  std::shared_ptr<Lane> NewLane(std::string name);

  /// From now on this process has no effect on the world, as if it had ended in the middle of the work under way (an
  /// I/O call, say). World::Step() calls `on_doomed` when that work has returned; it is to Kill() the process.
  void Doom();
  void OnDoomed(std::function<void()> on_doomed) { on_doomed_ = std::move(on_doomed); }
  /// Called when this has been killed: how other machines learn of it.
  void AtEnd(std::function<void()> at_end) { at_end_.push_back(std::move(at_end)); }

 private:
  friend class World;
  Process(World& world, std::string name, std::uint64_t id) : world_(world), name_(std::move(name)), id_(id) {}
  World& world_;
  std::string name_;
  std::uint64_t id_;
  bool alive_ = true;
  std::function<void()> on_doomed_;
  std::vector<std::function<void()>> at_end_;
  std::vector<std::shared_ptr<Lane>> lanes_;
};

struct Options {
  /// Work that is ready in one lane runs in the order in which it came (as io_context does it), or in any order.
  bool in_order = true;
  /// A step takes up to this long, so that timers fall between any two steps.
  std::chrono::microseconds step_time{20};
};

class World {
 public:
  World(std::uint64_t seed, Options options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  [[nodiscard]] SteadyTime now() const noexcept { return now_; }
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
  /// Dice for purposes without dice of their own: delays and the like.
  [[nodiscard]] Dice& dice() noexcept { return dice_; }
  /// A stream of its own.
  [[nodiscard]] Dice NewDice(std::string_view purpose) const { return Dice(seed_, purpose); }

  [[nodiscard]] std::shared_ptr<Process> Spawn(std::string name);
  /// As kill -9: whatever is ready or due is destroyed, then `free_objects` is called (it destroys the program's
  /// objects), then what that posted is destroyed. Not from inside work of this process: Doom() is for that.
  void Kill(std::shared_ptr<Process> process, UniqueFunction<void()> free_objects);

  /// Runs `work` on `lane` at `when` or soon after; never when the lane's process has died by then.
  EventId At(SteadyTime when, std::shared_ptr<Lane> lane, UniqueFunction<void()> work);
  EventId After(std::chrono::microseconds delay, std::shared_ptr<Lane> lane, UniqueFunction<void()> work) {
    return At(now_ + delay, std::move(lane), std::move(work));
  }
  /// Destroys the event; nothing when it ran already.
  void Cancel(EventId event);

  /// Lets time pass until something is ready, and runs one piece of it. False: nothing will ever happen again.
  bool Step();
  /// Steps until then; time is `end` afterwards.
  void RunUntil(SteadyTime end);

  /// A line of the story; counts in the hash. With a null process the world itself speaks.
  void Say(const Process* who, std::string_view what);
  /// Mixes a fact into the hash without a line.
  void Note(std::uint64_t fact) noexcept { hash_ = (hash_ ^ fact) * 0x9fb21c651e98df25 + (hash_ >> 29); }
  [[nodiscard]] std::uint64_t trace_hash() const noexcept { return hash_; }
  /// Where lines go; default nowhere.
  void TellTo(std::function<void(const std::string&)> listener) { listener_ = std::move(listener); }
  [[nodiscard]] bool is_told() const noexcept { return static_cast<bool>(listener_); }

 private:
  friend class Lane;
  friend class LaneExecutor;
  friend class Process;
  struct Pending {
    std::shared_ptr<Lane> lane;
    UniqueFunction<void()> work;
  };
  using Key = std::pair<SteadyTime, std::uint64_t>;
  class Context final : public asio::execution_context {};

  void MoveDue();
  void Bury();

  const std::uint64_t seed_;
  const Options options_;
  Context context_;
  Dice order_;
  Dice dice_;
  SteadyTime now_{std::chrono::hours(1)};
  std::uint64_t steps_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t processes_ = 0;
  std::uint64_t hash_;
  std::map<Key, Pending> time_line_;
  std::vector<std::shared_ptr<Process>> live_;
  std::vector<std::shared_ptr<Lane>> busy_;   // lanes with something ready
  std::vector<UniqueFunction<void()>> dead_;  // of dead processes, to be destroyed
  std::vector<Process*> doomed_;
  std::function<void(const std::string&)> listener_;
};

}  // namespace assist::sim::world
