#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/supervisor/program/process_tree.h"
#include "common/posix/unique_fd.h"

namespace assist::agent::supervisor {
namespace {

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  unsigned long long begun = 0;  ///< Clock ticks since boot: tells a reused pid from the process that was seen.
  bool dead = false;             ///< Zombie or gone: nothing to end.
  bool below = false;
};

using Text = std::array<char, 2048>;

/// The beginning of /proc/`pid`/`name`, with a zero behind; empty when it cannot be read.
std::string_view ReadProc(pid_t pid, std::string_view name, Text& text) {
  std::array<char, 64> path{};
  std::array<char, 16> digits{};
  char* at = std::copy_n("/proc/", 6, path.data());
  std::size_t count = 0;
  for (pid_t rest = pid; rest > 0; rest /= 10) digits[count++] = static_cast<char>('0' + rest % 10);
  while (count > 0) *at++ = digits[--count];
  *at++ = '/';
  at = std::copy(name.begin(), name.end(), at);
  *at = '\0';
  const UniqueFd file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  std::size_t have = 0;
  while (have < text.size() - 1) {
    const ssize_t got = ::read(file.get(), text.data() + have, text.size() - 1 - have);
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  text[have] = '\0';
  return {text.data(), have};
}

/// proc(5): pid (comm) state ppid … utime, stime, cutime and cstime are the fields 14 to 17, starttime is field 22. The
/// name may hold anything, so count from its last bracket. `ticks`: the sum of the four times.
bool ReadStat(pid_t pid, Process& out, unsigned long long* ticks = nullptr) {
  Text text;
  if (ReadProc(pid, "stat", text).empty()) return false;
  const char* field = std::strrchr(text.data(), ')');
  if (field == nullptr || field[1] == '\0') return false;
  field += 2;
  out.pid = pid;
  out.dead = *field == 'Z' || *field == 'X';
  char* next = nullptr;
  out.parent = static_cast<pid_t>(std::strtol(field + 1, &next, 10));
  field = next;
  for (int number = 5; number < 22; ++number) {
    const long long value = std::strtoll(field, &next, 10);
    if (next == field) return false;
    if (ticks != nullptr && number >= 14 && number <= 17) *ticks += static_cast<unsigned long long>(value);
    field = next;
  }
  out.begun = std::strtoull(field, &next, 10);
  return next != field;
}

std::vector<Process> AllProcesses() {
  std::vector<Process> all;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), ::closedir);
  if (!folder) return all;
  while (const dirent* entry = ::readdir(folder.get())) {
    char* end = nullptr;
    const long pid = std::strtol(entry->d_name, &end, 10);
    Process process;
    if (pid > 0 && *end == '\0' && ReadStat(static_cast<pid_t>(pid), process)) all.push_back(process);
  }
  return all;
}

/// Those that descend from this process, dead ones among them.
std::vector<Process> Descendants() {
  std::vector<Process> all = AllProcesses();
  const auto by_pid = [](const Process& a, const Process& b) { return a.pid < b.pid; };
  std::sort(all.begin(), all.end(), by_pid);
  const pid_t self = ::getpid();
  for (bool grew = true; grew;) {
    grew = false;
    for (Process& process : all) {
      if (process.below || process.pid == self) continue;
      Process parent;
      parent.pid = process.parent;
      const auto found = std::lower_bound(all.begin(), all.end(), parent, by_pid);
      const bool below = process.parent == self || (found != all.end() && found->pid == parent.pid && found->below);
      if (below) process.below = grew = true;
    }
  }
  std::erase_if(all, [](const Process& process) { return !process.below; });
  return all;
}

/// The kB behind `name` at the start of a line.
std::optional<std::uint64_t> Kilobytes(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    return std::strtoull(text.data() + at + name.size(), nullptr, 10);
  }
  return std::nullopt;
}

/// What it holds at most, shared memory whole.
std::uint64_t HeldBy(pid_t pid) {
  Text text;
  const std::string_view status = ReadProc(pid, "status", text);
  const std::uint64_t swapped = Kilobytes(status, "VmSwap:").value_or(0);
  const auto anonymous = Kilobytes(status, "RssAnon:");
  const std::uint64_t resident =
      anonymous ? *anonymous + Kilobytes(status, "RssShmem:").value_or(0) : Kilobytes(status, "VmRSS:").value_or(0);
  return (resident + swapped) * 1024;
}

/// With its share of what it shares; where the system does not tell, what it holds at most.
std::uint64_t ShareOf(pid_t pid) {
  Text text;
  const std::string_view rollup = ReadProc(pid, "smaps_rollup", text);
  const auto anonymous = Kilobytes(rollup, "Pss_Anon:");
  if (!anonymous) return HeldBy(pid);
  return (*anonymous + Kilobytes(rollup, "Pss_Shmem:").value_or(0) + Kilobytes(rollup, "SwapPss:").value_or(0)) * 1024;
}

/// Two processes in one memory, as between vfork and exec.
bool IsOneMemory(pid_t a, pid_t b) {
#if defined(__NR_kcmp)
  constexpr int kVm = 1;
  return ::syscall(__NR_kcmp, a, b, kVm, 0, 0) == 0;
#else
  static_cast<void>(a);
  static_cast<void>(b);
  return false;
#endif
}

std::uint64_t SharesOf(const std::vector<Process>& below) {
  std::uint64_t sum = 0;
  for (const Process& process : below) {
    if (!process.dead && !IsOneMemory(process.pid, process.parent)) sum += ShareOf(process.pid);
  }
  return sum;
}

}  // namespace

bool BecomeSubreaper() { return ::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0; }

int KillDescendants() {
  int found = 0;
  for (const Process& process : Descendants()) {
    if (process.dead) continue;
    Process now;
    if (!ReadStat(process.pid, now) || now.begun != process.begun || now.dead) continue;
    if (::kill(process.pid, SIGKILL) == 0) ++found;
  }
  return found;
}

Usage MeasureDescendants(const Budgets& budgets) {
  Usage usage;
  const std::vector<Process> below = Descendants();
  unsigned long long ticks = 0;
  for (const Process& process : below) {
    Process now;
    unsigned long long its = 0;
    if (!ReadStat(process.pid, now, &its) || now.begun != process.begun) continue;
    ticks += its;
    if (now.dead) continue;
    ++usage.processes;
    if (budgets.memory_bytes > 0) usage.memory_bytes += HeldBy(process.pid);
  }
  usage.cpu = std::chrono::microseconds(ticks * 1'000'000 / static_cast<unsigned long long>(::sysconf(_SC_CLK_TCK)));
  // Twice: while the first one was read, one process may have passed its memory on to another.
  for (int look = 0; look < 2 && budgets.memory_bytes > 0 && usage.memory_bytes > budgets.memory_bytes; ++look) {
    usage.memory_bytes = std::min(usage.memory_bytes, SharesOf(below));
  }
  return usage;
}

}  // namespace assist::agent::supervisor
