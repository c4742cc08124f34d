// assist-sim: runs worlds by their seeds, prints what went wrong.
//   assist-sim --seed N [--trace]       one world, with its story
//   assist-sim --runs N [--first S] [--jobs J]   worlds S to S+N-1 in J processes; the seeds that failed are printed
//   assist-sim --runs N --without WHAT   the same without a safeguard of the programs: seeds are to fail
//   assist-sim --schedules …            the same for schedules on one machine
//   assist-sim --updates …              the same for updates of the agent on one machine
//   assist-sim --sweep N [--every K]    one quiet world, with a crash of each kind before each (each K-th) of its steps
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <map>
#include <string>

#include "sim/program/workers.h"
#include "sim/run/scenario.h"
#include "sim/run/schedule_scenario.h"
#include "sim/update/update_scenario.h"

namespace {

namespace run = assist::sim::run;

using assist::sim::program::PlayAll;
using assist::sim::program::Totals;

unsigned long long Number(std::uint64_t value) { return static_cast<unsigned long long>(value); }

void Print(const Totals& totals, double seconds) {
  const run::Counts& counts = totals.counts;
  std::printf("%llu runs, %llu failed; %.1f s, %.0f runs/s, %llu steps\n", Number(totals.runs), Number(totals.failed),
              seconds, static_cast<double>(totals.runs) / seconds, Number(counts.steps));
  std::printf("%llu machines, %llu tasks, %llu starts, %llu ended unknown\n", Number(counts.machines),
              Number(counts.tasks), Number(counts.starts), Number(counts.unknown));
  std::uint64_t faults = counts.effect_crashes + counts.disk_troubles;
  for (int i = 0; i < run::kFaultKinds; ++i) {
    faults += counts.faults[i];
    std::printf("%8llu  %s\n", Number(counts.faults[i]), std::string(run::Name(static_cast<run::Fault>(i))).c_str());
  }
  std::printf("%8llu  the server ends inside its store's work\n", Number(counts.effect_crashes));
  std::printf("%8llu  a call to a disk fails\n", Number(counts.disk_troubles));
  std::printf(
      "%llu faults beside those of the links; %llu times the server said that its store was an older copy, in "
      "%llu worlds it showed two agents with one identity\n",
      Number(faults), Number(counts.older_stores_noted), Number(counts.duplicates_shown));
}

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

/// What --without takes away.
const std::map<std::string, bool run::Switches::*> kSeams = {
    {"agent-sync", &run::Switches::agent_sync_off},      {"store-sync", &run::Switches::store_sync_off},
    {"commit-first", &run::Switches::acknowledge_first}, {"duplicate-check", &run::Switches::duplicate_check_off},
    {"offset-check", &run::Switches::offset_check_off},  {"delivery-number", &run::Switches::delivery_number_off},
};

Totals RunMany(std::uint64_t first, std::uint64_t runs, unsigned jobs, bool run::Switches::*seam) {
  return PlayAll(runs, jobs, [first, seam](std::uint64_t number) {
    const std::uint64_t seed = first + number;
    run::Plan plan = run::MakePlan(seed);
    if (seam != nullptr) plan.switches.*seam = true;
    run::Outcome outcome = run::Play(plan);
    PrintBreaches(outcome, "seed " + std::to_string(seed));
    return outcome;
  });
}

/// Each step of a run in which nothing else goes wrong is a place where each kind of crash falls once.
Totals Sweep(std::uint64_t seed, std::uint64_t every, unsigned jobs) {
  constexpr std::uint64_t kCrashes = 5;
  const run::Plan quiet = run::MakeQuietPlan(seed);
  const run::Outcome whole = run::Play(quiet);
  PrintBreaches(whole, "quiet seed " + std::to_string(seed));
  const std::uint64_t places = (whole.counts.steps + every - 1) / every;
  Totals totals = PlayAll(places * kCrashes, jobs, [&](std::uint64_t number) {
    run::Plan plan = quiet;
    run::FaultAt fault;
    fault.step = number / kCrashes * every;
    fault.what = static_cast<run::Fault>(number % kCrashes);
    plan.faults.push_back(fault);
    run::Outcome outcome = run::Play(plan);
    PrintBreaches(outcome, "quiet seed " + std::to_string(seed) + ", before step " + std::to_string(fault.step) + ": " +
                               std::string(run::Name(fault.what)));
    return outcome;
  });
  totals.Add(whole);
  return totals;
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
  std::printf(
      "%llu runs, %d failed; %llu steps, %llu occurrences ran, %llu reports of missed ones (%llu after damage)\n",
      Number(runs), failed, Number(counts.steps), Number(counts.runs), Number(counts.missed), Number(counts.unknown));
  std::printf("%llu crashes, %llu clocks set, %llu disk troubles, %llu rotten bits\n", Number(counts.crashes),
              Number(counts.clock_steps), Number(counts.disk_troubles), Number(counts.rotten_bits));
  return failed == 0 ? 0 : 1;
}

int RunUpdates(std::uint64_t first, std::uint64_t runs, bool trace) {
  namespace update = assist::sim::update;
  update::Tell tell;
  if (trace) tell = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
  update::UpdateCounts counts;
  int failed = 0;
  for (std::uint64_t seed = first; seed < first + runs; ++seed) {
    const update::UpdateOutcome outcome = update::PlayUpdates(seed, tell);
    for (const auto& breach : outcome.breaches) std::printf("FAILED seed %llu: %s\n", Number(seed), breach.c_str());
    failed += outcome.breaches.empty() ? 0 : 1;
    counts.Add(outcome.counts);
  }
  std::printf("%llu runs, %d failed; %llu steps, %llu updates: %llu kept, %llu refused, the others cut off\n",
              Number(runs), failed, Number(counts.steps), Number(counts.updates), Number(counts.kept),
              Number(counts.refused));
  std::printf("%llu power cuts, %llu guards killed, %llu agents killed, %llu disk troubles\n",
              Number(counts.power_cuts), Number(counts.guards_killed), Number(counts.agents_killed),
              Number(counts.disk_troubles));
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
  unsigned jobs = 1;
  bool trace = false;
  bool schedules = false;
  auto* schedules_flag = app.add_flag("--schedules", schedules, "Schedules on one machine");
  bool updates = false;
  auto* updates_flag =
      app.add_flag("--updates", updates, "Updates of the agent on one machine")->excludes(schedules_flag);
  auto* one = app.add_option("--seed", seed, "Run this world, once");
  app.add_flag("--trace", trace, "Print its story")->needs(one);
  auto* many = app.add_option("--runs", runs, "Run so many worlds");
  app.add_option("--first", first, "The first of them")->needs(many);
  app.add_option("--jobs", jobs, "So many processes at a time")->check(CLI::Range(1u, 64u));
  std::string without;
  app.add_option("--without", without, "A safeguard that is switched off, to see that it is missed")
      ->needs(many)
      ->check(CLI::IsMember(kSeams));
  auto* all = app.add_option("--sweep", sweep, "Crash each kind of thing before each step of this quiet world");
  app.add_option("--every", every, "Only before each K-th step")->needs(all)->check(CLI::PositiveNumber);
  one->excludes(many)->excludes(all);
  many->excludes(all);
  all->excludes(schedules_flag)->excludes(updates_flag);
  CLI11_PARSE(app, argc, argv);
  if (schedules) {
    return one->count() > 0 ? RunSchedules(seed, 1, trace) : RunSchedules(first, many->count() > 0 ? runs : 300, false);
  }
  if (updates) {
    return one->count() > 0 ? RunUpdates(seed, 1, trace) : RunUpdates(first, many->count() > 0 ? runs : 1000, false);
  }
  if (one->count() > 0) return RunOne(seed, trace);
  const auto start = std::chrono::steady_clock::now();
  const auto seam = without.empty() ? nullptr : kSeams.at(without);
  const Totals totals =
      all->count() > 0 ? Sweep(sweep, every, jobs) : RunMany(first, many->count() > 0 ? runs : 1000, jobs, seam);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  Print(totals, took.count());
  return totals.failed == 0 ? 0 : 1;
}
