#include "sim/program/workers.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <new>
#include <type_traits>

#include "common/base/check.h"

namespace assist::sim::program {
namespace {

/// What a process has done so far, where its parent sees it.
struct Slip {
  std::uint64_t at = 0;
  Totals totals;
};
static_assert(std::is_trivially_copyable_v<Slip>);

void Work(Slip& slip, std::uint64_t first, std::uint64_t runs, unsigned step,
          const std::function<run::Outcome(std::uint64_t)>& play) {
  for (std::uint64_t number = first; number < runs; number += step) {
    slip.at = number;
    slip.totals.Add(play(number));
  }
}

}  // namespace

void Totals::Add(const run::Outcome& outcome) {
  ++runs;
  if (!outcome.breaches.empty()) ++failed;
  counts.Add(outcome.counts);
}

void Totals::Add(const Totals& other) {
  runs += other.runs;
  failed += other.failed;
  counts.Add(other.counts);
}

Totals PlayAll(std::uint64_t runs, unsigned jobs, const std::function<run::Outcome(std::uint64_t)>& play) {
  jobs = static_cast<unsigned>(std::clamp<std::uint64_t>(jobs, 1, std::max<std::uint64_t>(1, runs)));
  if (jobs == 1) {
    Slip slip;
    Work(slip, 0, runs, 1, play);
    return slip.totals;
  }
  void* const memory = mmap(nullptr, jobs * sizeof(Slip), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSIST_CHECK(memory != MAP_FAILED);
  auto* const slips = static_cast<Slip*>(memory);
  std::vector<pid_t> workers;
  std::fflush(stdout);
  for (unsigned job = 0; job < jobs; ++job) {
    new (&slips[job]) Slip;
    const pid_t child = fork();
    ASSIST_CHECK(child >= 0);
    if (child == 0) {
      Work(slips[job], job, runs, jobs, play);
      std::fflush(stdout);
      _exit(0);
    }
    workers.push_back(child);
  }
  Totals totals;
  for (unsigned job = 0; job < jobs; ++job) {
    int status = 0;
    waitpid(workers[job], &status, 0);
    totals.Add(slips[job].totals);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
    ++totals.runs;
    ++totals.failed;
    std::printf("FAILED run %llu: the process died (status %d)\n", static_cast<unsigned long long>(slips[job].at),
                status);
  }
  munmap(memory, jobs * sizeof(Slip));
  return totals;
}

}  // namespace assist::sim::program
