#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/async/blocking_pool.h"
#include "common/async/completion.h"
#include "common/async/event.h"
#include "common/async/manual_clock.h"
#include "common/async/queue.h"
#include "common/async/scope.h"

namespace assist {
namespace {

using std::chrono::seconds;

class AsyncTest : public ::testing::Test {
 protected:
  void Run() {
    io_.restart();
    io_.poll();  // never run(): a suspended coroutine counts as work
  }
  void Advance(std::chrono::microseconds by) {
    clock_.Advance(by);
    Run();
  }

  asio::io_context io_;
  ManualClock clock_;
  std::vector<std::string> seen_;
  Scope scope_{io_.get_executor(), [this](std::string_view name, std::string_view what) {
                 seen_.push_back(std::string(name) + " escaped: " + std::string(what));
               }};
};

asio::awaitable<void> SleepThenSay(Clock& clock, std::chrono::microseconds time, std::vector<std::string>& seen) {
  co_await clock.SleepFor(time);
  seen.push_back("woke");
}

asio::awaitable<void> SleepHolding(Clock& clock, std::shared_ptr<int> held) {
  co_await clock.SleepFor(seconds(10));
  ++*held;
}

TEST_F(AsyncTest, SleepEndsWhenItsTimeHasComeAndNotBefore) {
  scope_.Spawn("sleeper", SleepThenSay(clock_, seconds(10), seen_));
  Run();
  Advance(seconds(9));
  EXPECT_TRUE(seen_.empty());
  Advance(seconds(1));
  EXPECT_EQ(seen_, std::vector<std::string>{"woke"});
  EXPECT_EQ(scope_.running(), 0u);
}

TEST(ClockTest, AClockThatIsGoneFreesItsSleepers) {
  asio::io_context io;
  const auto witness = std::make_shared<int>(0);
  {
    ManualClock clock;
    Scope scope(io.get_executor(), {});
    scope.Spawn("sleeper", SleepHolding(clock, witness));
    io.poll();
    EXPECT_EQ(witness.use_count(), 2);
  }
  io.restart();
  io.poll();
  EXPECT_EQ(witness.use_count(), 1);
}

asio::awaitable<void> Say(std::string word, std::vector<std::string>& seen) {
  seen.push_back(std::move(word));
  co_return;
}

asio::awaitable<void> SpawnAndSay(Scope& scope, std::vector<std::string>& seen) {
  scope.Spawn("inner", Say("inner", seen));
  seen.push_back("spawned");
  co_return;
}

TEST_F(AsyncTest, SpawnNeverRunsTheWorkInsideTheCall) {
  scope_.Spawn("outer", SpawnAndSay(scope_, seen_));
  EXPECT_TRUE(seen_.empty());
  Run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"spawned", "inner"}));
}

asio::awaitable<void> SayHolding(std::shared_ptr<int> held, std::vector<std::string>& seen) {
  seen.push_back("ran with " + std::to_string(held.use_count()));
  co_return;
}

asio::awaitable<void> SpawnAndClose(Scope& scope, std::shared_ptr<int> held, std::vector<std::string>& seen) {
  scope.Spawn("late", SayHolding(std::move(held), seen));
  co_await scope.Close();
  seen.push_back("closed");
}

TEST_F(AsyncTest, WorkThatHasNotBegunWhenItsScopeIsClosedIsFreedUnstarted) {
  Scope inner(io_.get_executor(), {});
  const auto witness = std::make_shared<int>(0);
  scope_.Spawn("closer", SpawnAndClose(inner, witness, seen_));
  Run();
  EXPECT_EQ(seen_, std::vector<std::string>{"closed"});
  EXPECT_EQ(inner.running(), 0u);
  EXPECT_EQ(witness.use_count(), 1);
}

asio::awaitable<void> CloseThenSay(Scope& scope, std::vector<std::string>& seen) {
  co_await scope.Close();
  seen.push_back("closed");
}

TEST_F(AsyncTest, CloseCancelsSleepersAndWaitsForThem) {
  Scope inner(io_.get_executor(), {});
  inner.Spawn("a", SleepThenSay(clock_, seconds(10), seen_));
  inner.Spawn("b", SleepThenSay(clock_, seconds(20), seen_));
  Run();
  EXPECT_EQ(inner.running(), 2u);
  scope_.Spawn("closer", CloseThenSay(inner, seen_));
  Run();
  EXPECT_EQ(seen_.back(), "closed");
  EXPECT_EQ(inner.running(), 0u);
}

asio::awaitable<void> Throw() {
  throw std::runtime_error("broken");
  co_return;
}

TEST_F(AsyncTest, AnEscapedExceptionIsToldWithItsName) {
  scope_.Spawn("thrower", Throw());
  Run();
  EXPECT_EQ(seen_, std::vector<std::string>{"thrower escaped: broken"});
}

asio::awaitable<void> WaitAndSay(Event& event, Clock& clock, std::vector<std::string>& seen) {
  const bool set = co_await event.WaitUntil(clock, clock.Steady() + seconds(5));
  seen.push_back(set ? "set" : "late");
}

TEST_F(AsyncTest, AWaitWithDeadlineTellsWhichCameFirst) {
  Event event(io_.get_executor());
  scope_.Spawn("first", WaitAndSay(event, clock_, seen_));
  Run();
  Advance(seconds(6));
  EXPECT_EQ(seen_, std::vector<std::string>{"late"});
  scope_.Spawn("second", WaitAndSay(event, clock_, seen_));
  Run();
  event.Set();
  Run();
  EXPECT_EQ(seen_.back(), "set");
  EXPECT_EQ(clock_.pending(), 1u);  // the cancelled entry goes when its time comes
}

asio::awaitable<void> Drain(Queue<int>& queue, std::vector<std::string>& seen) {
  for (;;) {
    auto item = co_await queue.Pop();
    if (!item) break;
    seen.push_back(std::to_string(*item));
  }
  seen.push_back("end");
}

TEST_F(AsyncTest, QueueKeepsOrderAndSaysNoWhenFull) {
  Queue<int> queue(io_.get_executor(), 2);
  EXPECT_TRUE(queue.TryPush(1));
  EXPECT_TRUE(queue.TryPush(2));
  EXPECT_FALSE(queue.TryPush(3));
  scope_.Spawn("drain", Drain(queue, seen_));
  Run();
  EXPECT_TRUE(queue.TryPush(4));
  queue.Close();
  EXPECT_FALSE(queue.TryPush(5));
  Run();
  EXPECT_EQ(seen_, (std::vector<std::string>{"1", "2", "4", "end"}));
}

class LaterPool final : public BlockingPool {
 public:
  void Submit(UniqueFunction<void()> work) override { work_.push_back(std::move(work)); }
  std::vector<UniqueFunction<void()>> work_;
};

asio::awaitable<void> RunInPool(BlockingPool& pool, std::string argument, std::vector<std::string>& seen) {
  auto work = [argument] { return std::make_unique<std::string>(argument + " done"); };
  auto result = co_await pool.Run(std::move(work));
  seen.push_back(*result);
}

TEST_F(AsyncTest, PoolGivesMoveOnlyResultsBack) {
  LaterPool pool;
  scope_.Spawn("work", RunInPool(pool, "a rather long argument that needs the heap", seen_));
  Run();
  ASSERT_EQ(pool.work_.size(), 1u);
  pool.work_[0]();
  Run();
  EXPECT_EQ(seen_, std::vector<std::string>{"a rather long argument that needs the heap done"});
}

TEST_F(AsyncTest, WorkThatIsDroppedEndsTheCoroutineWithoutResumingIt) {
  {
    LaterPool pool;
    scope_.Spawn("work", RunInPool(pool, "never", seen_));
    Run();
  }
  Run();
  EXPECT_TRUE(seen_.empty());
}

}  // namespace
}  // namespace assist
