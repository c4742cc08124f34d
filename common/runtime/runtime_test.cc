#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <future>
#include <set>
#include <utility>

#include "common/async/scope.h"
#include "common/runtime/shard.h"
#include "common/runtime/signal_wait.h"
#include "common/runtime/system_clock.h"
#include "common/runtime/system_random.h"
#include "common/runtime/thread_blocking_pool.h"

namespace assist {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A promise that is broken is a failure of the test, not a hang.
template <class T>
T Take(std::future<T>& future) {
  EXPECT_EQ(future.wait_for(seconds(20)), std::future_status::ready);
  return future.get();
}

TEST(SystemClockTest, ATimerFiresOnItsExecutorAfterItsTime) {
  SystemClock clock;
  Shard shard;
  shard.Start();
  std::promise<SteadyTime> fired;
  auto future = fired.get_future();
  std::unique_ptr<Timer> timer;
  const SteadyTime when = clock.Steady() + milliseconds(20);
  asio::post(shard.executor(), [&] {
    timer = clock.CallAt(when, shard.executor(), [&] {
      shard.AssertHere();
      fired.set_value(clock.Steady());
    });
  });
  EXPECT_GE(Take(future), when);
  std::promise<void> freed;
  auto gone = freed.get_future();
  asio::post(shard.executor(), [&] {
    timer.reset();
    freed.set_value();
  });
  Take(gone);
}

TEST(SystemClockTest, ADestroyedTimerDoesNotFireEvenWhenItIsDue) {
  SystemClock clock;
  asio::io_context io;
  bool fired = false;
  auto timer = clock.CallAt(clock.Steady() - seconds(1), io.get_executor(), [&] { fired = true; });
  timer.reset();
  io.run();
  EXPECT_FALSE(fired);
}

TEST(SystemClockTest, TheEndOfTimeIsATimeLikeAnother) {
  SystemClock clock;
  asio::io_context io;
  bool fired = false;
  auto timer = clock.CallAt(SteadyTime::max(), io.get_executor(), [&] { fired = true; });
  io.run_for(milliseconds(20));
  EXPECT_FALSE(fired);
  EXPECT_GT(clock.Now(), FromUnixMillis(1'600'000'000'000));
}

TEST(SystemRandomTest, FillsEveryLengthAndNeverTheSame) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random.Hex(16));
  EXPECT_EQ(seen.size(), 100u);
  std::vector<std::uint8_t> large(1'000'000);
  random.Fill(large);
  std::size_t zeros = 0;
  for (std::size_t i = large.size() - 1000; i < large.size(); ++i) zeros += large[i] == 0;
  EXPECT_LT(zeros, 100u);  // the end was filled too
  random.Fill({});
}

asio::awaitable<void> AskPool(BlockingPool& pool, Shard& shard, std::promise<bool>& answer) {
  const auto here = std::this_thread::get_id();
  auto work = [here] { return std::this_thread::get_id() != here; };
  const bool elsewhere = co_await pool.Run(std::move(work));
  shard.AssertHere();
  answer.set_value(elsewhere && std::this_thread::get_id() == here);
}

TEST(ThreadBlockingPoolTest, WorkRunsElsewhereAndTheCallerGoesOnAtHome) {
  Shard shard;
  ThreadBlockingPool pool(2);
  Scope scope(shard.executor(), {});
  std::promise<bool> answer;
  auto future = answer.get_future();
  scope.Spawn("ask", AskPool(pool, shard, answer));
  shard.Start();
  EXPECT_TRUE(Take(future));
  shard.Stop();
}

TEST(ThreadBlockingPoolTest, TheDestructorFinishesWhatRunsAndDropsTheRest) {
  std::promise<void> started, go_on;
  auto running = started.get_future();
  auto allowed = go_on.get_future();
  bool finished = false, second = false;
  auto held = std::make_shared<int>(1);
  std::thread opener;
  {
    ThreadBlockingPool pool(1);
    pool.Submit([&] {
      started.set_value();
      allowed.wait();
      finished = true;
    });
    Take(running);
    pool.Submit([&second, held] { second = true; });
    EXPECT_EQ(pool.queued(), 1u);
    opener = std::thread([&] {
      while (held.use_count() > 1) std::this_thread::yield();  // until the destructor has dropped the second
      go_on.set_value();
    });
  }
  opener.join();
  EXPECT_TRUE(finished);
  EXPECT_FALSE(second);
}

TEST(ShardTest, EachShardIsAThreadAndKnowsIt) {
  ShardSet shards(3);
  shards.Start();
  std::set<std::thread::id> threads;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    std::promise<std::thread::id> id;
    auto future = id.get_future();
    asio::post(shards[i].executor(), [&] {
      EXPECT_TRUE(shards[i].IsHere());
      EXPECT_FALSE(shards[(i + 1) % 3].IsHere());
      id.set_value(std::this_thread::get_id());
    });
    threads.insert(Take(future));
  }
  EXPECT_EQ(threads.size(), 3u);
  EXPECT_FALSE(shards[0].IsHere());
  EXPECT_EQ(&shards.At(7), &shards[1]);
  EXPECT_EQ(&shards.Next(), &shards[0]);
  EXPECT_EQ(&shards.Next(), &shards[1]);
  shards.Stop();
  shards.Stop();
}

TEST(ShardDeathTest, AWrongThreadEndsTheProcess) {
  Shard shard;
  EXPECT_DEATH(shard.AssertHere(), "IsHere");
}

asio::awaitable<void> WaitForNothing(std::shared_ptr<int> held) {
  co_await WaitForStopSignal();
  *held = 1;
}

TEST(ShardTest, CoroutinesThatWaitOnAShardGoWithIt) {
  auto held = std::make_shared<int>(0);
  {
    Shard shard;
    Scope scope(shard.executor(), {});
    scope.Spawn("waiter", WaitForNothing(held));
    shard.Start();
    std::promise<void> ran;
    auto future = ran.get_future();
    asio::post(shard.executor(), [&] { ran.set_value(); });
    Take(future);
    shard.Stop();
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 0);
}

asio::awaitable<void> AwaitSignal(std::promise<int>& number) { number.set_value(co_await WaitForStopSignal()); }

TEST(SignalWaitTest, TellsWhichSignalCame) {
  for (const int expected : {SIGTERM, SIGINT}) {
    Shard shard;
    Scope scope(shard.executor(), {});
    std::promise<int> number;
    auto future = number.get_future();
    scope.Spawn("wait", AwaitSignal(number));
    std::promise<void> waiting;
    auto ready = waiting.get_future();
    asio::post(shard.executor(), [&] { waiting.set_value(); });  // behind the coroutine's first step
    shard.Start();
    Take(ready);
    ::raise(expected);
    EXPECT_EQ(Take(future), expected);
    shard.Stop();
  }
}

asio::awaitable<void> AwaitTwo(std::promise<std::pair<int, int>>& numbers) {
  StopSignals signals(co_await asio::this_coro::executor);
  ::raise(SIGINT);
  const int first = co_await signals.Next();
  ::raise(SIGTERM);
  const int second = co_await signals.Next();
  numbers.set_value({first, second});
}

TEST(SignalWaitTest, WhatComesBetweenTwoWaitsIsNotMissed) {
  Shard shard;
  Scope scope(shard.executor(), {});
  std::promise<std::pair<int, int>> numbers;
  auto future = numbers.get_future();
  scope.Spawn("wait", AwaitTwo(numbers));
  shard.Start();
  EXPECT_EQ(Take(future), std::pair(SIGINT, SIGTERM));
  shard.Stop();
}

}  // namespace
}  // namespace assist
