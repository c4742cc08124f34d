#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "agent/control_group/control_group.h"
#include "common/posix/file.h"

namespace assist::agent::control_group {
namespace {

constexpr std::string_view kPrefix = "assist-";
constexpr std::string_view kAgentGroup = "agent";
constexpr std::size_t kMaxText = 256 * 1024;

/// Files of /proc and of groups tell no size.
std::string ReadText(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string out;
  if (!file) return out;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || out.size() > kMaxText) return out;
    out.append(piece.data(), static_cast<std::size_t>(got));
  }
}

/// One write: such a file takes its value whole.
bool Put(const std::string& path, std::string_view value) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

std::optional<std::uint64_t> Number(const std::string& path) {
  const std::string text = ReadText(path);
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  return std::strtoull(text.c_str(), nullptr, 10);
}

bool IsMarked(const std::string& folder) {
  for (const char* name : {"user.delegate", "trusted.delegate"}) {
    char value = 0;
    if (::getxattr(folder.c_str(), name, &value, 1) == 1 && value == '1') return true;
  }
  return false;
}

/// systemd owns every group that it has not given away by `Delegate=`. Without systemd who may write may make groups.
/// `notes`: the folder in which systemd marks what it gave away.
bool MayMakeGroupsIn(const std::string& folder, const std::string& notes) {
  if (folder.empty() || ::access(folder.c_str(), W_OK | X_OK) != 0) return false;
  struct stat info {};
  if (::stat("/run/systemd/system", &info) != 0) return true;
  return IsMarked(folder) || (!notes.empty() && IsMarked(notes));
}

bool HasWord(const std::string& text, std::string_view word) {
  std::size_t at = text.find(word);
  const auto ends = [&](std::size_t place) {
    return place >= text.size() || text[place] == ' ' || text[place] == '\n';
  };
  for (; at != std::string::npos; at = text.find(word, at + 1)) {
    if ((at == 0 || text[at - 1] == ' ') && ends(at + word.size())) return true;
  }
  return false;
}

/// The group in which the service's ones lie: that above `agent`, if this process is in there.
std::string BaseOf(const std::string& own) {
  const std::size_t slash = own.rfind('/');
  if (slash == std::string::npos || own.substr(slash + 1) != kAgentGroup) return own;
  return own.substr(0, slash);
}

/// Those of supervisors that were killed. One that lives has its group to itself, empty or not.
void RemoveLeftovers(const std::string& parent) {
  const Result<std::vector<std::string>> names = ListFolder(parent);
  if (!names) return;
  for (const std::string& name : *names) {
    if (!name.starts_with(kPrefix)) continue;
    const pid_t pid = std::atoi(name.c_str() + kPrefix.size());
    if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) ::rmdir((parent + "/" + name).c_str());
  }
}

}  // namespace

GroupFolders OwnGroupFolders() {
  return FindGroupFolders(ReadText("/proc/self/mountinfo"), ReadText("/proc/self/cgroup"));
}

ControlGroup ControlGroup::Make(const Wants& wants) {
  if (wants.memory_bytes == 0 && !wants.cpu) return {GroupFolders(), "", wants};
  return {OwnGroupFolders(), std::string(kPrefix) + std::to_string(::getpid()), wants};
}

ControlGroup::ControlGroup(const GroupFolders& folders, const std::string& name, const Wants& wants) {
  AddUnified(folders, name, wants);
  if (memory_.empty() && wants.memory_bytes > 0) AddMemory(folders, name, wants.memory_bytes);
  if (cpu_.empty() && wants.cpu && MayMakeGroupsIn(folders.cpu, folders.systemd) &&
      Add(folders.cpu, folders.cpu, name)) {
    cpu_ = groups_.back().folder;
  }
}

bool ControlGroup::Add(const std::string& parent, const std::string& home, const std::string& name) {
  RemoveLeftovers(parent);
  Group group;
  group.home = home;
  group.folder = parent + "/" + name;
  if (::mkdir(group.folder.c_str(), 0755) != 0 && errno != EEXIST) return false;
  group.processes.Reset(::open((group.folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  if (!group.processes) {
    ::rmdir(group.folder.c_str());
    return false;
  }
  groups_.push_back(std::move(group));
  return true;
}

/// Only where the controller is handed down already: this process is inside, and may not change that.
void ControlGroup::AddUnified(const GroupFolders& folders, const std::string& name, const Wants& wants) {
  if (folders.unified.empty()) return;
  const std::string base = BaseOf(folders.unified);
  if (!HasWord(ReadText(base + "/cgroup.subtree_control"), "memory") || !MayMakeGroupsIn(base, {})) return;
  if (!Add(base, folders.unified, name)) return;
  const std::string& folder = groups_.back().folder;
  if (wants.cpu && NumberOf(ReadText(folder + "/cpu.stat"), "usage_usec") >= 0) {
    cpu_ = folder;
    cpu_unified_ = true;
  }
  if (wants.memory_bytes == 0 || NumberOf(ReadText(folder + "/memory.events"), "oom_kill") < 0) return;
  if (!Put(folder + "/memory.max", std::to_string(wants.memory_bytes))) return;
  memory_ = folder;
  memory_unified_ = true;
  wall_ = wants.memory_bytes;
}

/// A wall whose work cannot be told of is none: kernels before 4.13 do not count what they end.
void ControlGroup::AddMemory(const GroupFolders& folders, const std::string& name, std::uint64_t wall) {
  if (!MayMakeGroupsIn(folders.memory, folders.systemd) || !Add(folders.memory, folders.memory, name)) return;
  const std::string& folder = groups_.back().folder;
  if (NumberOf(ReadText(folder + "/memory.oom_control"), "oom_kill") < 0) return;
  if (!Put(folder + "/memory.limit_in_bytes", std::to_string(wall))) return;
  // With swap, where that is accounted; else the supervisor sees what was swapped out when it looks.
  (void)Put(folder + "/memory.memsw.limit_in_bytes", std::to_string(wall));
  memory_ = folder;
  wall_ = wall;
}

bool ControlGroup::Enter() const noexcept {
  bool all = true;
  for (const Group& group : groups_) all = ::write(group.processes.get(), "0", 1) == 1 && all;
  return all;
}

std::optional<std::chrono::microseconds> ControlGroup::CpuTime() const {
  if (cpu_.empty()) return std::nullopt;
  if (!cpu_unified_) {
    const auto nanoseconds = Number(cpu_ + "/cpuacct.usage");
    return nanoseconds ? std::optional(std::chrono::microseconds(*nanoseconds / 1000)) : std::nullopt;
  }
  const long long used = NumberOf(ReadText(cpu_ + "/cpu.stat"), "usage_usec");
  return used < 0 ? std::nullopt : std::optional(std::chrono::microseconds(used));
}

/// The kernel counts also what it ends when the whole machine is out of memory: that is no fault of the group's.
std::optional<std::uint64_t> ControlGroup::MemoryAtWall() const {
  constexpr std::uint64_t kBatch = 256 * 1024;  // it takes memory for a group in batches
  if (memory_.empty()) return std::nullopt;
  if (memory_unified_) {
    const std::string told = ReadText(memory_ + "/memory.events");
    if (NumberOf(told, "oom_kill") <= 0 || NumberOf(told, "oom") <= 0) return std::nullopt;
    return Number(memory_ + "/memory.peak").value_or(wall_);
  }
  if (NumberOf(ReadText(memory_ + "/memory.oom_control"), "oom_kill") <= 0) return std::nullopt;
  const std::uint64_t most = Number(memory_ + "/memory.max_usage_in_bytes").value_or(0);
  return most + kBatch >= wall_ ? std::optional(most) : std::nullopt;
}

void ControlGroup::Close() {
  for (Group& group : groups_) {
    group.processes.Reset();
    // A daemon may start processes while they are moved.
    for (int round = 0; round < 100 && ::rmdir(group.folder.c_str()) != 0 && errno == EBUSY; ++round) {
      const std::string pids = ReadText(group.folder + "/cgroup.procs");
      for (std::size_t at = 0; at < pids.size();) {
        const std::size_t end = std::min(pids.find('\n', at), pids.size());
        (void)Put(group.home + "/cgroup.procs", std::string_view(pids).substr(at, end - at));
        at = end + 1;
      }
    }
  }
  groups_.clear();
  memory_.clear();
  cpu_.clear();
}

bool SettleAgent(const GroupFolders& folders) {
  const std::string& own = folders.unified;
  if (own.empty() || !HasWord(ReadText(own + "/cgroup.controllers"), "memory")) return false;
  if (BaseOf(own) == own) {
    if (!MayMakeGroupsIn(own, {})) return false;
    if (HasWord(ReadText(own + "/cgroup.subtree_control"), "memory")) return true;
    // Somebody else in there would keep the controller from being handed down.
    if (ReadText(own + "/cgroup.procs") != std::to_string(::getpid()) + "\n") return false;
    const std::string agent = own + "/" + std::string(kAgentGroup);
    if (::mkdir(agent.c_str(), 0755) != 0 && errno != EEXIST) return false;
    if (!Put(agent + "/cgroup.procs", "0")) return false;
  }
  const std::string base = BaseOf(own);
  return HasWord(ReadText(base + "/cgroup.subtree_control"), "memory") ||
         Put(base + "/cgroup.subtree_control", "+memory");
}

}  // namespace assist::agent::control_group
