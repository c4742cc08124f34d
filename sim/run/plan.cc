#include <algorithm>

#include "sim/run/scenario.h"
#include "sim/world/dice.h"

namespace assist::sim::run {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string MakeScript(const std::string& name, world::Dice& dice) {
  std::string script = "# task " + name + "\n";
  const auto lines = dice.Below(6);
  for (std::uint64_t i = 0; i < lines; ++i) {
    if (dice.OnceIn(2)) script += "sleep 0." + std::to_string(dice.Between(100, 999)).substr(1) + "\n";
    if (i == 1) script += "hostname\n";
    script += "echo " + name + " line " + std::to_string(i) + " " + std::string(dice.Below(200), 'x') + "\n";
  }
  if (dice.OnceIn(4)) script += "sleep " + std::to_string(dice.Between(1, 3)) + "\n";
  script += "exit " + std::to_string(dice.OnceIn(2) ? 0 : dice.Between(1, 255)) + "\n";
  return script;
}

std::vector<std::size_t> PickMachines(std::size_t machines, world::Dice& dice) {
  std::vector<std::size_t> all(machines);
  for (std::size_t i = 0; i < machines; ++i) all[i] = i;
  for (std::size_t i = machines; i > 1; --i) std::swap(all[i - 1], all[dice.Below(i)]);
  if (!dice.OnceIn(2)) all.resize(1 + dice.Below(machines));
  return all;
}

std::vector<Operator::Call> MakeCalls(std::uint64_t seed, std::uint64_t count, std::size_t machines,
                                      world::Dice& dice) {
  std::vector<Operator::Call> calls;
  for (std::uint64_t i = 0; i < count; ++i) {
    Operator::Call call;
    call.after = i == 0 ? microseconds(0) : microseconds(dice.Between(0, 3'000'000));
    call.script = MakeScript("s" + std::to_string(seed) + "-" + std::to_string(i), dice);
    call.machines = PickMachines(machines, dice);
    const bool many = call.machines.size() > 1;
    if (many && dice.OnceIn(3)) call.max_concurrency = std::to_string(dice.Between(1, 3));
    if (many && dice.OnceIn(4)) call.max_errors = std::to_string(dice.Between(0, 2));
    if (dice.OnceIn(8)) call.delivery_timeout = seconds(dice.Between(1, 20));
    if (dice.OnceIn(6)) {
      call.stop_after = microseconds(dice.Between(0, 2'000'000));
      call.stop_one = dice.OnceIn(3);
    }
    calls.push_back(std::move(call));
  }
  return calls;
}

link::Options MakeLink(world::Dice& dice) {
  link::Options link;
  if (dice.OnceIn(2)) return link;
  link.max_delay = microseconds(dice.Between(100, 50'000));
  link.long_delay_once_in = dice.Below(20);
  link.lose_request_once_in = dice.Below(12);
  link.lose_answer_once_in = dice.Below(12);
  link.duplicate_once_in = dice.Below(8);
  link.late_copy_once_in = dice.OnceIn(3) ? 10 : 0;
  link.break_channel_once_in = dice.Below(6);
  return link;
}

/// Draws the faults of one plan.
class Faults {
 public:
  Faults(world::Dice& dice, std::size_t machines, std::uint64_t reach)
      : dice_(dice), machines_(machines), reach_(reach) {}

  /// Ends of processes, powers and supervisors.
  void AddCrashes() {
    const auto crashes = dice_.Below(5);
    std::uint64_t step = 0;
    for (std::uint64_t i = 0; i < crashes; ++i) {
      step += dice_.Below(dice_.OnceIn(3) ? 5 * reach_ : reach_);
      Add(step, static_cast<Fault>(dice_.Below(5)));
    }
  }
  void AddRest() {
    if (dice_.OnceIn(4)) Lasting(Fault::kPartition, dice_.OnceIn(4) ? seconds(100) : seconds(10));
    if (dice_.OnceIn(5)) Anywhere(Fault::kHalfOpen);
    for (const Fault clock : {Fault::kServerClock, Fault::kAgentClock}) {
      if (!dice_.OnceIn(5)) continue;
      const std::int64_t most = dice_.OnceIn(3) ? 3 * 86'400 : 3600;
      Anywhere(clock).by = seconds(dice_.Between(-most, most));
    }
    for (const Fault full : {Fault::kServerFull, Fault::kAgentFull}) {
      if (dice_.OnceIn(7)) Lasting(full, seconds(8));
    }
    for (const Fault slow : {Fault::kServerSlow, Fault::kAgentSlow}) {
      if (dice_.OnceIn(7)) Lasting(slow, seconds(10));
    }
    for (const Fault copy : {Fault::kServerRestore, Fault::kAgentRestore, Fault::kClone}) {
      if (dice_.OnceIn(copy == Fault::kServerRestore ? 5 : 9)) {
        Anywhere(copy).back = dice_.Below(dice_.OnceIn(2) ? 4 * reach_ : reach_);
      }
    }
    if (dice_.OnceIn(12)) Anywhere(Fault::kRelease);
  }
  [[nodiscard]] std::vector<FaultAt> Take() {
    std::stable_sort(faults_.begin(), faults_.end(),
                     [](const FaultAt& a, const FaultAt& b) { return a.step < b.step; });
    return std::move(faults_);
  }

 private:
  FaultAt& Add(std::uint64_t step, Fault what) {
    FaultAt fault;
    fault.step = step;
    fault.what = what;
    fault.machine = machines_ == 1 ? 0 : dice_.Below(machines_);
    faults_.push_back(fault);
    return faults_.back();
  }
  FaultAt& Anywhere(Fault what) { return Add(dice_.Below(dice_.OnceIn(3) ? 5 * reach_ : 2 * reach_), what); }
  void Lasting(Fault what, microseconds most) {
    Anywhere(what).length = microseconds(dice_.Between(100'000, most.count()));
  }

  world::Dice& dice_;
  const std::size_t machines_;
  const std::uint64_t reach_;  ///< Steps in which much happens.
  std::vector<FaultAt> faults_;
};

}  // namespace

std::string_view Name(Fault fault) noexcept {
  constexpr std::string_view kNames[kFaultKinds] = {"the server's process ends",
                                                    "the server's power fails",
                                                    "an agent's process ends",
                                                    "an agent's power fails",
                                                    "a supervisor ends",
                                                    "an agent is cut off",
                                                    "a channel falls silent",
                                                    "the server's clock is set",
                                                    "an agent's clock is set",
                                                    "the server's disk is full",
                                                    "an agent's disk is full",
                                                    "the server's disk is slow",
                                                    "an agent's disk is slow",
                                                    "the server is restored from a copy",
                                                    "an agent is restored from a copy",
                                                    "a clone of a machine comes up",
                                                    "a machine is deregistered"};
  return kNames[static_cast<int>(fault)];
}

void Counts::Add(const Counts& other) {
  steps += other.steps;
  machines += other.machines;
  tasks += other.tasks;
  starts += other.starts;
  unknown += other.unknown;
  for (int i = 0; i < kFaultKinds; ++i) faults[i] += other.faults[i];
  effect_crashes += other.effect_crashes;
  disk_troubles += other.disk_troubles;
  older_stores_noted += other.older_stores_noted;
  duplicates_shown += other.duplicates_shown;
}

Plan MakeQuietPlan(std::uint64_t seed) {
  world::Dice dice(seed, "tasks");
  Plan plan;
  plan.seed = seed;
  plan.links.resize(1);
  plan.skew.resize(1);
  Operator::Call call;
  call.script = MakeScript("s" + std::to_string(seed) + "-0", dice);
  call.machines.push_back(0);
  plan.calls.push_back(std::move(call));
  return plan;
}

Plan MakePlan(std::uint64_t seed) {
  world::Dice dice(seed, "plan");
  Plan plan;
  plan.seed = seed;
  plan.in_order = dice.OnceIn(2);
  std::size_t machines = 1;
  if (dice.OnceIn(3)) machines = dice.OnceIn(4) ? 3 + dice.Below(6) : 2;
  const auto calls = dice.OnceIn(3) ? static_cast<std::uint64_t>(dice.Between(2, 4)) : 1;
  plan.calls = MakeCalls(seed, calls, machines, dice);
  plan.tight = dice.OnceIn(3);
  plan.faults_end = seconds(dice.Between(2, 15));
  plan.server_skew = seconds(dice.OnceIn(2) ? 0 : dice.Between(-3000, 3000));
  plan.operator_link = MakeLink(dice);
  for (std::size_t i = 0; i < machines; ++i) {
    plan.links.push_back(MakeLink(dice));
    plan.skew.emplace_back(dice.OnceIn(2) ? 0 : dice.Between(-100'000, 100'000));
  }
  // Most of what matters happens in the first steps of each task.
  Faults faults(dice, machines, 300 + 60 * (machines - 1) * calls);
  faults.AddCrashes();
  if (dice.OnceIn(2)) faults.AddRest();
  plan.faults = faults.Take();
  if (dice.OnceIn(3)) plan.effect_crash_once_in = static_cast<std::uint64_t>(dice.Between(5, 60));
  if (dice.OnceIn(5)) plan.store_trouble_once_in = static_cast<std::uint64_t>(dice.Between(10, 60));
  if (dice.OnceIn(5)) plan.agent_trouble_once_in = static_cast<std::uint64_t>(dice.Between(10, 60));
  return plan;
}

}  // namespace assist::sim::run
