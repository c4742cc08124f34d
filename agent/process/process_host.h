// Port: operating system processes, as task_engine needs them. The real one is agent/process/posix, tests use
// fake_process_host.h, the simulator has its own (it runs supervisor::Step). Owned by agent/service, one per agent.
// One executor: that of the agent.
//
// A task's process is never the agent's child but that of a supervisor, which owns the task's folder: it holds the lock
// of the spool for as long as it lives, so that "still running" is asked of a lock, never of a pid.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/event.h"
#include "common/base/result.h"

namespace assist::agent::process {

namespace asio = boost::asio;

/// An account of the machine, resolved.
struct Account {
  std::string name;
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  std::vector<std::uint32_t> groups;  ///< All of them, `group` too; of the agent's own account they are not looked up.
  std::string home;                   ///< Empty when it has none.
  bool own = false;                   ///< The agent's own: nothing needs to be switched.
  /// Windows, where it is not the agent's own: by which password it is logged on, and the folder of that.
  std::string password_name, password_folder;
};

/// What a script needs of the machine.
struct Needs {
  std::string account;                ///< Empty: the agent's own.
  std::string folder;                 ///< To run in, absolute; empty: the account's home.
  std::vector<std::string> programs;  ///< Absolute; any of them will do.
  std::string password_name;          ///< Windows: of the account's password, in this machine's store.
};
/// What there is of it.
struct Found {
  Account account;
  bool folder = false;  ///< It is there, and is one.
  std::string program;  ///< The first that can be executed; empty: none.
};

/// What a stop and a time-out end. Written to the control pipe: never renumber.
enum class StopMode : std::uint8_t {
  kTree = 1,     ///< The script and everything it started.
  kProcess = 2,  ///< The script's process only.
};

class ProcessHost {
 public:
  virtual ~ProcessHost() = default;

  /// Names this boot of the machine; never empty.
  [[nodiscard]] virtual std::string boot_id() const = 0;
  /// Paths, shells and environment are those of Windows.
  [[nodiscard]] virtual bool is_windows() const noexcept { return false; }
  /// Windows: pwsh before Windows' own PowerShell.
  [[nodiscard]] virtual bool prefers_pwsh() const noexcept { return false; }

  /// Looks for all of it in one trip. Fails for the account alone: kNotFound: there is none; kDenied: it exists, but
  /// the agent cannot or may not run as it; the detail says why.
  virtual asio::awaitable<Result<Found>> Find(Needs needs) = 0;
  /// The agent's environment for scripts (`NAME=value`), before HOME and the like are set for an account; with the two
  /// of agent_variables.h.
  [[nodiscard]] virtual std::vector<std::string> environment() const = 0;
  /// Windows: UTF-8 `text` in the code page that the machine's consoles begin with; nothing when that cannot say all of
  /// it. Elsewhere there is no such page.
  [[nodiscard]] virtual std::optional<std::string> ToConsole(std::string_view /*text*/) const { return std::nullopt; }
  /// The absolute path of `relative`, a path below the agent's state root: what a script or a supervisor is told.
  [[nodiscard]] virtual std::string Absolute(const std::string& relative) const = 0;
  /// Where supervisors tell that something changed; goes into their spec.
  [[nodiscard]] virtual std::string notify_path() const = 0;

  /// Starts a supervisor for this task folder (relative to the state root), in which spec and script lie. It survives
  /// this process. Returning Ok means that it was started, not that it got the lock: the spool tells.
  virtual asio::awaitable<Status> StartSupervisor(std::string folder) = 0;
  /// Whether a supervisor lives that holds the lock of this task folder, or may soon hold it (one that this host
  /// started and that has not ended). False is final for all supervisors that this host started for the folder.
  virtual asio::awaitable<Result<bool>> LockHeld(std::string folder) = 0;
  /// kUnavailable: nobody listens (not yet, or no longer): look at the spool, ask again. Repeats are harmless.
  virtual asio::awaitable<Status> RequestStop(std::string folder, StopMode mode) = 0;

  /// Is set when TakeChanged() has something to tell. A notice may get lost: look from time to time as well.
  [[nodiscard]] virtual Event& changed() = 0;
  struct Changes {
    bool any = false;                    ///< Look at every task: a notice could not be told apart.
    std::vector<std::uint64_t> tickets;  ///< Of the specs whose spool changed, or whose supervisor has ended.
  };
  /// What was told since the last call; resets changed().
  [[nodiscard]] virtual Changes TakeChanged() = 0;
};

}  // namespace assist::agent::process
