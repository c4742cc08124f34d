#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
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

/// proc(5): pid (comm) state ppid … starttime is field 22. The name may hold anything, so count from its last bracket.
bool ReadStat(pid_t pid, Process& out) {
  std::array<char, 64> path{};
  std::array<char, 1024> text{};
  char* at = path.data();
  at = static_cast<char*>(std::memcpy(at, "/proc/", 6)) + 6;
  std::array<char, 16> digits{};
  std::size_t count = 0;
  for (pid_t rest = pid; rest > 0; rest /= 10) digits[count++] = static_cast<char>('0' + rest % 10);
  while (count > 0) *at++ = digits[--count];
  std::memcpy(at, "/stat", 6);
  const UniqueFd file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  const ssize_t got = ::read(file.get(), text.data(), text.size() - 1);
  if (got <= 0) return false;
  const char* field = std::strrchr(text.data(), ')');
  if (field == nullptr || field[1] == '\0') return false;
  field += 2;
  out.pid = pid;
  out.dead = *field == 'Z' || *field == 'X';
  char* next = nullptr;
  out.parent = static_cast<pid_t>(std::strtol(field + 1, &next, 10));
  field = next;
  for (int number = 5; number < 22; ++number) {
    std::strtoll(field, &next, 10);
    if (next == field) return false;
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

}  // namespace

bool BecomeSubreaper() { return ::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0; }

int KillDescendants() {
  std::vector<Process> all = AllProcesses();
  const pid_t self = ::getpid();
  for (bool grew = true; grew;) {
    grew = false;
    for (Process& process : all) {
      if (process.below || process.pid == self) continue;
      bool below = process.parent == self;
      for (const Process& other : all) below = below || (other.below && other.pid == process.parent);
      if (below) process.below = grew = true;
    }
  }
  int found = 0;
  for (const Process& process : all) {
    if (!process.below || process.dead) continue;
    Process now;
    if (!ReadStat(process.pid, now) || now.begun != process.begun || now.dead) continue;
    if (::kill(process.pid, SIGKILL) == 0) ++found;
  }
  return found;
}

}  // namespace assist::agent::supervisor
