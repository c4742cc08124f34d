// assist-sim: runs worlds by their seeds, prints what went wrong.
//   assist-sim --seed N [--trace]       one world, with its story
//   assist-sim --runs N [--first S]     worlds S to S+N-1; the seeds that failed are printed
//   assist-sim --schedules …            the same for schedules on one machine
//   assist-sim --sweep N [--every K]    one quiet world, with a crash of each kind before each (each K-th) of its steps
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "sim/run/scenario.h"
#include "sim/run/schedule_scenario.h"

namespace {

namespace run = assist::sim::run;

struct Totals {
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;
  run::Counts counts;

  void Add(const run::Outcome& outcome) {
    ++runs;
    if (!outcome.breaches.empty()) ++failed;
    counts.steps += outcome.counts.steps;
    counts.tasks += outcome.counts.tasks;
    counts.starts += outcome.counts.starts;
    counts.unknown += outcome.counts.unknown;
    for (int i = 0; i < run::kCrashKinds; ++i) counts.crashes[i] += outcome.counts.crashes[i];
    counts.effect_crashes += outcome.counts.effect_crashes;
    counts.disk_troubles += outcome.counts.disk_troubles;
  }
  void Print(double seconds) const {
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf("%llu runs, %llu failed; %.1f s, %.0f runs/s, %llu steps\n", number(runs), number(failed), seconds,
                static_cast<double>(runs) / seconds, number(counts.steps));
    std::printf("%llu tasks, %llu starts, %llu unknown\n", number(counts.tasks), number(counts.starts),
                number(counts.unknown));
    for (int i = 0; i < run::kCrashKinds; ++i) {
      std::printf("%llu crashes of %s\n", number(counts.crashes[i]),
                  std::string(run::Name(static_cast<run::Crash>(i))).c_str());
    }
    std::printf("%llu crashes inside the store's work, %llu disk troubles\n", number(counts.effect_crashes),
                number(counts.disk_troubles));
  }
};

void PrintBreaches(const run::Outcome& outcome, const std::string& what) {
  for (const auto& breach : outcome.breaches) std::printf("FAILED %s: %s\n", what.c_str(), breach.c_str());
  std::fflush(stdout);
}

int RunOne(std::uint64_t seed, bool trace) {
  std::function<void(const std::string&)> tell;
  if (trace) tell = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
  const run::Outcome outcome = run::Play(run::MakePlan(seed), tell);
  PrintBreaches(outcome, "seed " + std::to_string(seed));
  std::printf("seed %llu: %s, %llu steps, trace %016llx\n", static_cast<unsigned long long>(seed),
              outcome.breaches.empty() ? "kept every promise" : "failed",
              static_cast<unsigned long long>(outcome.counts.steps),
              static_cast<unsigned long long>(outcome.trace_hash));
  return outcome.breaches.empty() ? 0 : 1;
}

int RunMany(std::uint64_t first, std::uint64_t runs, Totals& totals) {
  for (std::uint64_t seed = first; seed < first + runs; ++seed) {
    const run::Outcome outcome = run::Play(run::MakePlan(seed));
    PrintBreaches(outcome, "seed " + std::to_string(seed));
    totals.Add(outcome);
  }
  return totals.failed == 0 ? 0 : 1;
}

/// Each step of a run in which nothing else goes wrong is a place where each kind of crash falls once.
int Sweep(std::uint64_t seed, std::uint64_t every, Totals& totals) {
  const run::Plan quiet = run::MakeQuietPlan(seed);
  const run::Outcome whole = run::Play(quiet);
  PrintBreaches(whole, "quiet seed " + std::to_string(seed));
  totals.Add(whole);
  for (std::uint64_t step = 0; step < whole.counts.steps; step += every) {
    for (int kind = 0; kind < run::kCrashKinds; ++kind) {
      run::Plan plan = quiet;
      plan.crashes.push_back({step, static_cast<run::Crash>(kind)});
      const run::Outcome outcome = run::Play(plan);
      PrintBreaches(outcome, "quiet seed " + std::to_string(seed) + ", crash of " +
                                 std::string(run::Name(static_cast<run::Crash>(kind))) + " before step " +
                                 std::to_string(step));
      totals.Add(outcome);
    }
  }
  return totals.failed == 0 ? 0 : 1;
}

int PlayAndTell(std::uint64_t seed, bool trace, run::ScheduleCounts& counts) {
  std::function<void(const std::string&)> tell;
  if (trace) tell = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
  const run::ScheduleOutcome outcome = run::PlaySchedules(seed, {}, std::move(tell));
  for (const auto& breach : outcome.breaches) {
    std::printf("FAILED seed %llu: %s\n", static_cast<unsigned long long>(seed), breach.c_str());
  }
  std::fflush(stdout);
  counts.steps += outcome.counts.steps;
  counts.runs += outcome.counts.runs;
  counts.missed += outcome.counts.missed;
  counts.unknown += outcome.counts.unknown;
  counts.crashes += outcome.counts.crashes;
  counts.clock_steps += outcome.counts.clock_steps;
  counts.disk_troubles += outcome.counts.disk_troubles;
  counts.rotten_bits += outcome.counts.rotten_bits;
  return outcome.breaches.empty() ? 0 : 1;
}

int RunSchedules(std::uint64_t first, std::uint64_t runs, bool trace) {
  run::ScheduleCounts counts;
  int failed = 0;
  for (std::uint64_t seed = first; seed < first + runs; ++seed) failed += PlayAndTell(seed, trace, counts);
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      "%llu runs, %d failed; %llu steps, %llu occurrences ran, %llu reports of missed ones (%llu after damage)\n",
      number(runs), failed, number(counts.steps), number(counts.runs), number(counts.missed), number(counts.unknown));
  std::printf("%llu crashes, %llu clocks set, %llu disk troubles, %llu rotten bits\n", number(counts.crashes),
              number(counts.clock_steps), number(counts.disk_troubles), number(counts.rotten_bits));
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs the server's and the agent's code in simulated worlds of faults, and checks the promises."};
  std::uint64_t seed = 0;
  std::uint64_t runs = 0;
  std::uint64_t first = 1;
  std::uint64_t sweep = 0;
  std::uint64_t every = 1;
  bool trace = false;
  bool schedules = false;
  auto* schedules_flag = app.add_flag("--schedules", schedules, "Schedules on one machine");
  auto* one = app.add_option("--seed", seed, "Run this world, once");
  app.add_flag("--trace", trace, "Print its story")->needs(one);
  auto* many = app.add_option("--runs", runs, "Run so many worlds");
  app.add_option("--first", first, "The first of them")->needs(many);
  auto* all = app.add_option("--sweep", sweep, "Crash each kind of thing before each step of this quiet world");
  app.add_option("--every", every, "Only before each K-th step")->needs(all)->check(CLI::PositiveNumber);
  one->excludes(many)->excludes(all);
  many->excludes(all);
  all->excludes(schedules_flag);
  CLI11_PARSE(app, argc, argv);
  if (schedules) {
    return one->count() > 0 ? RunSchedules(seed, 1, trace) : RunSchedules(first, many->count() > 0 ? runs : 300, false);
  }
  if (one->count() > 0) return RunOne(seed, trace);
  Totals totals;
  const auto start = std::chrono::steady_clock::now();
  const int code =
      all->count() > 0 ? Sweep(sweep, every, totals) : RunMany(first, many->count() > 0 ? runs : 1000, totals);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  totals.Print(took.count());
  return code;
}
