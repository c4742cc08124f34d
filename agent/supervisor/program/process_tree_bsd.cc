// FreeBSD: the reaper of procctl(2) is told all its descendants by the kernel, and ends them in one call. Compiled here
// against test/freebsd/include; run on no FreeBSD yet (docs/platforms.md).
#include <sys/types.h>
// <sys/types.h> comes first, as these want it.
#include <signal.h>
#include <sys/procctl.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "agent/supervisor/program/process_tree.h"

namespace assist::agent::supervisor {
namespace {

std::chrono::microseconds Microseconds(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

/// Ids of all that descend from this process, dead ones among them; empty when it is no reaper.
std::vector<pid_t> Descendants() {
  std::vector<pid_t> found;
  procctl_reaper_status status{};
  if (::procctl(P_PID, ::getpid(), PROC_REAP_STATUS, &status) != 0) return found;
  // More may come up between the two calls: what does not fit is seen at the next look.
  std::vector<procctl_reaper_pidinfo> infos(status.rs_descendants + 64);
  procctl_reaper_pids pids{};
  pids.rp_count = static_cast<u_int>(infos.size());
  pids.rp_pids = infos.data();
  if (::procctl(P_PID, ::getpid(), PROC_REAP_GETPIDS, &pids) != 0) return found;
  for (const procctl_reaper_pidinfo& info : infos) {
    if ((info.pi_flags & REAPER_PIDINFO_VALID) == 0) break;
    found.push_back(info.pi_pid);
  }
  return found;
}

/// False: gone meanwhile.
bool Look(pid_t pid, kinfo_proc& out) {
  const std::array<int, 4> name = {CTL_KERN, KERN_PROC, KERN_PROC_PID, pid};
  std::size_t size = sizeof out;
  return ::sysctl(name.data(), static_cast<u_int>(name.size()), &out, &size, nullptr, 0) == 0 && size == sizeof out &&
         out.ki_pid == pid;
}

int CountLiving() {
  int living = 0;
  kinfo_proc process{};
  for (const pid_t pid : Descendants()) {
    if (Look(pid, process) && process.ki_stat != SZOMB) ++living;
  }
  return living;
}

}  // namespace

bool BecomeSubreaper() {
  // EBUSY: it is one already.
  return ::procctl(P_PID, ::getpid(), PROC_REAP_ACQUIRE, nullptr) == 0 || errno == EBUSY;
}

int KillDescendants() {
  const int living = CountLiving();
  if (living == 0) return 0;
  procctl_reaper_kill order{};
  order.rk_sig = SIGKILL;
  // ESRCH: all of them have just ended. Whether others came up is seen at the next call, which must find none.
  static_cast<void>(::procctl(P_PID, ::getpid(), PROC_REAP_KILL, &order));
  return living;
}

Usage MeasureDescendants(const Budgets& budgets) {
  Usage usage;
  const auto page = static_cast<std::uint64_t>(::getpagesize());
  kinfo_proc process{};
  for (const pid_t pid : Descendants()) {
    if (!Look(pid, process)) continue;
    usage.cpu += std::chrono::microseconds(process.ki_runtime);
    usage.cpu += Microseconds(process.ki_rusage_ch.ru_utime) + Microseconds(process.ki_rusage_ch.ru_stime);
    if (process.ki_stat == SZOMB) continue;
    ++usage.processes;
    // Resident pages, shared ones with each that has them: an upper bound, the system tells no shares.
    if (budgets.memory_bytes > 0) usage.memory_bytes += static_cast<std::uint64_t>(process.ki_rssize) * page;
  }
  return usage;
}

}  // namespace assist::agent::supervisor
