// The script's process: started once, in a job object of its own, with one pipe for both outputs, in the console of the
// supervisor. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "agent/passwords/logon.h"
#include "agent/supervisor/program/windows/output_pipe.h"
#include "agent/supervisor/spec.h"
#include "common/windows/unique_handle.h"

namespace assist::agent::supervisor {

/// The script's process and all that it starts, however it detaches itself; services and what the task scheduler starts
/// for it are not in it. Nobody is ended when this goes: a daemon that the script left is left alone.
class ProcessTree {
 public:
  ProcessTree() = default;
  explicit ProcessTree(UniqueHandle job) : job_(std::move(job)) {}

  /// Ends all; gives the number of those found, 0 when none is left.
  int Kill();
  /// No process is left in it, as far as Windows tells.
  [[nodiscard]] bool IsEmpty() const;
  [[nodiscard]] Usage Measure(const Budgets& budgets) const;

 private:
  [[nodiscard]] std::uint64_t MemoryHeld() const;
  UniqueHandle job_;
};

struct StartedScript {
  UniqueHandle process;  ///< Empty: it could not be started, and no process is left of it.
  ProcessTree tree;
  std::unique_ptr<OutputPipe> output;
  std::unique_ptr<passwords::UserSession> session;  ///< Of another account, for as long as its script runs.
  std::uint32_t error = 0;                          ///< Windows' number when it could not be started.
  std::string what;                                 ///< What failed, for people.
};

/// Tries the attempts of the spec in order; of another account once it is logged on.
[[nodiscard]] StartedScript StartScript(const Spec& spec);
/// The same with an account that is logged on already; null: the supervisor's own.
[[nodiscard]] StartedScript StartScript(const Spec& spec, std::unique_ptr<passwords::UserSession> session);

/// When the supervisor leaves: the profile of the script's account is unloaded. False: it stays, since processes that
/// the script left use it.
bool EndSession(StartedScript& script);

}  // namespace assist::agent::supervisor
