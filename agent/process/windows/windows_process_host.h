// The real ProcessHost for Windows: starts supervisors (never waits for them), hears their notices through one named
// pipe, asks for locks. Owned by agent/service, one per agent. One executor, of an io_context that one thread runs.
// Paths are UTF-8 with `/`.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/process/process_host.h"
#include "common/async/blocking_pool.h"
#include "common/log/log.h"

namespace assist::agent::process {

class WindowsProcessHost final : public ProcessHost {
 public:
  struct Options {
    std::string root;  ///< The agent's state root, absolute; only the agent's account and administrators write there.
    std::string supervisor;  ///< The program assist-supervisor.exe.
    bool prefers_pwsh = false;
    std::string agent = {};  ///< The program that runs, absolute: what scripts are told (agent_variables.h).
  };
  /// Where it blocks; both outlive this.
  struct Pools {
    BlockingPool& files;  ///< The agent's own files; answers at once.
    /// Questions that others answer, in minutes or never: the controller of an account's domain, the host of a share.
    /// Nothing else that the agent needs may wait behind them.
    BlockingPool& far_away;
  };
  /// Makes `run/events` below the root. `log` outlives this. Blocks shortly. kInvalid: a percent sign in the root,
  /// which cmd would read as a variable in the path of every batch file.
  static Result<std::unique_ptr<WindowsProcessHost>> Make(Options options, asio::any_io_executor executor, Pools pools,
                                                          Log& log);
  ~WindowsProcessHost() override;

  [[nodiscard]] std::string boot_id() const override;
  [[nodiscard]] bool is_windows() const noexcept override { return true; }
  [[nodiscard]] bool prefers_pwsh() const noexcept override;
  /// Another account than the agent's own needs a password of this machine's store (agent/passwords).
  asio::awaitable<Result<Found>> Find(Needs needs) override;
  [[nodiscard]] std::vector<std::string> environment() const override;
  [[nodiscard]] std::optional<std::string> ToConsole(std::string_view text) const override;
  [[nodiscard]] std::string Absolute(const std::string& relative) const override;
  [[nodiscard]] std::string notify_path() const override;
  asio::awaitable<Status> StartSupervisor(std::string folder) override;
  asio::awaitable<Result<bool>> LockHeld(std::string folder) override;
  asio::awaitable<Status> RequestStop(std::string folder, StopMode mode) override;
  [[nodiscard]] Event& changed() override;
  [[nodiscard]] Changes TakeChanged() override;

 private:
  struct State;
  explicit WindowsProcessHost(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace assist::agent::process
