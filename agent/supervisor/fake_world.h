// The world around Step() for tests: a spool in memory, processes that are a number, a clock that tests set.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/supervisor/step.h"

namespace assist::agent::supervisor {

// Carries actions out against a spool in memory and answers as the program would.
class World {
 public:
  explicit World(Limits limits) : state(std::move(limits)) { state.limits.boot_id = "boot"; }

  void Tell(Event event) {
    events.push_back(std::move(event));
    while (!events.empty()) {
      Event next = std::move(events.front());
      events.pop_front();
      next.wall = FromUnixMillis(1'700'000'000'000) + (now - SteadyTime{});
      next.steady = now;
      std::vector<Action> actions;
      Step(state, next, actions);
      for (const Action& action : actions) Carry(action);
    }
  }
  void Tell(Event::Type type, std::int32_t code = 0) {
    Event event;
    event.type = type;
    event.code = code;
    Tell(event);
  }
  void Output(std::string_view bytes) {
    Event event;
    event.type = Event::Type::kOutput;
    event.bytes = bytes;
    written += bytes;
    Tell(event);
  }
  void Stop(bool tree) {
    Event event;
    event.type = Event::Type::kStop;
    event.tree = tree;
    Tell(event);
  }
  void Begin() { Tell(Event::Type::kLocked); }
  void PassUntilTimer() {
    ASSERT_TRUE(timer);
    now = std::max(now, *timer);
    timer.reset();
    Tell(Event::Type::kTimer);
  }

  [[nodiscard]] std::size_t Count(Action::Type type) const {
    return static_cast<std::size_t>(std::count(done.begin(), done.end(), type));
  }
  /// What a reader of the spool sees; gaps as "[n]".
  [[nodiscard]] std::string Readable() const {
    std::string text;
    std::string_view rest = body;
    Frame frame;
    while (DecodeFrame(rest, frame) == FrameState::kWhole) {
      text += frame.type == FrameType::kGap ? "[" + std::to_string(frame.gap) + "]" : std::string(frame.payload);
      rest.remove_prefix(frame.size);
    }
    EXPECT_TRUE(rest.empty());
    return text;
  }

  State state;
  SteadyTime now{std::chrono::seconds(100)};
  std::optional<SteadyTime> timer;
  std::deque<Event> events;
  std::vector<Action::Type> done;
  std::string body;
  std::string written;
  std::optional<StartMark> mark;
  std::optional<ExitRecord> exit;
  std::vector<SystemTime> first_outputs;  // as they were to be noted
  int processes = 1;                      // of the tree, the script's own among them
  Usage usage;
  std::chrono::milliseconds measuring_takes{0};
  bool answer_start = true;
  bool disk_full = false;
  bool head_fails = false;
  int exit_failures = 0;

 private:
  void Answer(Event::Type type, std::int32_t code = 0) {
    Event event;
    event.type = type;
    event.code = code;
    events.push_back(std::move(event));
  }
  void Carry(const Action& action) {
    ASSERT_TRUE(done.empty() || done.back() != Action::Type::kLeave) << "an action behind the last one";
    done.push_back(action.type);
    switch (action.type) {
      case Action::Type::kWriteHead:
        if (!head_fails) mark = action.mark;
        return Answer(head_fails ? Event::Type::kHeadFailed : Event::Type::kHeadWritten);
      case Action::Type::kStartScript:
        EXPECT_TRUE(mark) << "started without a start mark";
        if (answer_start) Answer(Event::Type::kStarted);
        return;
      case Action::Type::kAppend: {
        if (action.first_output != SystemTime{}) first_outputs.push_back(action.first_output);
        if (disk_full) return Answer(Event::Type::kAppendFailed);
        if (action.gap > 0) body += EncodeGap(action.gap);
        for (const auto bytes : {action.bytes, action.more}) {
          if (!bytes.empty()) body += EncodeOutputHeader(bytes) + std::string(bytes);
        }
        return Answer(Event::Type::kAppended);
      }
      case Action::Type::kArmTimer:
        timer = action.when;
        return;
      case Action::Type::kKillTree:
        return Answer(Event::Type::kKilled, processes);
      case Action::Type::kKillScript:
      case Action::Type::kAskScript:
        return;
      case Action::Type::kDrain:
        return Answer(Event::Type::kDrained);
      case Action::Type::kWriteExit:
        if (exit_failures > 0) {
          --exit_failures;
          return Answer(Event::Type::kExitFailed);
        }
        exit = action.exit;
        return Answer(Event::Type::kExitWritten);
      case Action::Type::kMeasure: {
        Event measured;
        measured.type = Event::Type::kMeasured;
        measured.usage = usage;
        events.push_back(std::move(measured));
        now += measuring_takes;
        return;
      }
      case Action::Type::kNotify:
      case Action::Type::kLeave:
        return;
    }
  }
};

}  // namespace assist::agent::supervisor
