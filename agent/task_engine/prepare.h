// From a task's entry to a folder that a supervisor can be started in. One executor; nothing is started here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/containers/container_host.h"
#include "agent/disk/disk.h"
#include "agent/process/process_host.h"
#include "agent/supervisor/spec.h"
#include "agent/task_engine/outcome.h"
#include "agent/task_engine/script.h"
#include "protocol/wire/task.h"

namespace assist::agent::task_engine {

namespace asio = boost::asio;

/// An entry that passed every check (agent-protocol.md, 10.2), with what the checks found out.
struct Checked {
  std::string script;       ///< Decoded, parameters filled in; of a container's task the order to assist-container.
  std::string script_name;  ///< Of the file.
  std::string directory;    ///< Absolute; exists.
  process::Account account;
  std::string interpreter;  ///< Absolute path of PowerShell, when the task is for it; on Windows that of any script's.
  std::uint32_t code_page = 0;  ///< Windows: for supervisor::Spec::console_code_page.
  std::string client;           ///< Absolute path of assist-container, when the task is for a container.
};
/// Else how the task ends: kInvalid or kError.
using Check = tl::expected<Checked, Outcome>;

/// The checks of a `test` entry and of every start. `containers`: null when there is nobody who knows of any.
asio::awaitable<Check> CheckEntry(const wire::TaskEntry& entry, process::ProcessHost& processes,
                                  containers::ContainerHost* containers);

struct PrepareOptions {
  std::uint64_t output_cap = 0;
  std::uint64_t ticket = 0;
};
/// What the supervisor is told. Pure but for the names asked of `processes`.
[[nodiscard]] supervisor::Spec MakeSpec(const wire::TaskEntry& entry, const Checked& checked, const std::string& folder,
                                        const PrepareOptions& options, const process::ProcessHost& processes);

/// Writes folder, script and spec; nothing is synced, since after a power cut nothing is started from them. May be
/// repeated.
asio::awaitable<Status> WriteTaskFolder(const supervisor::Spec& spec, const Checked& checked, std::string folder,
                                        disk::Disk& disk);

}  // namespace assist::agent::task_engine
