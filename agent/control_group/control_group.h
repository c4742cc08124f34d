// A control group for one script, made beside those of its supervisor: a wall of the kernel for memory, and an exact
// account of CPU time. Only where groups may be made (delegated by systemd, or nobody's); where they may not, there is
// none, and budgets are kept by looking alone (docs/budgets.md). Linux, cgroups(7), versions 1 and 2. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/control_group/group_folders.h"
#include "common/posix/unique_fd.h"

namespace assist::agent::control_group {

/// What of a control group is asked for.
struct Wants {
  std::uint64_t memory_bytes = 0;  ///< The wall; 0: none.
  bool cpu = false;                ///< The account.
};

class ControlGroup {
 public:
  /// Groups named `name` in `folders`, those of the process that asks. A group for what cannot be had is left out; what
  /// earlier supervisors left empty is removed.
  ControlGroup(const GroupFolders& folders, const std::string& name, const Wants& wants);
  /// That of this process, as /proc says.
  static ControlGroup Make(const Wants& wants);
  ControlGroup(ControlGroup&&) = default;
  ControlGroup& operator=(ControlGroup&&) = delete;

  /// Puts the calling process, with all that it will start, into the groups. After fork, before the account changes:
  /// allocates nothing. False: it is not in all of them.
  [[nodiscard]] bool Enter() const noexcept;

  /// A wall stands.
  [[nodiscard]] bool walled() const noexcept { return !memory_.empty(); }
  /// Used by all that ever was in the group. Absent: not accounted.
  [[nodiscard]] std::optional<std::chrono::microseconds> CpuTime() const;
  /// The most memory the group held, when the kernel had to end one of its processes because that was the wall.
  [[nodiscard]] std::optional<std::uint64_t> MemoryAtWall() const;

  /// Moves what still runs there back to the supervisor's groups, without bounds, and removes them.
  void Close();

 private:
  struct Group {
    std::string home;  ///< Group of the supervisor.
    std::string folder;
    UniqueFd processes;  ///< Open for Enter().
  };
  [[nodiscard]] bool Add(const std::string& parent, const std::string& home, const std::string& name);
  void AddUnified(const GroupFolders& folders, const std::string& name, const Wants& wants);
  void AddMemory(const GroupFolders& folders, const std::string& name, std::uint64_t wall);

  std::vector<Group> groups_;
  std::string memory_;           ///< Folder in which the wall stands; empty: none.
  bool memory_unified_ = false;  ///< It is of version 2.
  std::string cpu_;              ///< Folder of the account; empty: none.
  bool cpu_unified_ = false;
  std::uint64_t wall_ = 0;
};

/// Moves this process, an agent that has its service's group to itself, one group down (`agent`), so that version 2
/// lets groups for scripts be made beside it. Does nothing where groups may not be made, or need not be moved for.
/// True: they can be made now.
bool SettleAgent(const GroupFolders& folders);

/// Groups of this process now. Blocks shortly.
[[nodiscard]] GroupFolders OwnGroupFolders();

}  // namespace assist::agent::control_group
