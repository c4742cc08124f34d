// The decisions of a supervisor: Step(state, event) → actions. Pure: no I/O, no clock, no allocation beyond the lists.
// The program agent/supervisor/main turns the world into events and carries the actions out, in order; so does the
// simulator.
//
// At most one start: kStartScript is only ever answered to kHeadWritten, which comes once, to the holder of the lock,
// who found a spool without start mark.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/supervisor/spool.h"
#include "common/base/time.h"

namespace assist::agent::supervisor {

/// What of a Spec the decisions need.
struct Limits {
  std::chrono::seconds timeout{0};  ///< 0: none.
  bool timeout_ends_tree = true;
  std::uint64_t cap_bytes = (16ULL << 20) - (64U << 10);
  std::uint32_t tail_bytes = 64U << 10;
  std::string boot_id;
};

struct Event {
  enum class Type : std::uint8_t {
    kLocked,        ///< The lock is ours; `spool_state` tells what stands in the spool.
    kHeadWritten,   ///< The head with the start mark stands.
    kStarted,       ///< The script's process runs.
    kStartFailed,   ///< It could not be started: `code` is the errno, `bytes` says what.
    kOutput,        ///< `bytes` came through the pipe.
    kExited,        ///< The script's process ended by itself: `code` is the status.
    kSignalled,     ///< It was ended by signal `code`.
    kDrained,       ///< Answer to kDrain: all that was in the pipe has been told by kOutput.
    kTimer,         ///< The timer that was armed last fired.
    kStop,          ///< Asked to stop; `tree` tells what is to end.
    kKilled,        ///< Answer to kKillTree and kKillScript: `code` processes were still there to be killed.
    kOutputFailed,  ///< Answer to kAppendOutput: nothing of it stands in the spool (disk full, I/O error).
    kAppended,      ///< Answer to kAppendOutput or kAppendGap: it stands.
    kExitWritten,   ///< Answer to kWriteExit.
    kExitFailed,    ///< Answer to kWriteExit or kWriteHead: it could not be written.
  };
  enum class SpoolState : std::uint8_t { kFresh, kStarted };
  Type type = Type::kLocked;
  SystemTime wall{};    ///< Now.
  SteadyTime steady{};  ///< Now.
  std::string_view bytes = {};
  std::int32_t code = 0;
  bool tree = true;
  SpoolState spool_state = SpoolState::kFresh;
};

struct Action {
  enum class Type : std::uint8_t {
    kWriteHead,     ///< With `mark`; answer kHeadWritten or kExitFailed.
    kStartScript,   ///< Answer kStarted or kStartFailed.
    kAppendOutput,  ///< Frame(s) with `bytes`, valid until the next Step; answer kAppended or kOutputFailed.
    kAppendGap,     ///< A gap of `count` bytes; answer kAppended or kOutputFailed.
    kArmTimer,      ///< Fires once at `when`; replaces the one armed before.
    kKillTree,      ///< SIGKILL to the script's group and to every descendant; answer kKilled.
    kKillScript,    ///< SIGKILL to the script's process; answer kKilled.
    kDrain,         ///< Tell what is in the pipe now, and no more; answer kDrained.
    kWriteExit,     ///< With `exit`, into the exit slot; answer kExitWritten or kExitFailed.
    kNotify,        ///< Tell the agent that the spool changed.
    kLeave,         ///< Give everything back and end. The last one.
  };
  Type type = Type::kLeave;
  StartMark mark = {};
  ExitRecord exit = {};
  std::string_view bytes = {};
  std::uint64_t count = 0;
  SteadyTime when{};
};

/// Plain data; everything the decisions remember.
struct State {
  enum class Phase : std::uint8_t {
    kNew,       ///< Waits for kLocked.
    kMarking,   ///< The head is being written.
    kStarting,  ///< The script is being started.
    kRunning,   ///< It runs.
    kEnding,    ///< It is being killed.
    kDraining,  ///< It has ended; the rest of its output is being read.
    kSealing,   ///< The exit record is being written.
    kLeft,
  };
  Limits limits;
  Phase phase = Phase::kNew;
  StartMark mark;
  SteadyTime time_out{};
  bool has_ended = false;   ///< The script's process is no more.
  bool stop_asked = false;  ///< Before the script ran, or while it did.
  bool end_tree = true;
  ExitKind ending = ExitKind::kExited;  ///< kTimeout or kStopped while and after we end it.
  ExitRecord exit;
  std::uint64_t kept = 0;       ///< Bytes of output that stand in the spool.
  std::uint64_t dropped = 0;    ///< Bytes that never will.
  std::uint64_t gap = 0;        ///< Of `dropped`, those no gap frame tells of yet.
  std::uint64_t appending = 0;  ///< Bytes of the kAppendOutput that is not answered yet.
  std::string tail;             ///< Ring of the last bytes beyond the cap; allocated when the cap is reached.
  std::size_t tail_begin = 0;
  std::size_t tail_size = 0;
  int kill_rounds = 0;
  int exit_tries = 0;
};

/// `actions` is cleared first.
void Step(State& state, const Event& event, std::vector<Action>& actions);

}  // namespace assist::agent::supervisor
