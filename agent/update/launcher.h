// The first thing of `assist-agent run` of the installed program: which version is it to be? Nothing that goes wrong
// here keeps the installed program from running. One executor; the references outlive the call.
#pragma once

#include <string>
#include <vector>

#include "agent/disk/disk.h"
#include "agent/update/choose.h"
#include "agent/update/ports.h"

namespace assist::agent::update {

struct LaunchOptions {
  std::string installed_version;
  std::string boot_id;                   ///< Empty: the system does not tell.
  std::string program = "assist-agent";  ///< Name of the agent's program in a slot.
  SystemTime now{};
};

struct Launch {
  std::string slot;                ///< Empty: the installed program.
  bool trial = false;              ///< It has not proven itself yet: it is to WatchTrial().
  std::vector<std::string> notes;  ///< For the log, as warnings.
};

/// Decides, and makes durable what must be before the slot runs.
asio::awaitable<Launch> DecideLaunch(LaunchOptions options, disk::Disk& disk, GuardLock& guard);

/// This slot's program could not be started: the pointer goes back, if it still selects it and nobody else may change
/// it.
asio::awaitable<void> LeaveSlot(std::string slot, disk::Disk& disk, GuardLock& guard);

}  // namespace assist::agent::update
