#include "agent/supervisor/step.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/supervisor/client_word.h"
#include "agent/supervisor/fake_world.h"
#include "common/base/random.h"

namespace assist::agent::supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Type = Event::Type;
using Do = Action::Type;

Limits Small() {
  Limits limits;
  limits.cap_bytes = 10;
  limits.tail_bytes = 4;
  return limits;
}

TEST(StepTest, AScriptRunsAndItsExitIsRecordedBeforeTheSupervisorLeaves) {
  World world{Limits{}};
  world.Begin();
  world.Output("123\n");
  world.now += milliseconds(1500);
  world.processes = 0;
  world.Tell(Type::kExited, 7);
  ASSERT_TRUE(world.exit);
  EXPECT_EQ(world.exit->kind, ExitKind::kExited);
  EXPECT_EQ(world.exit->code, 7);
  EXPECT_EQ(world.exit->end - world.mark->wall, milliseconds(1500));
  EXPECT_EQ(world.exit->output_bytes, 4u);
  EXPECT_EQ(world.exit->dropped_bytes, 0u);
  EXPECT_EQ(world.Readable(), "123\n");
  EXPECT_EQ(world.done.back(), Do::kLeave);
  EXPECT_EQ(world.Count(Do::kKillTree), 0u) << "a daemon that the script left on purpose is left alone";
}

TEST(StepTest, ASpoolWithAStartMarkStartsNothing) {
  World world{Limits{}};
  Event locked;
  locked.already_started = true;
  world.Tell(locked);
  EXPECT_EQ(world.done, std::vector<Do>{Do::kLeave});
}

TEST(StepTest, WithoutAStartMarkOnDiskTheScriptIsNotStarted) {
  World world{Limits{}};
  world.head_fails = true;
  world.Begin();
  EXPECT_EQ(world.Count(Do::kStartScript), 0u);
  EXPECT_EQ(world.done.back(), Do::kLeave);
}

TEST(StepTest, AScriptThatCannotBeStartedIsRecordedWithTheReason) {
  World world{Limits{}};
  world.answer_start = false;
  world.Begin();
  Event failed;
  failed.type = Type::kStartFailed;
  failed.code = 13;
  failed.bytes = "chdir: Permission denied";
  world.Tell(failed);
  ASSERT_TRUE(world.exit);
  EXPECT_EQ(world.exit->kind, ExitKind::kStartFailed);
  EXPECT_EQ(world.exit->code, 13);
  EXPECT_EQ(world.exit->message, "chdir: Permission denied");
}

TEST(StepTest, ASignalFromElsewhereIsRecordedAsOne) {
  World world{Limits{}};
  world.Begin();
  world.Tell(Type::kSignalled, 9);
  EXPECT_EQ(world.exit->kind, ExitKind::kSignalled);
  EXPECT_EQ(world.exit->code, 9);
}

TEST(StepTest, AtTheTimeOutTheTreeIsKilledUntilNothingIsLeft) {
  Limits limits;
  limits.timeout = seconds(60);
  World world{limits};
  world.processes = 3;
  world.Begin();
  ASSERT_EQ(world.timer, world.now + seconds(60));
  world.PassUntilTimer();
  EXPECT_EQ(world.Count(Do::kKillTree), 1u);
  world.Tell(Type::kSignalled, 9);  // the script's process; two others are still there
  EXPECT_FALSE(world.exit);
  world.processes = 0;
  world.PassUntilTimer();
  ASSERT_TRUE(world.exit);
  EXPECT_EQ(world.exit->kind, ExitKind::kTimeout);
  EXPECT_EQ(world.exit->end - world.mark->wall, seconds(60));
}

TEST(StepTest, ATimerThatFiresEarlyIsArmedAgain) {
  Limits limits;
  limits.timeout = seconds(60);
  World world{limits};
  world.Begin();
  const auto due = *world.timer;
  world.timer.reset();
  world.now += seconds(10);
  world.Tell(Type::kTimer);
  EXPECT_EQ(world.timer, due);
  EXPECT_EQ(world.Count(Do::kKillTree), 0u);
}

TEST(StepTest, InProcessModeOnlyTheScriptIsKilledAndItsChildrenAreNotWaitedFor) {
  Limits limits;
  limits.timeout = seconds(1);
  limits.timeout_ends_tree = false;
  World world{limits};
  world.processes = 3;
  world.Begin();
  world.PassUntilTimer();
  EXPECT_EQ(world.Count(Do::kKillScript), 1u);
  world.Tell(Type::kSignalled, 9);
  EXPECT_EQ(world.Count(Do::kKillTree), 0u);
  EXPECT_EQ(world.exit->kind, ExitKind::kTimeout);
}

TEST(StepTest, AStopOfTheTreeOverridesAStopOfTheProcess) {
  World world{Limits{}};
  world.processes = 2;
  world.Begin();
  world.Stop(false);
  EXPECT_EQ(world.Count(Do::kKillTree), 0u);
  world.Stop(true);
  EXPECT_EQ(world.Count(Do::kKillTree), 1u);
  world.processes = 0;
  world.Tell(Type::kSignalled, 9);
  EXPECT_EQ(world.exit->kind, ExitKind::kStopped);
}

TEST(StepTest, AStopThatComesBeforeTheStartKeepsTheScriptFromStarting) {
  World world{Limits{}};
  world.Stop(true);
  world.Begin();
  EXPECT_EQ(world.Count(Do::kStartScript), 0u);
  EXPECT_EQ(world.exit->kind, ExitKind::kStopped);
}

TEST(StepTest, AStopBetweenForkAndItsAnswerIsNotForgotten) {
  World world{Limits{}};
  world.answer_start = false;
  world.Begin();
  world.Stop(false);
  world.Tell(Type::kStarted);
  EXPECT_EQ(world.Count(Do::kKillScript), 1u);
}

TEST(StepTest, WhatCannotBeKilledIsGivenUpAfterAMinuteAndSaidSo) {
  Limits limits;
  limits.timeout = seconds(1);
  World world{limits};
  world.processes = 1;
  world.Begin();
  world.PassUntilTimer();
  const auto begun = world.now;
  while (!world.exit) world.PassUntilTimer();
  EXPECT_EQ(world.exit->message, "not all processes could be ended");
  EXPECT_GT(world.now - begun, seconds(30));
  EXPECT_LT(world.now - begun, seconds(120));
}

Limits OfClient() {
  Limits limits;
  limits.client = true;
  return limits;
}

TEST(StepTest, AClientIsAskedAndNotKilledWhileItHasTime) {
  World world{OfClient()};
  world.Begin();
  world.Stop(true);
  EXPECT_EQ(world.Count(Do::kAskScript), 1u);
  EXPECT_EQ(world.Count(Do::kKillTree), 0u);
  world.Output("last words");
  world.processes = 0;
  world.Tell(Type::kExited, 0);
  EXPECT_EQ(world.exit->kind, ExitKind::kStopped);
  EXPECT_EQ(world.exit->message, "");
  EXPECT_EQ(world.Readable(), "last words");
}

TEST(StepTest, AClientThatCannotEndWhatItRunsSaysSo) {
  Limits limits = OfClient();
  limits.timeout = seconds(5);
  limits.timeout_ends_tree = false;
  World world{limits};
  world.Begin();
  world.PassUntilTimer();
  EXPECT_EQ(world.Count(Do::kAskScript), 1u);
  EXPECT_EQ(world.Count(Do::kKillScript), 0u);
  world.Tell(Type::kExited, 1);
  EXPECT_EQ(world.exit->kind, ExitKind::kTimeout);
  EXPECT_EQ(world.exit->message, "what it runs elsewhere could not be ended");
}

TEST(StepTest, AClientThatDoesNotObeyInTimeIsKilled) {
  World world{OfClient()};
  world.Begin();
  world.Stop(true);
  const auto asked = world.now;
  world.PassUntilTimer();
  EXPECT_EQ(world.now - asked, seconds(30));
  EXPECT_EQ(world.Count(Do::kKillTree), 1u);
  world.processes = 0;
  world.Tell(Type::kSignalled, 9);
  EXPECT_EQ(world.exit->kind, ExitKind::kStopped);
  EXPECT_EQ(world.exit->message, "what it runs elsewhere could not be ended");
}

TEST(StepTest, AStopOfTheTreeIsPassedOnToAClientThatEndsTheProcess) {
  World world{OfClient()};
  world.Begin();
  world.Stop(false);
  world.Stop(true);
  EXPECT_EQ(world.Count(Do::kAskScript), 2u);
  EXPECT_EQ(world.Count(Do::kKillTree), 0u);
}

TEST(StepTest, OfAClientThatWasEndedBySignalTheRestIsUnknown) {
  World world{OfClient()};
  world.Begin();
  world.Tell(Type::kSignalled, 9);
  EXPECT_EQ(world.exit->kind, ExitKind::kLost);
  EXPECT_EQ(world.exit->code, 9);
}

TEST(StepTest, AStartOfAClientFailsForSureOrPerhaps) {
  for (const auto& [code, kind] :
       {std::pair{kClientFailed, ExitKind::kStartFailed}, std::pair{kClientTimeout, ExitKind::kStartFailed},
        std::pair{kClientUnsure, ExitKind::kLost}}) {
    World world{OfClient()};
    world.answer_start = false;
    world.Begin();
    Event event;
    event.type = Type::kStartFailed;
    event.code = code;
    event.bytes = "why";
    world.Tell(event);
    EXPECT_EQ(world.exit->kind, kind) << code;
    EXPECT_EQ(world.exit->message, "why");
  }
}

TEST(StepTest, TheFirstBytesAndTheLastAreKeptAndTheGapIsCounted) {
  World world{Small()};
  world.Begin();
  for (const char* piece : {"0123456", "789ab", "cdef", "ghijklmnop", "q"}) world.Output(piece);
  EXPECT_EQ(world.Readable(), "0123456789") << "the tail stays in memory until the end";
  world.Tell(Type::kExited);
  EXPECT_EQ(world.Readable(), "0123456789[13]nopq");
  EXPECT_EQ(world.exit->output_bytes, 14u);
  EXPECT_EQ(world.exit->dropped_bytes, 13u);
}

TEST(StepTest, WhatADiskThatIsFullCannotTakeIsCountedInItsPlace) {
  World world{Limits{}};
  world.Begin();
  world.Output("abc");
  world.disk_full = true;
  world.Output("defg");
  world.Output("hi");
  world.disk_full = false;
  world.Output("jk");
  world.Tell(Type::kExited);
  EXPECT_EQ(world.Readable(), "abc[6]jk");
  EXPECT_EQ(world.exit->output_bytes, 5u);
  EXPECT_EQ(world.exit->dropped_bytes, 6u);
}

TEST(StepTest, TheFirstOutputIsTimedOnceByWhatWasMeasuredSinceTheStart) {
  World world{Limits{}};
  world.Begin();
  world.now += milliseconds(250);
  world.disk_full = true;
  world.Output("lost");
  world.disk_full = false;
  world.now += milliseconds(1000);
  world.Output("kept");
  world.Output("more");
  world.Tell(Type::kExited);
  // Told until the spool has it, and of the moment when it came, not of that when it was written.
  const SystemTime when = world.mark->wall + milliseconds(250);
  EXPECT_EQ(world.first_outputs, (std::vector<SystemTime>{when, when}));
  World silent{Limits{}};
  silent.Begin();
  silent.Tell(Type::kExited);
  EXPECT_TRUE(silent.first_outputs.empty());
}

TEST(StepTest, TheExitRecordIsTriedAgainUntilItStands) {
  World world{Limits{}};
  world.Begin();
  world.disk_full = true;
  world.Output("abc");
  world.exit_failures = 3;
  world.Tell(Type::kExited);
  EXPECT_FALSE(world.exit);
  while (!world.exit) world.PassUntilTimer();
  EXPECT_EQ(world.exit->dropped_bytes, 3u);
  EXPECT_EQ(world.done.back(), Do::kLeave);
}

TEST(StepTest, AChattyScriptDoesNotFloodTheAgentWithNotices) {
  World world{Limits{}};
  world.Begin();
  for (int i = 0; i < 1000; ++i) {
    world.Output("x");
    world.now += std::chrono::microseconds(100);
  }
  EXPECT_GE(world.Count(Do::kNotify), 9u);
  EXPECT_LE(world.Count(Do::kNotify), 12u);
}

// Any order of events, answers and failures, by the thousand: what must hold, holds.
TEST(StepTest, NoOrderOfEventsBreaksAPromise) {
  for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    Limits limits;
    limits.cap_bytes = random.Below(40);
    limits.tail_bytes = static_cast<std::uint32_t>(random.Below(20));
    limits.timeout = seconds(random.Below(3));
    limits.timeout_ends_tree = random.Below(2) == 0;
    World world{limits};
    world.processes = static_cast<int>(random.Below(4));
    world.answer_start = random.Below(10) != 0;
    world.head_fails = random.Below(20) == 0;
    if (random.Below(10) == 0) world.Stop(random.Below(2) == 0);
    world.Begin();
    bool failures = false;
    for (int i = 0; i < 60 && world.done.back() != Do::kLeave; ++i) {
      world.now += milliseconds(random.Below(200));
      switch (random.Below(9)) {
        case 0:
          world.Stop(random.Below(2) == 0);
          break;
        case 1:
          if (world.timer && *world.timer <= world.now) world.PassUntilTimer();
          break;
        case 2:
          world.disk_full = random.Below(3) == 0;
          failures |= world.disk_full;
          break;
        case 3:
          if (random.Below(4) == 0) world.Tell(random.Below(2) == 0 ? Type::kExited : Type::kSignalled, 3);
          break;
        case 4:
          world.processes = static_cast<int>(random.Below(3));
          break;
        case 5:
          world.Begin();
          break;
        case 6:
          world.Tell(Type::kHeadWritten);
          break;
        default:
          if (world.state.phase == State::Phase::kRunning || world.state.phase == State::Phase::kEnding) {
            std::string bytes(random.Below(30), 'a');
            for (auto& c : bytes) c = static_cast<char>('a' + random.Below(26));
            world.Output(bytes);
          }
      }
    }
    if (world.done.back() != Do::kLeave) {
      if (!world.answer_start) world.Tell(Type::kStarted);
      world.processes = 0;
      world.Tell(Type::kExited, 0);
      for (int i = 0; i < 1000 && world.done.back() != Do::kLeave; ++i) world.PassUntilTimer();
    }
    ASSERT_EQ(world.done.back(), Do::kLeave);
    ASSERT_LE(world.Count(Do::kStartScript), 1u);
    if (!world.mark) {
      ASSERT_EQ(world.Count(Do::kStartScript), 0u);
      continue;
    }
    ASSERT_TRUE(world.exit);
    ASSERT_EQ(world.exit->output_bytes + world.exit->dropped_bytes, world.written.size());
    const std::string readable = world.Readable();
    if (failures) continue;
    const auto head = std::min<std::size_t>(world.written.size(), limits.cap_bytes);
    const auto tail = std::min<std::size_t>(world.written.size() - head, limits.tail_bytes);
    std::string want = world.written.substr(0, head);
    const auto dropped = world.written.size() - head - tail;
    if (dropped > 0) want += "[" + std::to_string(dropped) + "]";
    want += world.written.substr(world.written.size() - tail);
    ASSERT_EQ(readable, want);
  }
}

}  // namespace
}  // namespace assist::agent::supervisor
