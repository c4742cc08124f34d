#include "server/gateway/wake/wake_state.h"

#include <gtest/gtest.h>

#include "server/gateway/wake/run_watch.h"

namespace assist::server::gateway {
namespace {

using Action = WakeState::Action;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SteadyTime At(std::int64_t ms) { return SteadyTime(std::chrono::hours(1) + milliseconds(ms)); }
std::optional<SteadyTime> MaybeAt(std::int64_t ms) { return At(ms); }

TEST(WakeStateTest, AWakeIsRepeatedAtGrowingPausesUntilAFetchComes) {
  WakeState::Options options;
  options.deaf_after = 100;
  WakeState state(options, false);
  EXPECT_EQ(state.OnConnected(At(0)), Action::kNone);
  EXPECT_FALSE(state.next());
  EXPECT_EQ(state.OnWake(At(0)), Action::kKick);
  std::int64_t at = 0;
  for (const std::int64_t pause : {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000}) {
    at += pause;
    ASSERT_EQ(state.next(), MaybeAt(at));
    EXPECT_EQ(state.OnTimer(At(at - 1)), Action::kNone);
    EXPECT_EQ(state.OnTimer(At(at)), Action::kKickAndPing);
  }
  state.OnFetch();
  EXPECT_FALSE(state.next());
  EXPECT_EQ(state.OnTimer(At(at + 60000)), Action::kNone);
  EXPECT_EQ(state.OnWake(At(at + 60000)), Action::kKick) << "the next wake begins anew";
  EXPECT_EQ(state.next(), MaybeAt(at + 61000));
}

TEST(WakeStateTest, MoreWorkBeforeTheFetchNeedsNoKickMoreWorkAfterItsBeginDoes) {
  WakeState state(WakeState::Options{}, true);
  EXPECT_EQ(state.OnConnected(At(0)), Action::kNone);
  EXPECT_EQ(state.OnWake(At(0)), Action::kKick);
  EXPECT_EQ(state.OnWake(At(5)), Action::kNone);
  state.OnFetch();
  EXPECT_EQ(state.OnWake(At(10)), Action::kKick);
}

TEST(WakeStateTest, WorkForAnAgentThatIsAwayIsToldWhenItConnects) {
  WakeState state(WakeState::Options{}, true);
  EXPECT_EQ(state.OnWake(At(0)), Action::kNone);
  EXPECT_FALSE(state.next());
  EXPECT_FALSE(state.idle());
  EXPECT_EQ(state.OnConnected(At(500)), Action::kKick);
  state.OnDisconnected();
  EXPECT_FALSE(state.next());
  EXPECT_EQ(state.OnConnected(At(900)), Action::kKick);
}

TEST(WakeStateTest, AfterThreeUnheardKicksTheWebSocketIsClosed) {
  WakeState state(WakeState::Options{}, false);
  EXPECT_EQ(state.OnConnected(At(0)), Action::kNone);
  EXPECT_EQ(state.OnWake(At(0)), Action::kKick);
  EXPECT_EQ(state.OnTimer(At(1000)), Action::kKickAndPing);
  EXPECT_EQ(state.OnTimer(At(3000)), Action::kKickAndPing);
  EXPECT_EQ(state.OnTimer(At(7000)), Action::kClose);
  EXPECT_FALSE(state.next());
  state.OnDisconnected();
  EXPECT_EQ(state.OnConnected(At(8000)), Action::kKick) << "the work is still there";
}

TEST(WakeStateTest, AnAgentThatHearsIsNotCutOff) {
  WakeState state(WakeState::Options{}, false);
  EXPECT_EQ(state.OnConnected(At(0)), Action::kNone);
  EXPECT_EQ(state.OnWake(At(0)), Action::kKick);
  state.OnHeard(At(10));
  int kicks = 0;
  for (auto next = state.next(); next && *next < At(600'000); next = state.next()) {
    ASSERT_EQ(state.OnTimer(*next), Action::kKick) << kicks;
    state.OnHeard(*next);
    ++kicks;
  }
  EXPECT_GE(kicks, 10) << "up to a minute apart";
}

TEST(WakeStateTest, AKickThatWasHeardIsRepeatedLater) {
  WakeState state(WakeState::Options{}, false);
  EXPECT_EQ(state.OnConnected(At(0)), Action::kNone);
  EXPECT_EQ(state.OnWake(At(0)), Action::kKick);
  EXPECT_EQ(state.next(), MaybeAt(1000));
  state.OnHeard(At(20));
  EXPECT_EQ(state.next(), MaybeAt(3020)) << "its fetch waits for the server";
  EXPECT_EQ(state.OnTimer(At(3020)), Action::kKick);
  EXPECT_EQ(state.next(), MaybeAt(5020));
  state.OnHeard(At(2000));
  EXPECT_EQ(state.next(), MaybeAt(5020)) << "never earlier than without it";
}

TEST(WakeStateTest, WhatIsHeardWithoutWorkAsksForNothing) {
  WakeState state(WakeState::Options{}, true);
  EXPECT_EQ(state.OnConnected(At(0)), Action::kNone);
  state.OnHeard(At(20));
  EXPECT_FALSE(state.next());
}

TEST(WakeStateTest, AFetchThatFailedIsWantedAgain) {
  WakeState state(WakeState::Options{}, true);
  EXPECT_EQ(state.OnConnected(At(0)), Action::kNone);
  state.OnFetch();
  state.OnFetchFailed(At(100));
  EXPECT_EQ(state.next(), MaybeAt(1100));
  EXPECT_EQ(state.OnTimer(At(1100)), Action::kKick);
}

TEST(WakeStateTest, OurAgentIsWokenAgainWhenItAcceptsNothing) {
  WakeState state(WakeState::Options{}, true);
  EXPECT_EQ(state.OnConnected(At(0)), Action::kNone);
  state.OnFetch();
  state.OnFetchAnswered({"t-1", "t-2"}, {}, false, At(0));
  EXPECT_EQ(state.next(), MaybeAt(5000));
  EXPECT_EQ(state.OnReport("t-1", false, At(2000)), Action::kNone);
  EXPECT_EQ(state.next(), MaybeAt(7000));
  EXPECT_EQ(state.OnTimer(At(7000)), Action::kKick);
  state.OnFetch();
  state.OnFetchAnswered({"t-2"}, {}, false, At(7010));
  EXPECT_EQ(state.next(), MaybeAt(17010)) << "patience grows while the same task is not accepted";
  EXPECT_EQ(state.OnReport("t-2", false, At(8000)), Action::kNone);
  EXPECT_FALSE(state.next());
  state.OnDisconnected();
  EXPECT_TRUE(state.idle());
}

TEST(WakeStateTest, OurAgentIsWokenAgainUntilAStopIsAnswered) {
  WakeState state(WakeState::Options{}, true);
  EXPECT_EQ(state.OnConnected(At(0)), Action::kNone);
  state.OnFetch();
  state.OnFetchAnswered({}, {"t-1"}, false, At(0));
  EXPECT_EQ(state.next(), MaybeAt(5000));
  EXPECT_EQ(state.OnReport("t-1", false, At(1000)), Action::kNone);
  EXPECT_EQ(state.next(), MaybeAt(5000)) << "output is no answer";
  EXPECT_FALSE(state.idle());
  EXPECT_EQ(state.OnTimer(At(5000)), Action::kKick);
  state.OnFetch();
  state.OnFetchAnswered({}, {"t-1"}, false, At(5010));
  EXPECT_EQ(state.next(), MaybeAt(15010));
  EXPECT_EQ(state.OnReport("t-1", true, At(6000)), Action::kNone);
  EXPECT_FALSE(state.next());
}

TEST(WakeStateTest, AStockAgentsSilenceAfterAListMeansNothing) {
  WakeState state(WakeState::Options{}, false);
  EXPECT_EQ(state.OnConnected(At(0)), Action::kNone);
  state.OnFetch();
  state.OnFetchAnswered({"t-1"}, {"t-2"}, false, At(0));
  EXPECT_FALSE(state.next());
}

TEST(WakeStateTest, WhatDidNotFitIsFetchedWhenThereIsRoom) {
  WakeState ours(WakeState::Options{}, true);
  EXPECT_EQ(ours.OnConnected(At(0)), Action::kNone);
  ours.OnFetch();
  ours.OnFetchAnswered({"t-1", "t-2"}, {}, true, At(0));
  EXPECT_EQ(ours.OnReport("t-1", false, At(10)), Action::kNone);
  EXPECT_EQ(ours.OnReport("t-2", false, At(20)), Action::kKick);

  WakeState stock(WakeState::Options{}, false);
  EXPECT_EQ(stock.OnConnected(At(0)), Action::kNone);
  stock.OnFetch();
  stock.OnFetchAnswered({"t-1", "t-2"}, {}, true, At(0));
  EXPECT_EQ(stock.OnReport("t-1", false, At(10)), Action::kNone);
  EXPECT_EQ(stock.OnReport("t-1", true, At(20)), Action::kKick);
}

TEST(RunWatchTest, ARestartIsNoDuplicate) {
  RunWatch watch(RunWatch::Options{});
  watch.OnSign("a", At(0));
  watch.OnSign("b", At(1000));
  watch.OnSign("a", At(2000));  // a request of the former run that was still on its way
  watch.OnSign("", At(9000));
  watch.OnSign("b", At(60000));
  watch.OnSign("c", At(61000));
  EXPECT_FALSE(watch.duplicate(At(61000)));
}

TEST(RunWatchTest, TwoThatAlternateAreDuplicatesUntilOneIsSilentForLong) {
  RunWatch watch(RunWatch::Options{});
  watch.OnSign("a", At(0));
  watch.OnSign("b", At(10000));
  EXPECT_FALSE(watch.duplicate(At(10000)));
  watch.OnSign("a", At(60000));
  EXPECT_TRUE(watch.duplicate(At(60000)));
  watch.OnSign("b", At(70000));
  EXPECT_TRUE(watch.duplicate(At(249'999)));
  watch.OnSign("b", At(200'000));
  EXPECT_FALSE(watch.duplicate(At(250'000)));
}

TEST(RunWatchTest, AStockRunIsItsPidAndStart) {
  const std::string run = StockRun(42, milliseconds(287), At(0), "");
  EXPECT_EQ(StockRun(42, seconds(60), At(60500), run), run) << "the same process a minute later";
  EXPECT_EQ(StockRun(42, seconds(120), At(128000), run), run) << "late by some seconds";
  EXPECT_NE(StockRun(43, seconds(60), At(60500), run), run);
  EXPECT_NE(StockRun(42, seconds(1), At(60500), run), run) << "the pid came back to a new process";
}

}  // namespace
}  // namespace assist::server::gateway
