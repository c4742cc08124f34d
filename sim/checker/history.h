// What happened in a run, as far as promises are concerned: facts of the world (what scripts really did, what crashed)
// beside words of the programs (what they told each other and their callers). Facts are in the order of their time.
// Values; pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/time.h"

namespace assist::sim::checker {

/// One task: `<call>@<machine>`. The call is named by a nonce that stands in its script, before and apart from any id;
/// an invocation that no caller knows (its answer was lost, and the server forgot it) keeps its id as its name.
using Nonce = std::string;
/// A machine of the world, by its name; a clone is a machine of its own.
using Machine = std::string;

[[nodiscard]] inline Nonce TaskOf(std::string_view call, std::string_view machine) {
  return std::string(call) + "@" + std::string(machine);
}
[[nodiscard]] inline std::string_view CallOf(std::string_view task) { return task.substr(0, task.find('@')); }
[[nodiscard]] inline std::string_view MachineOf(std::string_view task) {
  const auto at = task.find('@');
  return at == std::string_view::npos ? std::string_view{} : task.substr(at + 1);
}

// The world.
struct ScriptStarted {
  Nonce task;
  std::string says;  ///< The call that the script itself names.
};
struct ScriptWrote {
  Nonce task;
  std::string bytes;
};
struct ScriptExited {
  Nonce task;
  int code = 0;
};
/// From outside.
struct ScriptKilled {
  Nonce task;
};
/// Something after which what became of a task may be unknown: the power of the agent's machine, a supervisor killed
/// alone. `task` empty: all tasks of the machine.
struct AgentCrash {
  Machine machine;
  Nonce task;
  std::string what;
};
/// A machine's disk failed or was full: a task may not be startable there.
struct AgentDiskTrouble {
  Machine machine;
  bool output = false;  ///< It did not take what may have been a task's output.
};
/// The server's files are those of that moment again: what it took and said after it is undone.
struct ServerRestored {
  SteadyTime copied{};
};
/// The same of a machine's agent, which was started anew with them (and the machine with it).
struct AgentRestored {
  Machine machine;
  SteadyTime copied{};
};
/// A second machine came up with the files, and so with the identity, of this one.
struct CloneStarted {
  Machine machine;
  Machine clone;
};
/// The server's wall clock jumped: what has a deadline by it may be over.
struct ServerClockSet {
  std::chrono::seconds by{0};
};
/// So many ids are remembered by each agent when it has done with them. Once, before all else; without it: all.
struct AgentsRemember {
  std::size_t ids = 0;
};
/// A number that has a bound, at its highest in this run.
struct Measured {
  std::string what;
  std::uint64_t value = 0;
  std::uint64_t bound = 0;
};

// Words.

/// A call that starts a task goes out, for the first time.
struct CallMade {
  Nonce task;
  bool may_expire = false;  ///< It has a time after which an undelivered task is given up, and a short one.
  bool may_halt = false;    ///< When others fail, it is not to be started.
};
/// Somebody asks to stop it.
struct StopCalled {
  Nonce task;
};
/// Somebody asks to deregister the machine.
struct ReleaseCalled {
  Machine machine;
};

/// The API answered a call that starts a task: a promise.
struct CallAnswered {
  Nonce task;
  std::string invocation;
  SteadyTime asked{};
};
/// What the API shows of a task.
struct Shown {
  Nonce task;
  SteadyTime asked{};    ///< What was told before this must be seen.
  bool missing = false;  ///< It does not know the task.
  std::string state;     ///< Success, …
  bool final_state = false;
  std::string outcome;  ///< Final, Presumed, Unknown; empty: none.
  std::string reason;   ///< Code and text of an error.
  std::optional<std::int64_t> exit_code;
  std::string output;
  std::int64_t dropped = 0;
};
/// A list that an agent got names this task.
struct TaskGot {
  Nonce task;
};
/// A report that the agent put on the wire.
struct ReportSent {
  Nonce task;
  std::string kind;  ///< accepted, running, finish, …
  bool final_report = false;
  std::int64_t exit_code = 0;
  std::string error;
  std::optional<std::uint64_t> offset;  ///< In the stream as the script wrote it, with what was dropped.
  std::uint64_t dropped = 0;            ///< Of what lies before the body.
  std::string body;
};
/// The server answered it with 200.
struct ReportTaken {
  Nonce task;
  bool final_report = false;
};
/// The highest delivery number that the agent says it has had.
struct FetchSent {
  Machine machine;
  std::int64_t highest = 0;
};
/// The server tells its operator that a store or an agent lost something.
struct LossNoted {
  std::string event;
};
/// The server shows that two agents have this machine's identity.
struct DuplicateShown {
  Machine machine;
};
/// And gave one of them a task to run all the same.
struct DuplicateServed {
  Machine machine;
};

// Schedules. `schedule` is the id under which the agent knows it.

/// A schedule was made: due at base + k × period, k = 1, 2, …
struct ScheduleMade {
  std::string schedule;
  SystemTime base{};
  std::chrono::seconds period{1};
  bool makes_up = false;  ///< One run more for those that were missed.
};
/// The world: the script of this run began.
struct RunStarted {
  std::string schedule;
  std::int64_t number = 0;
};
/// A report about occurrences [number, number + count) that the agent put on the wire.
struct OccurrenceTold {
  std::string schedule;
  std::int64_t number = 0;
  std::int64_t count = 1;
  SystemTime due{};
  SystemTime last_due{};
  bool missed = false;
  bool unknown = false;  ///< Missed because the journal was damaged: they may have run, and there may be fewer.
  bool ran = false;      ///< The process ended by itself.
};

using What =
    std::variant<ScheduleMade, RunStarted, OccurrenceTold, ScriptStarted, ScriptWrote, ScriptExited, ScriptKilled,
                 AgentCrash, AgentDiskTrouble, ServerRestored, AgentRestored, CloneStarted, ServerClockSet,
                 AgentsRemember, Measured, CallMade, StopCalled, ReleaseCalled, CallAnswered, Shown, TaskGot,
                 ReportSent, ReportTaken, FetchSent, LossNoted, DuplicateShown, DuplicateServed>;
struct Fact {
  SteadyTime at{};
  What what;
};
using History = std::vector<Fact>;

/// One breach, in words. Empty list: the promise was kept.
using Breaches = std::vector<std::string>;

/// All facts of one kind, in order.
template <class T>
[[nodiscard]] std::vector<const T*> All(const History& history) {
  std::vector<const T*> found;
  for (const Fact& fact : history) {
    if (const T* what = std::get_if<T>(&fact.what)) found.push_back(what);
  }
  return found;
}

/// When the server's files were put back, and to when.
class Restores {
 public:
  explicit Restores(const History& history) {
    for (const Fact& fact : history) {
      if (const auto* restored = std::get_if<ServerRestored>(&fact.what)) all_.push_back({restored->copied, fact.at});
    }
  }
  [[nodiscard]] bool any() const noexcept { return !all_.empty(); }
  /// What was asked and answered then may have been undone before `until`.
  [[nodiscard]] bool MayUndo(SteadyTime asked, SteadyTime answered, SteadyTime until) const noexcept {
    for (const Restore& restore : all_) {
      if (restore.at <= until && answered > restore.copied && asked <= restore.at) return true;
    }
    return false;
  }

 private:
  struct Restore {
    SteadyTime copied{};
    SteadyTime at{};
  };
  std::vector<Restore> all_;
};

}  // namespace assist::sim::checker
