// Where this process's control groups lie, read from what the kernel says (cgroups(7)). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace assist::agent::control_group {

/// Folders of one process's groups; empty where there is none, or where it cannot be seen from here.
struct GroupFolders {
  std::string unified;  ///< Version 2.
  std::string memory;   ///< Version 1, as those below.
  std::string cpu;      ///< Of the controller cpuacct.
  std::string systemd;  ///< The hierarchy without a controller, in which systemd keeps its notes.
};

/// `mounts`: /proc/self/mountinfo (proc(5)). `groups`: /proc/self/cgroup.
[[nodiscard]] GroupFolders FindGroupFolders(std::string_view mounts, std::string_view groups);

/// The number behind `name` in a file of lines "name number": memory.oom_control, memory.events, cpu.stat. −1: no such
/// line.
[[nodiscard]] long long NumberOf(std::string_view text, std::string_view name);

}  // namespace assist::agent::control_group
