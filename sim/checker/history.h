// What happened in a run, as far as promises are concerned: facts of the world (what scripts really did, what crashed)
// beside words of the programs (what they told each other and their callers). Facts are in the order of their time.
// Values; pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/time.h"

namespace assist::sim::checker {

/// One task: the nonce that stands in its script names it, before and apart from any id.
using Nonce = std::string;

// The world.
struct ScriptStarted {
  Nonce task;
};
struct ScriptWrote {
  Nonce task;
  std::string bytes;
};
struct ScriptExited {
  Nonce task;
  int code = 0;
};
/// Something after which what became of a task may be unknown: the power of the agent's machine, a supervisor killed
/// alone. `task` empty: all tasks.
struct AgentCrash {
  Nonce task;
  std::string what;
};

// Words.

/// A call that starts a task goes out, for the first time.
struct CallMade {
  Nonce task;
};
/// The agent's disk failed or was full: a task may not be startable.
struct AgentDiskTrouble {
  bool output = false;  ///< It did not take what may have been a task's output.
};

/// The API answered a call that starts a task: a promise.
struct CallAnswered {
  Nonce task;
  std::string invocation;
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
  std::int64_t highest = 0;
};
/// The server tells its operator of something that no world here contains: a store restored from an older copy, an
/// agent without its journal.
struct LossNoted {
  std::string event;
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
    std::variant<ScheduleMade, RunStarted, OccurrenceTold, ScriptStarted, ScriptWrote, ScriptExited, AgentCrash,
                 AgentDiskTrouble, CallMade, CallAnswered, Shown, ReportSent, ReportTaken, FetchSent, LossNoted>;
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

}  // namespace assist::sim::checker
