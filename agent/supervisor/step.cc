#include "agent/supervisor/step.h"

#include <algorithm>
#include <utility>

#include "agent/supervisor/client_word.h"

namespace assist::agent::supervisor {
namespace {

using std::chrono::milliseconds;
using Phase = State::Phase;
using Actions = std::vector<Action>;

constexpr milliseconds kNoticeEvery{10};
// Killing is repeated until nothing is left: quickly at first (a killed process is gone at once), then for about a
// minute, since a process in an uninterruptible wait dies only when that ends.
constexpr int kQuickKills = 20;
constexpr milliseconds kQuickKillEvery{5};
constexpr milliseconds kKillEvery{250};
constexpr int kMaxKills = 260;
// A client talks to a program that may be slow; then it is killed, and what it ran may go on.
constexpr std::chrono::seconds kAskPatience{30};
// A tree with budgets is measured so often, but with no more than a fiftieth of a core, and never less than every 5 s.
constexpr milliseconds kMeasureEvery{100};
constexpr milliseconds kMeasureAtLeastEvery{5000};
constexpr int kMeasureShare = 50;
constexpr std::int32_t kKillSignal = 9;
constexpr const char* kGoesOn = "what it runs elsewhere could not be ended";

// The exit record needs no new space on the disk, so this is for I/O errors.
constexpr milliseconds kSealEvery{1000};
constexpr int kMaxSealTries = 600;

Action& Do(Actions& actions, Action::Type type) {
  Action action;
  action.type = type;
  actions.push_back(std::move(action));
  return actions.back();
}

void Notify(State& state, SteadyTime now, Actions& actions) {
  state.next_notice = now + kNoticeEvery;
  Do(actions, Action::Type::kNotify);
}

void Leave(State& state, Actions& actions) {
  state.phase = Phase::kLeft;
  Do(actions, Action::Type::kLeave);
}

void Arm(SteadyTime when, Actions& actions) { Do(actions, Action::Type::kArmTimer).when = when; }

/// The start's wall time plus what was measured: it does not jump with the wall clock.
SystemTime WallAt(const State& state, SteadyTime now) {
  return state.mark.wall + std::max(now - state.mark.steady, SteadyTime::duration::zero());
}

void SetEnd(State& state, ExitKind kind, std::int32_t code, SteadyTime now) {
  state.exit.kind = kind;
  state.exit.code = code;
  state.exit.end = WallAt(state, now);
}

void NoteOutput(const State& state, Action& append) {
  if (!state.output_noted) append.first_output = state.first_output;
}

void Seal(State& state, Actions& actions) {
  state.phase = Phase::kSealing;
  state.exit.output_bytes = state.kept;
  state.exit.dropped_bytes = state.dropped;
  Do(actions, Action::Type::kWriteExit).exit = state.exit;
}

void Flush(State& state, Actions& actions) {
  if (state.tail_size == 0 && state.gap == 0) return Seal(state, actions);
  state.phase = Phase::kFlushing;
  const std::string_view ring = state.tail;
  const std::size_t first = std::min(state.tail_size, ring.size() - state.tail_begin);
  Action& append = Do(actions, Action::Type::kAppend);
  append.gap = state.gap;
  append.bytes = ring.substr(state.tail_begin, first);
  append.more = ring.substr(0, state.tail_size - first);
  NoteOutput(state, append);
  state.appending = state.tail_size;
  state.appending_gap = state.gap;
}

void Drain(State& state, Actions& actions) {
  state.phase = Phase::kDraining;
  Do(actions, Action::Type::kDrain);
}

void Kill(State& state, Actions& actions) {
  Do(actions, state.end_tree ? Action::Type::kKillTree : Action::Type::kKillScript);
}

void ArmKill(State& state, SteadyTime now, Actions& actions) {
  Arm(now + (state.kill_rounds < kQuickKills ? kQuickKillEvery : kKillEvery), actions);
}

void Ask(State& state, SteadyTime now, Actions& actions) {
  state.asked = true;
  Do(actions, Action::Type::kAskScript).tree = state.end_tree;
  Arm(now + kAskPatience, actions);
}

void BeginEnding(State& state, ExitKind why, bool tree, SteadyTime now, Actions& actions) {
  state.phase = Phase::kEnding;
  state.end_tree = tree;
  state.kill_rounds = 0;
  SetEnd(state, why, 0, now);
  if (state.limits.client) return Ask(state, now, actions);
  Kill(state, actions);
  if (!tree) ArmKill(state, now, actions);
}

/// The whole tree, whatever a time-out would end: the budget is that of all of it.
void EndOverBudget(State& state, SteadyTime now, Actions& actions) {
  state.swept = true;
  state.phase = Phase::kEnding;
  state.end_tree = true;
  state.kill_rounds = 0;
  if (state.has_ended) return Kill(state, actions);  // what it left behind
  SetEnd(state, ExitKind::kSignalled, kKillSignal, now);
  if (state.limits.client) return Ask(state, now, actions);
  Kill(state, actions);
}

void ArmRunning(const State& state, Actions& actions) {
  const bool timed = state.limits.timeout.count() > 0;
  const bool measured = state.limits.budgets.measured();
  if (timed && measured) return Arm(std::min(state.time_out, state.next_measure), actions);
  if (timed || measured) Arm(timed ? state.time_out : state.next_measure, actions);
}

void Measure(State& state, SteadyTime now, Actions& actions) {
  state.asked_measure = now;
  Do(actions, Action::Type::kMeasure);
}

/// A first one that is exceeded is told; an end that has another reason keeps that.
bool MayExceed(const State& state) {
  if (state.exit.exceeded) return false;
  if (state.phase == Phase::kRunning) return true;
  return state.phase == Phase::kDraining &&
         (state.exit.kind == ExitKind::kExited || state.exit.kind == ExitKind::kSignalled);
}

void Measured(State& state, const Event& event, Actions& actions) {
  if (!MayExceed(state)) return;
  state.exit.exceeded = FindExceeded(state.limits.budgets, event.usage);
  if (state.phase != Phase::kRunning) return;
  if (state.exit.exceeded) return EndOverBudget(state, event.steady, actions);
  const SteadyTime::duration share = (event.steady - state.asked_measure) * kMeasureShare;
  state.next_measure = event.steady + std::clamp<SteadyTime::duration>(share, kMeasureEvery, kMeasureAtLeastEvery);
  ArmRunning(state, actions);
}

/// What of `bytes` the output budget has room for; whether there was more is told by the exit record.
std::string_view WithinBudget(State& state, std::string_view bytes) {
  const std::uint64_t limit = state.limits.budgets.output_bytes;
  if (limit == 0) return bytes;
  const std::uint64_t room = limit - std::min(limit, state.told);
  state.told += bytes.size();
  if (bytes.size() <= room) return bytes;
  if (MayExceed(state)) state.exit.exceeded = Exceeded{Budget::kOutput, limit, 0};
  if (state.exit.exceeded && state.exit.exceeded->budget == Budget::kOutput) state.exit.exceeded->measured = state.told;
  return bytes.substr(0, static_cast<std::size_t>(room));
}

/// Beyond the cap only the last bytes are kept, in memory; what they push out is dropped.
void KeepTail(State& state, std::string_view bytes) {
  const std::size_t room = state.limits.tail_bytes;
  if (bytes.empty()) return;
  if (room == 0) {
    state.dropped += bytes.size();
    state.gap += bytes.size();
    return;
  }
  if (state.tail.empty()) state.tail.resize(room);
  const std::size_t lost_new = bytes.size() > room ? bytes.size() - room : 0;
  const std::size_t wanted = state.tail_size + bytes.size() - lost_new;
  const std::size_t lost_old = wanted > room ? wanted - room : 0;
  state.dropped += lost_old + lost_new;
  state.gap += lost_old + lost_new;
  bytes.remove_prefix(lost_new);
  state.tail_begin = (state.tail_begin + lost_old) % room;
  state.tail_size -= lost_old;
  std::size_t at = (state.tail_begin + state.tail_size) % room;
  const std::size_t first = std::min(bytes.size(), room - at);
  std::copy_n(bytes.data(), first, state.tail.data() + at);
  std::copy_n(bytes.data() + first, bytes.size() - first, state.tail.data());
  state.tail_size += bytes.size();
}

void KeepOutput(State& state, std::string_view bytes, SteadyTime now, Actions& actions) {
  if (!bytes.empty() && state.first_output == SystemTime{}) state.first_output = WallAt(state, now);
  std::size_t head = 0;
  if (state.tail_size == 0 && state.kept < state.limits.cap_bytes) {
    head = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), state.limits.cap_bytes - state.kept));
  }
  if (head > 0) {
    Action& append = Do(actions, Action::Type::kAppend);
    append.gap = state.gap;
    append.bytes = bytes.substr(0, head);
    NoteOutput(state, append);
    state.appending = head;
    state.appending_gap = state.gap;
  }
  KeepTail(state, bytes.substr(head));
}

void TakeOutput(State& state, const Event& event, Actions& actions) {
  KeepOutput(state, WithinBudget(state, event.bytes), event.steady, actions);
  if (state.phase == Phase::kRunning && state.exit.exceeded) EndOverBudget(state, event.steady, actions);
}

void Appended(State& state, const Event& event, Actions& actions) {
  if (event.type == Event::Type::kAppended) {
    state.kept += state.appending;
    state.gap -= state.appending_gap;
    state.output_noted = true;
  } else {
    state.dropped += state.appending;
    state.gap += state.appending;
  }
  state.appending = 0;
  state.appending_gap = 0;
  if (state.phase == Phase::kFlushing) return Seal(state, actions);
  if (event.steady >= state.next_notice) Notify(state, event.steady, actions);
}

void Ended(State& state, const Event& event, Actions& actions) {
  if (state.has_ended) return;
  state.has_ended = true;
  if (state.phase == Phase::kRunning && state.limits.client && event.type == Event::Type::kSignalled) {
    SetEnd(state, ExitKind::kLost, event.code, event.steady);
    state.exit.message = "who watched it was ended by signal " + std::to_string(event.code);
    return Drain(state, actions);
  }
  if (state.phase == Phase::kRunning) {
    SetEnd(state, event.type == Event::Type::kExited ? ExitKind::kExited : ExitKind::kSignalled, event.code,
           event.steady);
    if (state.limits.budgets.measured()) Measure(state, event.steady, actions);  // told before kDrained
    return Drain(state, actions);
  }
  if (state.phase != Phase::kEnding) return;
  if (state.exit.exceeded && !state.limits.client) {
    state.exit.kind = event.type == Event::Type::kExited ? ExitKind::kExited : ExitKind::kSignalled;
    state.exit.code = event.code;
  }
  if (std::exchange(state.asked, false) && (event.type != Event::Type::kExited || event.code != 0)) {
    state.exit.message = kGoesOn;
  }
  if (!state.end_tree) return Drain(state, actions);
  Kill(state, actions);  // is anything left of the tree?
}

void KillRound(State& state, SteadyTime now, Actions& actions) {
  if (++state.kill_rounds >= kMaxKills) {
    state.exit.message = "not all processes could be ended";
    return Drain(state, actions);
  }
  Kill(state, actions);
  if (!state.end_tree) ArmKill(state, now, actions);
}

void Timer(State& state, SteadyTime now, Actions& actions) {
  switch (state.phase) {
    case Phase::kRunning:
      if (state.limits.timeout.count() > 0 && now >= state.time_out) {
        return BeginEnding(state, ExitKind::kTimeout, state.limits.timeout_ends_tree, now, actions);
      }
      if (state.limits.budgets.measured() && now >= state.next_measure) return Measure(state, now, actions);
      return ArmRunning(state, actions);
    case Phase::kEnding:
      if (std::exchange(state.asked, false)) state.exit.message = kGoesOn;
      return KillRound(state, now, actions);
    case Phase::kSealing:
      return Seal(state, actions);
    default:
      return;
  }
}

void Stop(State& state, const Event& event, Actions& actions) {
  switch (state.phase) {
    case Phase::kNew:
    case Phase::kMarking:
    case Phase::kStarting:
      state.end_tree = event.tree || (state.stop_asked && state.end_tree);
      state.stop_asked = true;
      return;
    case Phase::kRunning:
      return BeginEnding(state, ExitKind::kStopped, event.tree, event.steady, actions);
    case Phase::kEnding:
      if (event.tree && !state.end_tree) {
        state.end_tree = true;
        if (state.asked) return Ask(state, event.steady, actions);
        Kill(state, actions);
      }
      return;
    default:
      return;
  }
}

}  // namespace

void Step(State& state, const Event& event, Actions& actions) {
  actions.clear();
  switch (event.type) {
    case Event::Type::kLocked:
      if (state.phase != Phase::kNew) return;
      if (event.already_started) return Leave(state, actions);
      state.phase = Phase::kMarking;
      state.mark = {state.limits.boot_id, event.wall, event.steady};
      Do(actions, Action::Type::kWriteHead).mark = state.mark;
      return;
    case Event::Type::kHeadFailed:
      if (state.phase == Phase::kMarking) Leave(state, actions);
      return;
    case Event::Type::kHeadWritten:
      if (state.phase != Phase::kMarking) return;
      if (state.stop_asked) {
        state.has_ended = true;
        SetEnd(state, ExitKind::kStopped, 0, event.steady);
        return Seal(state, actions);
      }
      state.phase = Phase::kStarting;
      Do(actions, Action::Type::kStartScript);
      return;
    case Event::Type::kStartFailed:
      if (state.phase != Phase::kStarting) return;
      state.has_ended = true;
      SetEnd(state, state.limits.client && event.code == kClientUnsure ? ExitKind::kLost : ExitKind::kStartFailed,
             event.code, event.steady);
      state.exit.message = event.bytes;
      return Seal(state, actions);
    case Event::Type::kStarted:
      if (state.phase != Phase::kStarting) return;
      state.phase = Phase::kRunning;
      Notify(state, event.steady, actions);
      if (state.stop_asked) return BeginEnding(state, ExitKind::kStopped, state.end_tree, event.steady, actions);
      state.time_out = event.steady + state.limits.timeout;
      state.next_measure = event.steady + kMeasureEvery;
      return ArmRunning(state, actions);
    case Event::Type::kOutput:
      if (state.phase == Phase::kRunning || state.phase == Phase::kEnding || state.phase == Phase::kDraining) {
        TakeOutput(state, event, actions);
      }
      return;
    case Event::Type::kAppended:
    case Event::Type::kAppendFailed:
      return Appended(state, event, actions);
    case Event::Type::kExited:
    case Event::Type::kSignalled:
      return Ended(state, event, actions);
    case Event::Type::kDrained:
      if (state.phase != Phase::kDraining) return;
      // It was over a budget when it ended: nothing that it left may go on.
      if (state.exit.exceeded && !state.swept) return EndOverBudget(state, event.steady, actions);
      return Flush(state, actions);
    case Event::Type::kMeasured:
      return Measured(state, event, actions);
    case Event::Type::kTimer:
      return Timer(state, event.steady, actions);
    case Event::Type::kStop:
      return Stop(state, event, actions);
    case Event::Type::kKilled:
      if (state.phase != Phase::kEnding || !state.end_tree) return;
      if (event.code == 0 && state.has_ended) return Drain(state, actions);
      return ArmKill(state, event.steady, actions);
    case Event::Type::kExitWritten:
      if (state.phase != Phase::kSealing) return;
      Notify(state, event.steady, actions);
      return Leave(state, actions);
    case Event::Type::kExitFailed:
      if (state.phase != Phase::kSealing) return;
      if (++state.exit_tries >= kMaxSealTries) return Leave(state, actions);
      return Arm(event.steady + kSealEvery, actions);
  }
}

}  // namespace assist::agent::supervisor
