#include "server/model/rollout.h"

#include <gtest/gtest.h>

#include <set>

#include "server/model/entities.h"

namespace assist::server::model {
namespace {

using Kind = RolloutStep::Kind;
using Fate = OrderOutcome::Kind;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr SystemTime kNow = FromUnixMillis(1'700'000'000'000);

TEST(RolloutTest, EveryStateHasANameThatIsReadBack) {
  for (int i = 1; i <= kLastRolloutState; ++i) {
    const auto state = static_cast<RolloutState>(i);
    ASSERT_FALSE(Name(state).empty()) << i;
    EXPECT_EQ(ParseRolloutState(Name(state)), state);
    EXPECT_EQ(IsLive(state), i <= 5);
  }
  for (std::size_t i = 1; i <= kMachineRolloutCount; ++i) {
    const auto state = static_cast<MachineRollout>(i);
    ASSERT_FALSE(Name(state).empty()) << i;
    EXPECT_EQ(ParseMachineRollout(Name(state)), state);
  }
  EXPECT_FALSE(ParseRolloutState("running"));
  EXPECT_FALSE(ParseMachineRollout(""));
}

TEST(RolloutTest, WavesAreReadAndWritten) {
  struct Row {
    std::string_view text;
    std::string_view read;  // empty: refused
  };
  constexpr Row kRows[] = {
      {"1,10,50,100", "1,10,50,100"},
      {"1%,10%,50%,100%", "1,10,50,100"},
      {" 5 , 100 ", "5,100"},
      {"100", "100"},
      {"99,100", "99,100"},
      {"", ""},
      {"100,", ""},
      {",100", ""},
      {"1,10,50", ""},
      {"10,1,100", ""},
      {"10,10,100", ""},
      {"0,100", ""},
      {"-1,100", ""},
      {"100,101", ""},
      {"101", ""},
      {"1.5,100", ""},
      {"1;100", ""},
      {"a,100", ""},
      {"99999999999,100", ""},
      {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,100", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,100"},
      {"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,100", ""},
  };
  for (const Row& row : kRows) {
    const auto read = ParseWaves(row.text);
    EXPECT_EQ(read ? FormatWaves(*read) : "", row.read) << row.text;
  }
}

TEST(RolloutTest, AWaveIsItsShareRoundedUpAndOneMachineAtLeast) {
  struct Row {
    int wave;
    std::int64_t eligible;
    std::int64_t goal;
  };
  constexpr Row kRows[] = {{1, 0, 0},          {2, 0, 0},           {1, 1, 1},     {2, 1, 1},        {4, 1, 1},
                           {1, 2, 1},          {3, 2, 1},           {4, 2, 2},     {1, 3, 1},        {3, 3, 2},
                           {1, 100, 1},        {2, 100, 10},        {3, 100, 50},  {4, 100, 100},    {1, 101, 2},
                           {2, 101, 11},       {3, 101, 51},        {4, 101, 101}, {1, 10'000, 100}, {2, 10'000, 1'000},
                           {3, 10'000, 5'000}, {4, 10'000, 10'000}, {5, 100, 100}, {9, 7, 7},        {0, 100, 1}};
  for (const Row& row : kRows) {
    EXPECT_EQ(WaveGoal(RolloutTerms(), row.wave, row.eligible), row.goal) << row.wave << " of " << row.eligible;
  }
  for (std::int64_t machines = 1; machines < 500; ++machines) {
    std::int64_t before = 0;
    for (int wave = 1; wave <= 4; ++wave) {
      const std::int64_t goal = WaveGoal(RolloutTerms(), wave, machines);
      EXPECT_GE(goal, before);
      EXPECT_LE(goal, machines);
      before = goal;
    }
    EXPECT_EQ(before, machines);
  }
}

TEST(RolloutTest, TheOrderIsStableInARolloutAndAnotherInTheNext) {
  std::set<std::int64_t> turns;
  int first_half = 0;
  int moved = 0;
  for (int i = 0; i < 10'000; ++i) {
    const InstanceId machine("mi-" + std::to_string(i));
    const std::int64_t turn = RolloutTurn(RolloutId("ro-1"), machine);
    EXPECT_GT(turn, 0);
    EXPECT_EQ(turn, RolloutTurn(RolloutId("ro-1"), machine));
    turns.insert(turn);
    const auto half = [](std::int64_t value) { return value < std::int64_t{1} << 61; };
    if (half(turn)) ++first_half;
    if (half(turn) != half(RolloutTurn(RolloutId("ro-2"), machine))) ++moved;
  }
  EXPECT_EQ(turns.size(), 10'000u);
  EXPECT_NEAR(first_half, 5'000, 300);
  EXPECT_NEAR(moved, 5'000, 300);
}

TEST(RolloutTest, WindowsAreOfTheLocalDayAndMayGoOverMidnight) {
  struct Row {
    std::vector<std::string> windows;
    int minute;
    bool open;
  };
  const auto at = [](int hour, int minute) { return hour * 60 + minute; };
  const Row rows[] = {
      {{"02:00-04:00"}, at(1, 59), false},
      {{"02:00-04:00"}, at(2, 0), true},
      {{"02:00-04:00"}, at(3, 59), true},
      {{"02:00-04:00"}, at(4, 0), false},
      {{"22:00-02:00"}, at(21, 59), false},
      {{"22:00-02:00"}, at(22, 0), true},
      {{"22:00-02:00"}, at(23, 59), true},
      {{"22:00-02:00"}, at(0, 0), true},
      {{"22:00-02:00"}, at(1, 59), true},
      {{"22:00-02:00"}, at(2, 0), false},
      {{"22:00-02:00"}, at(12, 0), false},
      {{"00:00-24:00"}, at(0, 0), true},
      {{"00:00-24:00"}, at(23, 59), true},
      {{"23:00-00:00"}, at(23, 30), true},
      {{"23:00-00:00"}, at(0, 0), false},
      {{"05:00-05:00"}, at(17, 0), true},
      {{"01:00-02:00", "03:00-04:00"}, at(3, 30), true},
      {{"01:00-02:00", "03:00-04:00"}, at(2, 30), false},
      {{}, at(3, 0), false},
      {{"nonsense"}, at(3, 0), false},
      {{"2:00-4:00"}, at(3, 0), false},
      {{"02:60-04:00"}, at(3, 0), false},
      {{"25:00-26:00"}, at(1, 0), false},
      {{"24:01-02:00"}, at(1, 0), false},
      {{"02:00/04:00"}, at(3, 0), false},
      {{"02:00-04:0x"}, at(3, 0), false},
  };
  for (const Row& row : rows) {
    const std::string name = (row.windows.empty() ? "none" : row.windows.front()) + " at " + std::to_string(row.minute);
    EXPECT_EQ(WindowAt({false, true, row.windows}, row.minute),
              row.open ? UpgradeWindow::kOpen : UpgradeWindow::kClosed)
        << name;
    EXPECT_EQ(WindowAt({false, false, row.windows}, row.minute), UpgradeWindow::kOpen) << name;
    EXPECT_EQ(WindowAt({true, true, row.windows}, row.minute), UpgradeWindow::kDisabled) << name;
    EXPECT_EQ(WindowAt({true, false, row.windows}, row.minute), UpgradeWindow::kDisabled) << name;
  }
  // Every minute belongs to exactly one of a window and its complement.
  for (int begin = 0; begin < 24; ++begin) {
    for (int end = 0; end < 24; ++end) {
      if (begin == end) continue;
      char text[2][32];
      std::snprintf(text[0], sizeof(text[0]), "%02d:30-%02d:15", begin, end);
      std::snprintf(text[1], sizeof(text[1]), "%02d:15-%02d:30", end, begin);
      for (int minute = 0; minute < 24 * 60; ++minute) {
        const bool one = WindowAt({false, true, {text[0]}}, minute) == UpgradeWindow::kOpen;
        const bool other = WindowAt({false, true, {text[1]}}, minute) == UpgradeWindow::kOpen;
        ASSERT_NE(one, other) << text[0] << " at " << minute;
      }
    }
  }
}

TEST(RolloutTest, TheGateIsAShareOfTheWave) {
  struct Row {
    int min;
    std::int64_t healthy;
    std::int64_t members;
    bool passes;
  };
  constexpr Row kRows[] = {{95, 0, 0, true},      {95, 1, 1, true},          {95, 0, 1, false},
                           {95, 19, 20, true},    {95, 18, 20, false},       {95, 95, 100, true},
                           {95, 94, 100, false},  {95, 9, 10, false},        {100, 99, 100, false},
                           {100, 100, 100, true}, {0, 0, 5, true},           {50, 1, 2, true},
                           {50, 1, 3, false},     {95, 9'500, 10'000, true}, {95, 9'499, 10'000, false}};
  for (const Row& row : kRows) {
    RolloutTerms terms;
    terms.min_healthy = row.min;
    EXPECT_EQ(PassesGate(terms, row.healthy, row.members), row.passes)
        << row.healthy << " of " << row.members << " with " << row.min;
  }
}

TEST(RolloutTest, HealthIsVersionPresenceRestartsAndMemory) {
  struct Row {
    MachineHealth health;
    bool healthy;
  };
  constexpr std::int64_t kMiB = 1 << 20;
  constexpr Row kRows[] = {
      {{true, true, 0, 0, 0}, true},
      {{false, true, 0, 0, 0}, false},
      {{true, false, 0, 0, 0}, false},
      {{true, true, 2, 0, 0}, true},
      {{true, true, 3, 0, 0}, false},
      {{true, true, 0, 10 * kMiB, 15 * kMiB}, true},
      {{true, true, 0, 10 * kMiB, 15 * kMiB + 1}, false},
      {{true, true, 0, 10 * kMiB, 5 * kMiB}, true},
      {{true, true, 0, 0, 900 * kMiB}, true},
      {{true, true, 0, 10 * kMiB, 0}, true},
      {{true, true, 3, 10 * kMiB, 90 * kMiB}, false},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(WhyUnhealthy(RolloutTerms(), row.health).empty(), row.healthy)
        << row.health.updated << row.health.there << row.health.restarts << " " << row.health.memory_after;
  }
  RolloutTerms any;
  any.max_memory = 0;
  EXPECT_TRUE(WhyUnhealthy(any, {true, true, 0, 1, 1'000'000}).empty());
}

/// Machines by state: the letters of w(aiting), o(rdered), u(pdated), f(ailed), s(kipped) with a number before each.
RolloutCounts Counts(std::string_view text) {
  RolloutCounts out;
  std::int64_t number = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + (c - '0');
      continue;
    }
    const std::string_view letters = "wourbBRs";
    constexpr MachineRollout kStates[] = {MachineRollout::kWaiting,        MachineRollout::kOrdered,
                                          MachineRollout::kUpdated,        MachineRollout::kRollingBack,
                                          MachineRollout::kRolledBack,     MachineRollout::kRolledBack,
                                          MachineRollout::kRollbackFailed, MachineRollout::kSkipped};
    if (c == 'f') {
      out.of(MachineRollout::kFailed) += number;
    } else if (const std::size_t at = letters.find(c); at != std::string_view::npos) {
      out.of(kStates[at]) += number;
    }
    number = 0;
  }
  return out;
}

struct StepRow {
  std::string_view what;
  int wave;
  std::string_view all;
  std::string_view in_wave;
  bool ready;
  RolloutStep closed;  // outside of the window
  RolloutStep open;
};

constexpr RolloutStep kWindow{Kind::kNone, RolloutWait::kWindow};
constexpr RolloutStep kResults{Kind::kNone, RolloutWait::kResults};
constexpr RolloutStep kMachines{Kind::kNone, RolloutWait::kMachines};
constexpr RolloutStep kBeginWait{Kind::kBeginWait, RolloutWait::kWait};
constexpr RolloutStep Order(std::int64_t room) { return {Kind::kOrder, RolloutWait::kResults, room}; }
constexpr RolloutStep Only(Kind kind) { return {kind}; }

// 100 machines, waves 1, 10, 50, 100 unless the counts say otherwise.
constexpr StepRow kRunning[] = {
    {"nobody at all", 1, "", "", false, Only(Kind::kNextWave), Only(Kind::kNextWave)},
    {"all skipped", 1, "5s", "", false, Only(Kind::kNextWave), Only(Kind::kNextWave)},
    {"all skipped, last wave", 4, "5s", "", false, Only(Kind::kFinish), Only(Kind::kFinish)},
    {"the first order", 1, "100w", "", true, kWindow, Order(1)},
    {"nobody is connected", 1, "100w", "", false, kWindow, kMachines},
    {"the first is out", 1, "99w1o", "1o", true, kResults, kResults},
    {"the first is back", 1, "99w1u", "1u", true, kBeginWait, kBeginWait},
    {"the first failed", 1, "99w1f", "1f", true, Only(Kind::kPause), Only(Kind::kPause)},
    {"second wave opens", 2, "99w1u", "", true, kWindow, Order(9)},
    {"second wave, three there", 2, "96w3o1u", "3o", false, kWindow, kResults},
    {"second wave, more come", 2, "96w3o1u", "3o", true, kWindow, Order(6)},
    {"second wave, three back, no more there", 2, "96w4u", "3u", false, kWindow, kBeginWait},
    {"second wave, three back, more there", 2, "96w4u", "3u", true, kWindow, Order(6)},
    {"second wave full", 2, "90w9o1u", "9o", true, kResults, kResults},
    {"second wave, one of nine failed: lost", 2, "90w8o1u1f", "8o1f", true, Only(Kind::kPause), Only(Kind::kPause)},
    {"second wave, all back", 2, "90w10u", "9u", true, kBeginWait, kBeginWait},
    {"second wave, nobody there", 2, "99w1u", "", false, kWindow, kMachines},
    {"third wave, two of forty failed", 3, "50w38o10u2f", "38o2f", true, kResults, kResults},
    {"third wave, two of forty failed, rest back", 3, "50w48u2f", "38u2f", true, kBeginWait, kBeginWait},
    {"third wave, three of forty failed: lost", 3, "50w37o10u3f", "37o3f", true, Only(Kind::kPause),
     Only(Kind::kPause)},
    {"third wave, one failed of ten ordered yet: not lost", 3, "80w9o10u1f", "9o1f", true, kWindow, Order(30)},
    {"last wave opens", 4, "50w50u", "", true, kWindow, Order(50)},
    {"last wave, nobody is there", 4, "50w50u", "", false, kWindow, Only(Kind::kTrail)},
    {"last wave, ten were there, all back", 4, "40w60u", "10u", false, kWindow, kBeginWait},
    {"last wave, ten are there", 4, "40w10o50u", "10o", false, kWindow, kResults},
    {"last wave, all back", 4, "100u", "50u", false, kBeginWait, kBeginWait},
    {"last wave, nothing left to do", 4, "100u", "", false, Only(Kind::kFinish), Only(Kind::kFinish)},
    {"one machine alone", 1, "1w", "", true, kWindow, Order(1)},
    {"one machine alone, updated: the next waves are empty", 2, "1u", "", false, Only(Kind::kNextWave),
     Only(Kind::kNextWave)},
    {"skipped ones do not count", 2, "99w1u900s", "", true, kWindow, Order(9)},
    {"those that went back count as ordered", 2, "90w1u9b", "", true, Only(Kind::kNextWave), Only(Kind::kNextWave)},
    {"behind the last wave: over its gate", 5, "10w80u10f", "", true, kWindow, Order(10)},
    {"behind the last wave, nobody left", 5, "80u20f", "", true, Only(Kind::kFinish), Only(Kind::kFinish)},
};

TEST(RolloutTest, ARunningOneGoesOnByItsFacts) {
  for (const StepRow& row : kRunning) {
    Rollout rollout;
    rollout.state = RolloutState::kRunning;
    rollout.wave = row.wave;
    RolloutFacts facts{kNow, UpgradeWindow::kOpen, Counts(row.all), Counts(row.in_wave), row.ready};
    EXPECT_EQ(NextStep(rollout, facts), row.open) << row.what;
    facts.window = UpgradeWindow::kClosed;
    EXPECT_EQ(NextStep(rollout, facts), row.closed) << row.what << ", window closed";
    facts.window = UpgradeWindow::kDisabled;
    const RolloutStep disabled = row.closed == kWindow ? RolloutStep{Kind::kNone, RolloutWait::kDisabled} : row.closed;
    EXPECT_EQ(NextStep(rollout, facts), disabled) << row.what << ", disabled";
    // The wait goes before all of it, and the gate after it.
    rollout.wait_until = kNow + seconds(1);
    EXPECT_EQ(NextStep(rollout, facts), (RolloutStep{Kind::kNone, RolloutWait::kWait})) << row.what;
    rollout.wait_until = kNow;
    EXPECT_EQ(NextStep(rollout, facts), (RolloutStep{Kind::kJudge, RolloutWait::kWait})) << row.what;
    // An operator goes on over the gate.
    rollout.wave_ended = true;
    EXPECT_NE(NextStep(rollout, facts).kind, Kind::kJudge) << row.what;
    rollout.wave_ended = false;
    for (const RolloutState state : {RolloutState::kPreparing, RolloutState::kPaused, RolloutState::kRolledBack,
                                     RolloutState::kFinished, RolloutState::kEnded}) {
      rollout.state = state;
      EXPECT_EQ(NextStep(rollout, facts), RolloutStep()) << row.what << " " << Name(state);
    }
  }
}

TEST(RolloutTest, OrdersNeverExceedTheWave) {
  for (std::int64_t total = 1; total <= 60; ++total) {
    for (std::int64_t given = 0; given <= total; ++given) {
      for (int wave = 1; wave <= 5; ++wave) {
        Rollout rollout;
        rollout.state = RolloutState::kRunning;
        rollout.wave = wave;
        RolloutFacts facts;
        facts.ready = given < total;
        facts.all.of(MachineRollout::kWaiting) = total - given;
        facts.all.of(MachineRollout::kUpdated) = given;
        const RolloutStep step = NextStep(rollout, facts);
        if (step.kind != Kind::kOrder) continue;
        EXPECT_GT(step.room, 0);
        EXPECT_EQ(given + step.room, WaveGoal(rollout.terms, wave, total)) << total << " " << given << " " << wave;
      }
    }
  }
}

TEST(RolloutTest, TrailingEndsWhenNobodyIsLeftOrItsTimeIsOver) {
  struct Row {
    std::string_view all;
    bool ready;
    bool follow;
    int trail;  // seconds since the last wave passed, of 100; below 0: no such time
    RolloutStep step;
  };
  constexpr Row kRows[] = {
      {"5w5u", true, false, -1, Order(5)},
      {"5w5u", false, false, -1, kMachines},
      {"5w5u", true, false, 99, Order(5)},
      {"5w5u", true, false, 100, Only(Kind::kSkipWaiting)},
      {"1o9u", true, false, 100, kResults},
      {"1o9u", true, false, -1, kResults},
      {"10u", false, false, -1, Only(Kind::kFinish)},
      {"10u", false, true, -1, kMachines},
      {"10u", false, true, 99, kMachines},
      {"10u", false, true, 100, Only(Kind::kFinish)},
      {"8u2s", false, false, 100, Only(Kind::kFinish)},
      {"8u2f", false, false, 5, Only(Kind::kFinish)},
  };
  for (const Row& row : kRows) {
    Rollout rollout;
    rollout.state = RolloutState::kTrailing;
    rollout.terms.follow = row.follow;
    if (row.trail >= 0) rollout.terms.trail = seconds(100);
    rollout.trailing_since = kNow - seconds(std::max(row.trail, 0));
    RolloutFacts facts{kNow, UpgradeWindow::kOpen, Counts(row.all), {}, row.ready};
    EXPECT_EQ(NextStep(rollout, facts), row.step) << row.all << " " << row.trail;
    if (row.step.kind != Kind::kOrder) continue;
    facts.window = UpgradeWindow::kClosed;
    EXPECT_EQ(NextStep(rollout, facts), kWindow) << row.all;
  }
}

TEST(RolloutTest, GoingBackEndsWhenNobodyHasItAnyMore) {
  struct Row {
    std::string_view all;
    RolloutStep step;
  };
  constexpr Row kRows[] = {
      {"5w", Only(Kind::kFinish)},     {"1o5b", kResults},         {"1u5b", kMachines}, {"1r5b", kMachines},
      {"5b2f1s", Only(Kind::kFinish)}, {"3R", Only(Kind::kFinish)}};
  for (const Row& row : kRows) {
    Rollout rollout;
    rollout.state = RolloutState::kRollingBack;
    for (const UpgradeWindow window : {UpgradeWindow::kOpen, UpgradeWindow::kClosed, UpgradeWindow::kDisabled}) {
      EXPECT_EQ(NextStep(rollout, {kNow, window, Counts(row.all), {}, false}), row.step) << row.all;
    }
  }
}

TEST(RolloutTest, AnOrderIsJudgedByItsTaskAndByWhatTheMachineShows) {
  struct Row {
    TaskState state;
    Delivery delivery;
    Outcome outcome;
    ErrorCode error;
    std::string_view refusal;
    bool shows;
    int after;  // minutes since it ended
    OrderOutcome out;
  };
  using namespace rollout_reason;
  constexpr auto kNo = Delivery::kNotDelivered;
  constexpr auto kOut = Delivery::kDelivered;
  constexpr auto kYes = Delivery::kAccepted;
  constexpr auto kSure = Outcome::kFinal;
  constexpr auto kNone = ErrorCode::kNone;
  constexpr Row kRows[] = {
      {TaskState::kPending, kNo, Outcome::kNone, kNone, "", false, 0, {}},
      {TaskState::kPending, kYes, Outcome::kNone, kNone, "", true, 9, {}},
      {TaskState::kRunning, kYes, Outcome::kNone, kNone, "", true, 9, {}},
      {TaskState::kStopping, kYes, Outcome::kNone, kNone, "", true, 9, {}},
      {TaskState::kScheduled, kYes, Outcome::kNone, kNone, "", true, 9, {}},
      {TaskState::kSuccess, kYes, kSure, kNone, "", true, 0, {Fate::kDone}},
      {TaskState::kSuccess, kYes, kSure, kNone, "", false, 0, {}},
      {TaskState::kSuccess, kYes, kSure, kNone, "", false, 4, {}},
      {TaskState::kSuccess, kYes, kSure, kNone, "", false, 5, {Fate::kFailed, kNotSeen}},
      {TaskState::kSuccess, kYes, kSure, kNone, "", true, 50, {Fate::kDone}},
      {TaskState::kFailed, kYes, kSure, kNone, "", false, 0, {Fate::kFailed, kExitCode}},
      {TaskState::kFailed, kYes, kSure, kNone, "WrongHash", false, 0, {Fate::kFailed, "WrongHash"}},
      {TaskState::kFailed, kYes, kSure, kNone, "WrongHash", true, 0, {Fate::kFailed, "WrongHash"}},
      {TaskState::kTimeout, kYes, kSure, kNone, "", false, 0, {Fate::kFailed, kTimedOut}},
      {TaskState::kAborted, kNo, kSure, ErrorCode::kDeliveryTimeout, "", false, 0, {Fate::kNotReached}},
      {TaskState::kAborted, kNo, kSure, ErrorCode::kClientNotRunning, "", false, 0, {Fate::kNotReached}},
      {TaskState::kAborted, kNo, kSure, ErrorCode::kClientNeedUpgrade, "", false, 0, {Fate::kFailed, kNotSupported}},
      {TaskState::kAborted,
       kOut,
       Outcome::kPresumed,
       ErrorCode::kDeliveryTimeout,
       "",
       false,
       0,
       {Fate::kFailed, kUnknown}},
      {TaskState::kCancelled, kNo, kSure, kNone, "", false, 0, {Fate::kFailed, kStopped}},
      {TaskState::kTerminated, kYes, kSure, kNone, "", false, 0, {Fate::kFailed, kStopped}},
      {TaskState::kInvalid, kYes, kSure, kNone, "", false, 0, {Fate::kFailed, kNotStarted}},
      {TaskState::kError, kYes, kSure, ErrorCode::kDirectoryNotExists, "", false, 0, {Fate::kFailed, kNotStarted}},
      {TaskState::kError, kYes, Outcome::kUnknown, kNone, "", true, 0, {Fate::kFailed, kUnknown}},
      {TaskState::kError, kYes, Outcome::kPresumed, kNone, "", false, 0, {Fate::kFailed, kUnknown}},
      {TaskState::kError, kYes, Outcome::kUnknownReported, kNone, "", false, 0, {Fate::kFailed, kUnknown}},
  };
  for (const Row& row : kRows) {
    const OrderFacts facts{row.state,   row.outcome, row.delivery, row.error,
                           row.refusal, row.shows,   kNow,         kNow + minutes(row.after)};
    const OrderOutcome out = JudgeOrder(facts);
    EXPECT_EQ(out, row.out) << Name(row.state) << " " << Name(row.delivery) << " " << row.refusal << " gave "
                            << out.reason;
  }
}

/// Whatever is told of a task that went out, it is not given again.
TEST(RolloutTest, WhatWentOutIsNeverGivenAgainByItself) {
  int looked = 0;
  for (const TaskState state : kAllTaskStates) {
    for (const Delivery delivery : {Delivery::kDelivered, Delivery::kAccepted}) {
      for (const Outcome outcome : {Outcome::kNone, Outcome::kFinal, Outcome::kPresumed, Outcome::kUnknown}) {
        for (std::uint8_t error = 0; error <= kLastErrorCode; ++error) {
          for (const bool shows : {false, true}) {
            const OrderFacts facts{state, outcome, delivery, static_cast<ErrorCode>(error),
                                   "",    shows,   kNow,     kNow + minutes(60)};
            EXPECT_NE(JudgeOrder(facts).kind, Fate::kNotReached);
            EXPECT_EQ(JudgeOrder(facts).kind == Fate::kOpen, !IsFinal(state));
            EXPECT_EQ(JudgeOrder(facts).kind == Fate::kFailed, !JudgeOrder(facts).reason.empty());
            ++looked;
          }
        }
      }
    }
  }
  EXPECT_EQ(looked, 12 * 2 * 4 * 28 * 2);
}

TEST(RolloutTest, OnlyWhatIsNotKnownMayHeal) {
  EXPECT_TRUE(MayHeal(rollout_reason::kUnknown));
  EXPECT_TRUE(MayHeal(rollout_reason::kNotSeen));
  EXPECT_FALSE(MayHeal("WrongHash"));
  EXPECT_FALSE(MayHeal(""));
}

}  // namespace
}  // namespace assist::server::model
