// The real ProcessHost for POSIX systems: starts supervisors (never waits for them), hears their notices through one
// FIFO, asks for locks. Owned by agent/service, one per agent. One executor, of an io_context that one thread runs.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/process/process_host.h"
#include "common/async/blocking_pool.h"
#include "common/log/log.h"

namespace assist::agent::process {

class PosixProcessHost final : public ProcessHost {
 public:
  struct Options {
    std::string root;        ///< The agent's state root, absolute.
    std::string supervisor;  ///< The program assist-supervisor.
    std::string agent = {};  ///< The program that runs, absolute: what scripts are told (agent_variables.h).
    /// Children that this process had before it became this program: supervisors that it started as another version.
    std::vector<std::int64_t> children = {};
  };
  /// Makes the FIFO `run/events` below the root. `pool` and `log` outlive this. Blocks shortly.
  static Result<std::unique_ptr<PosixProcessHost>> Make(Options options, asio::any_io_executor executor,
                                                        BlockingPool& pool, Log& log);
  ~PosixProcessHost() override;

  [[nodiscard]] std::string boot_id() const override;
  asio::awaitable<Result<Found>> Find(Needs needs) override;
  [[nodiscard]] std::vector<std::string> environment() const override;
  [[nodiscard]] std::string Absolute(const std::string& relative) const override;
  [[nodiscard]] std::string notify_path() const override;
  asio::awaitable<Status> StartSupervisor(std::string folder) override;
  asio::awaitable<Result<bool>> LockHeld(std::string folder) override;
  asio::awaitable<Status> RequestStop(std::string folder, StopMode mode) override;
  [[nodiscard]] Event& changed() override;
  [[nodiscard]] Changes TakeChanged() override;

 private:
  struct State;
  explicit PosixProcessHost(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// The agent's environment for scripts: without the agent's own settings (ASSIST_…) and what the service manager meant
/// for the agent alone; with a PATH. Pure.
[[nodiscard]] std::vector<std::string> ScriptEnvironment(const char* const* environment);

}  // namespace assist::agent::process
