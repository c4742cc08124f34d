// The decisions of a supervisor: Step(state, event) → actions. Pure: no I/O, no clock. The program
// agent/supervisor/program turns the world into events and carries the actions out, in order; so does the simulator.
// Answers of actions are told after all actions of that step were carried out.
//
// At most one start: kStartScript is only ever given as the answer to kHeadWritten, which comes once, to the holder of
// the lock, who found a spool without start mark.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/supervisor/budgets.h"
#include "agent/supervisor/spool.h"
#include "common/base/time.h"

namespace assist::agent::supervisor {

/// What of a Spec the decisions need.
struct Limits {
  std::chrono::seconds timeout{0};  ///< 0: none.
  bool timeout_ends_tree = true;
  bool client = false;  ///< As in Spec: what the script's process does is done elsewhere.
  std::uint64_t cap_bytes = (16ULL << 20) - (64U << 10);  ///< Output kept from its beginning.
  std::uint32_t tail_bytes = 64U << 10;                   ///< And from its end; held in memory until then.
  Budgets budgets;
  std::string boot_id;
};

struct Event {
  enum class Type : std::uint8_t {
    kLocked,        ///< The lock is ours; `already_started` tells whether a start mark stands in the spool.
    kHeadWritten,   ///< Answer to kWriteHead: the start mark stands.
    kHeadFailed,    ///< Answer to kWriteHead: it does not, and never will.
    kStarted,       ///< Answer to kStartScript: the script's process runs.
    kStartFailed,   ///< Answer to kStartScript: it does not; `code` is the errno, `bytes` says what failed. Of a client
                    ///< a code of client_word.h.
    kOutput,        ///< `bytes` (at most kMaxFramePayload) came through the pipe.
    kExited,        ///< The script's process ended by itself: `code` is the status.
    kSignalled,     ///< The script's process was ended by signal `code`.
    kDrained,       ///< Answer to kDrain: all that was in the pipe has been told by kOutput.
    kTimer,         ///< The timer fired.
    kStop,          ///< Asked to stop; `tree` tells what is to end.
    kKilled,        ///< Answer to kKillTree: `code` processes were found and signalled, 0 when none is left.
    kAppended,      ///< Answer to kAppend: all of it stands in the spool.
    kAppendFailed,  ///< Answer to kAppend: nothing of it stands (disk full, I/O error).
    kExitWritten,   ///< Answer to kWriteExit.
    kExitFailed,    ///< Answer to kWriteExit.
    kMeasured,      ///< Answer to kMeasure: `usage`.
  };
  Type type = Type::kLocked;
  SystemTime wall{};    ///< Now.
  SteadyTime steady{};  ///< Now, CLOCK_BOOTTIME.
  std::string_view bytes = {};
  std::int32_t code = 0;
  bool tree = true;
  bool already_started = false;
  Usage usage = {};
};

struct Action {
  enum class Type : std::uint8_t {
    kWriteHead,    ///< With `mark`. Answer: kHeadWritten or kHeadFailed.
    kStartScript,  ///< Answer: kStarted or kStartFailed.
    kAppend,       ///< A gap of `gap` bytes when that is not 0, then output `bytes`, then output `more` (either may be
                   ///< empty; valid until the next Step). Answer: kAppended or kAppendFailed.
    kArmTimer,     ///< To fire once at `when`; replaces the one armed before.
    kKillTree,     ///< SIGKILL to the script's group and to every descendant. Answer: kKilled.
    kKillScript,   ///< SIGKILL to the script's process.
    kAskScript,    ///< Of a client: asks it to end what it runs, with all that this started when `tree`, and to leave.
    kDrain,        ///< Tell what is in the pipe now, and no more. Answer: kDrained, after the kOutputs.
    kWriteExit,    ///< With `exit`, into the exit slot. Answer: kExitWritten or kExitFailed.
    kNotify,       ///< Tell the agent that the spool changed.
    kMeasure,      ///< What the script and its descendants use now, with what those used that have ended. Answer:
                   ///< kMeasured.
    kLeave,        ///< Give everything back and end; the last one.
  };
  Type type = Type::kLeave;
  StartMark mark = {};
  ExitRecord exit = {};
  std::uint64_t gap = 0;
  std::string_view bytes = {};
  std::string_view more = {};
  SystemTime
      first_output{};  ///< Of kAppend, until one was answered with kAppended: into the output slot, before all else.
  SteadyTime when{};
  bool tree = true;
};

/// Everything the decisions remember. Plain data, so that the simulator may copy and compare it.
struct State {
  enum class Phase : std::uint8_t {
    kNew,       ///< Waits for kLocked.
    kMarking,   ///< The head is being written.
    kStarting,  ///< The script is being started.
    kRunning,   ///< It runs.
    kEnding,    ///< It is being killed.
    kDraining,  ///< It has ended; the rest of its output is being read.
    kFlushing,  ///< The tail is being written.
    kSealing,   ///< The exit record is being written.
    kLeft,
  };
  explicit State(Limits limits_) : limits(std::move(limits_)) {}

  Limits limits;
  Phase phase = Phase::kNew;
  StartMark mark;
  SteadyTime time_out{};
  SteadyTime next_measure{};  ///< With budgets that need it.
  SteadyTime asked_measure{};
  SteadyTime next_notice{};  ///< Not before this, so that chatty scripts do not flood the agent.
  bool has_ended = false;    ///< The script's process is no more.
  bool stop_asked = false;
  bool end_tree = true;  ///< What is being ended.
  bool swept = false;    ///< The tree was, or is being, ended for a budget.
  bool asked = false;    ///< A client was asked, and has time to obey.
  ExitRecord exit;
  SystemTime first_output{};        ///< When the first output came; the epoch: none yet.
  bool output_noted = false;        ///< That stands in the spool.
  std::uint64_t told = 0;           ///< Bytes of output that came, counted with an output budget alone.
  std::uint64_t kept = 0;           ///< Bytes of output that stand in the spool.
  std::uint64_t dropped = 0;        ///< Bytes that never will.
  std::uint64_t gap = 0;            ///< Of `dropped`, those that no gap frame tells of yet.
  std::uint64_t appending = 0;      ///< Output bytes of the kAppend that is not answered yet.
  std::uint64_t appending_gap = 0;  ///< And its gap.
  std::string tail;                 ///< Ring of the last bytes beyond the cap; allocated when the cap is reached.
  std::size_t tail_begin = 0;
  std::size_t tail_size = 0;
  int kill_rounds = 0;
  int exit_tries = 0;
};

/// `actions` is cleared first.
void Step(State& state, const Event& event, std::vector<Action>& actions);

}  // namespace assist::agent::supervisor
