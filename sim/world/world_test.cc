#include "sim/world/world.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <set>

#include "common/async/event.h"
#include "common/async/scope.h"
#include "sim/world/sim_blocking_pool.h"
#include "sim/world/sim_clock.h"

namespace assist::sim::world {
namespace {

using std::chrono::seconds;

const SystemTime kStart = FromUnixMillis(1'700'000'000'000);

/// A small program: sleepers, a pool, an event between them.
struct Program {
  Program(World& world, const Machine& machine, std::vector<std::string>& said)
      : process(world.Spawn("program")),
        clock(machine, process),
        pool({.workers = 2}, process, "pool"),
        go(process->main()->executor()),
        scope(process->main()->executor(), {}),
        seen(said) {}

  std::shared_ptr<Process> process;
  SimClock clock;
  SimBlockingPool pool;
  Event go;
  Scope scope;
  std::vector<std::string>& seen;
};

struct Guard {
  explicit Guard(int& c) : count(c) { ++count; }
  ~Guard() { --count; }
  int& count;
};

asio::awaitable<void> Sleeper(Program& program, int number, int& alive) {
  const Guard guard(alive);
  for (int i = 0; i < 3; ++i) {
    co_await program.clock.SleepFor(std::chrono::milliseconds(10 * number));
    auto work = [number, i] { return std::to_string(number) + "/" + std::to_string(i); };
    std::string text = co_await program.pool.Run(std::move(work));
    program.seen.push_back(std::move(text));
  }
  program.go.Set();
}

asio::awaitable<void> Waiter(Program& program, int& alive) {
  const Guard guard(alive);
  co_await program.go.Wait();
  program.seen.push_back("went");
}

void Start(Program& program, int& alive) {
  for (int i = 1; i <= 3; ++i) program.scope.Spawn("sleeper", Sleeper(program, i, alive));
  program.scope.Spawn("waiter", Waiter(program, alive));
}

struct Outcome {
  std::vector<std::string> seen;
  std::uint64_t hash = 0;
  std::uint64_t steps = 0;
  int alive = 0;
};

/// Runs the program, killed before step `kill_at`.
Outcome RunOnce(std::uint64_t seed, bool in_order, std::uint64_t kill_at = UINT64_MAX) {
  Outcome out;
  World world(seed, {.in_order = in_order});
  Machine machine(world, "m", kStart);
  auto program = std::make_unique<Program>(world, machine, out.seen);
  Start(*program, out.alive);
  for (;;) {
    if (program != nullptr && world.steps() == kill_at) {
      world.Kill(program->process, [&] { program.reset(); });
      EXPECT_EQ(out.alive, 0) << "a coroutine outlived the crash at step " << kill_at;
    }
    if (!world.Step()) break;
  }
  if (program != nullptr) world.Kill(program->process, [&] { program.reset(); });
  out.hash = world.trace_hash();
  out.steps = world.steps();
  return out;
}

TEST(WorldTest, ASeedReplaysExactlyAndSeedsDiffer) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Outcome first = RunOnce(seed, seed % 2 == 0);
    const Outcome again = RunOnce(seed, seed % 2 == 0);
    EXPECT_EQ(first.hash, again.hash);
    EXPECT_EQ(first.seen, again.seen);
    EXPECT_EQ(first.seen.size(), 10u);
    hashes.insert(first.hash);
  }
  EXPECT_EQ(hashes.size(), 20u);
}

TEST(WorldTest, SeedsReachDifferentOrders) {
  std::set<std::vector<std::string>> orders;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) orders.insert(RunOnce(seed, true).seen);
  EXPECT_GT(orders.size(), 3u);
}

TEST(WorldTest, ACrashAtAnyStepFreesEveryCoroutineAndRunsNothing) {
  const Outcome whole = RunOnce(5, false);
  for (std::uint64_t step = 0; step <= whole.steps; ++step) {
    const Outcome cut = RunOnce(5, false, step);
    ASSERT_LE(cut.seen.size(), whole.seen.size());
    EXPECT_TRUE(std::equal(cut.seen.begin(), cut.seen.end(), whole.seen.begin())) << "step " << step;
    EXPECT_EQ(cut.alive, 0);
  }
}

TEST(WorldTest, TheStepUnderWayFinishesBeforeADoomedProcessIsKilled) {
  World world(1, {});
  auto process = world.Spawn("p");
  std::vector<std::string> seen;
  process->OnDoomed([&] {
    seen.push_back("killed");
    world.Kill(process, {});
  });
  process->main()->Push([&] {
    process->main()->Push([&] { seen.push_back("never"); });
    process->Doom();
    EXPECT_FALSE(process->alive());
    seen.push_back("doomed");
  });
  while (world.Step()) {
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"doomed", "killed"}));
}

TEST(WorldTest, ADestroyedTimerDoesNotFire) {
  World world(1, {});
  Machine machine(world, "m", kStart);
  auto process = world.Spawn("p");
  SimClock clock(machine, process);
  int fired = 0;
  auto keep = clock.CallAt(clock.Steady() + seconds(1), process->main()->executor(), [&] { ++fired; });
  auto drop = clock.CallAt(clock.Steady() + seconds(1), process->main()->executor(), [&] { fired += 10; });
  drop.reset();
  while (world.Step()) {
  }
  EXPECT_EQ(fired, 1);
}

TEST(WorldTest, ABootMakesAnotherBootIdAndSteadyTimeBeginsAnew) {
  World world(1, {});
  Machine machine(world, "m", kStart);
  const auto boot = machine.boot_id();
  const auto wall = machine.Wall();
  world.RunUntil(world.now() + seconds(3600));
  EXPECT_EQ(machine.Wall() - wall, seconds(3600));
  machine.Boot();
  EXPECT_NE(machine.boot_id(), boot);
  EXPECT_EQ(machine.Steady().time_since_epoch(), seconds(20));
  EXPECT_EQ(machine.ToWorld(machine.Steady() + seconds(5)), world.now() + seconds(5));
  machine.StepWall(seconds(-100));
  EXPECT_EQ(machine.Wall() - wall, seconds(3500));
}

}  // namespace
}  // namespace assist::sim::world
