// What of the system the agent stands on: one variant a family of systems (machine_posix.cc, machine_windows.cc), so
// that the rest of this room is the same everywhere. One executor.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/containers/container_host.h"
#include "agent/disk/disk.h"
#include "agent/files/target_files.h"
#include "agent/process/process_host.h"
#include "agent/service/settings.h"
#include "common/async/blocking_pool.h"
#include "common/async/clock.h"
#include "common/base/result.h"
#include "common/log/log.h"

namespace assist::agent::service {

struct Machine {
  std::unique_ptr<BlockingPool> far_accounts;  ///< Null: this system's accounts are asked of nobody far away.
  std::unique_ptr<disk::Disk> disk;
  std::unique_ptr<process::ProcessHost> processes;
  std::unique_ptr<containers::ContainerHost> containers;  ///< Null: this system's agent runs nothing in containers.
  std::unique_ptr<files::TargetFiles> targets;
};

/// Where the work of a machine is done; all of it outlives the machine.
struct MachineBase {
  asio::any_io_executor executor;
  BlockingPool& pool;         ///< For the agent's own files.
  BlockingPool& far_folders;  ///< For those of others. (Not `far`: headers of Windows have a macro of that name.)
  Clock& clock;
  Log& log;
};

/// Whether an agent can do its work on this machine; an error says what is missing and what helps. Asked before it
/// registers and when it starts.
[[nodiscard]] Status CheckMachine();

/// Of the root: a script that runs as another user must reach its file below tasks/. Nobody else can list or read more.
inline constexpr unsigned kRootMode = 0711;
/// Makes a folder of the agent; what is there already must be safe to stand on. Windows: see
/// common/windows/private_folder.h (everybody may make folders where the agent's belongs). Errors say what helps.
/// Blocks.
[[nodiscard]] Status TakeFolder(const std::string& path, unsigned mode);

/// The agent's files alone, below `root`, for a program beside the agent. `pool` outlives it.
[[nodiscard]] std::unique_ptr<disk::Disk> MakeDisk(const std::string& root, BlockingPool& pool);
/// Names this boot of the machine. Blocks shortly.
[[nodiscard]] Result<std::string> ThisBoot();

/// Blocks shortly. The root is there, and locked.
[[nodiscard]] Result<Machine> MakeMachine(const AgentSettings& settings, const MachineBase& base);

/// Starts `assist-agent ARGUMENTS`, which outlives this process and of whose end nobody hears. Blocks shortly.
Status StartBeside(const std::string& program, const std::vector<std::string>& arguments);

/// Before anything else: what the system wants settled for an agent (control groups). Ok without them.
void SettleOnMachine(Log& log);

}  // namespace assist::agent::service
