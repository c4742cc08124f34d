#include "sim/update/update_scenario.h"

#include "sim/update/update_machine.h"

namespace assist::sim::update {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t kMostUpdates = 4;
/// Longer than any guard takes, with all that it waits for.
constexpr minutes kPatience{15};

class UpdateStage {
 public:
  UpdateStage(std::uint64_t seed, bool supervised, Tell tell)
      : dice_(seed, "updates"), world_(seed, {.in_order = dice_.OnceIn(2)}), machine_(world_, supervised) {
    world_.TellTo(std::move(tell));
    machine_.StartAgent();
    Wait(seconds(20), [this] { return machine_.serves(); });
  }

  UpdateOutcome PlaySeed() {
    if (dice_.OnceIn(3)) {
      const auto once_in = static_cast<std::uint64_t>(dice_.Between(5, 80));
      machine_.files().OnOperation([this, once_in](files::Operation, std::string_view) {
        if (!dice_.OnceIn(once_in)) return files::Trouble::kNone;
        ++counts_.disk_troubles;
        return dice_.OnceIn(2) ? files::Trouble::kFull : files::Trouble::kIo;
      });
    }
    const std::int64_t updates = dice_.Between(1, kMostUpdates);
    for (std::int64_t i = 1; i <= updates; ++i) {
      StartUpdate(i);
      Disturb();
    }
    return Judge(updates + 1);
  }

  UpdateOutcome PlayCut(std::uint64_t seed, std::uint64_t step, Cut cut) {
    StartGuard(Release{"1.1.0", 1, static_cast<Behaviour>(seed % kBehaviours)});
    const std::uint64_t begun = world_.steps();
    const SteadyTime end = world_.now() + kPatience;
    bool is_cut = step == 0;
    while (machine_.guard_runs() && world_.now() < end && world_.Step()) {
      if (is_cut || world_.steps() - begun < step) continue;
      is_cut = true;
      switch (cut) {
        case Cut::kPowerTwice:
          PowerCut();
          world_.RunUntil(world_.now() + seconds(1) + std::chrono::milliseconds(dice_.Between(0, 20)));
          PowerCut();
          break;
        case Cut::kPower:
          PowerCut();
          break;
        case Cut::kGuard:
          ++counts_.guards_killed;
          machine_.KillGuard();
          break;
        case Cut::kAgent:
          ++counts_.agents_killed;
          machine_.KillAgent();
          break;
      }
    }
    const std::uint64_t steps = world_.steps() - begun;
    UpdateOutcome outcome = Judge(2);
    outcome.counts.steps = steps;
    return outcome;
  }

 private:
  void StartGuard(std::optional<Release> release) {
    ++counts_.updates;
    noted_ = false;
    machine_.StartGuard(std::move(release));
  }

  void StartUpdate(std::int64_t number) {
    if (machine_.guard_runs()) return;
    if (dice_.OnceIn(5)) return StartGuard(std::nullopt);
    Release release;
    release.version = "1." + std::to_string(dice_.Between(1, 3)) + ".0";
    release.sequence = number;
    release.behaviour = dice_.OnceIn(2) ? Behaviour::kServes : static_cast<Behaviour>(dice_.Below(kBehaviours));
    StartGuard(release);
  }

  void PowerCut() {
    ++counts_.power_cuts;
    world_.Say(nullptr, "power cut");
    machine_.PowerCut(dice_);
  }

  void Disturb() {
    const SteadyTime end = world_.now() + seconds(dice_.Between(1, 400));
    const bool quiet = dice_.OnceIn(4);
    while (machine_.guard_runs() && world_.now() < end) {
      // Mostly while files are written, at the beginning, in the middle and at the end.
      const std::uint64_t until = world_.steps() + dice_.Below(dice_.OnceIn(2) ? 60 : 1500);
      while (world_.steps() < until && machine_.guard_runs() && world_.now() < end) {
        if (!world_.Step()) return;
      }
      if (quiet) continue;
      switch (dice_.Below(8)) {
        case 0:
        case 1:
          PowerCut();
          break;
        case 2:
          world_.Say(nullptr, "the guard is killed");
          ++counts_.guards_killed;
          machine_.KillGuard();
          break;
        case 3:
          world_.Say(nullptr, "the agent is killed");
          ++counts_.agents_killed;
          machine_.KillAgent();
          break;
        case 4:
          machine_.machine().StepWall(seconds(dice_.OnceIn(2) ? -3600 : 3600));
          break;
        default:
          break;
      }
    }
    NoteEnd();
  }

  void NoteEnd() {
    if (!machine_.guard_said() || noted_) return;
    noted_ = true;
    machine_.guard_said()->empty() ? ++counts_.kept : ++counts_.refused;
  }

  template <class F>
  bool Wait(std::chrono::microseconds patience, F condition) {
    const SteadyTime end = world_.now() + patience;
    while (!condition()) {
      if (world_.now() >= end || !world_.Step()) return condition();
    }
    return true;
  }

  UpdateOutcome Judge(std::int64_t sequence) {
    world_.Say(nullptr, "faults cease");
    machine_.files().OnOperation({});
    std::vector<std::string> breaches;
    if (!Wait(kPatience, [this] { return !machine_.guard_runs(); })) breaches.push_back("the guard does not end");
    NoteEnd();
    // What is on trial without a guard ends itself within a second, and whoever starts it again needs some.
    world_.RunUntil(world_.now() + minutes(1));
    // A hung version whose guard was killed, and an agent that nobody starts again, end with the machine's next start
    // at the latest.
    if (!Wait(minutes(2), [this] { return machine_.serves(); })) PowerCut();
    if (!Wait(minutes(2), [this] { return machine_.serves(); })) {
      breaches.push_back("bricked: nothing that serves runs after a start of the machine");
    }
    StartGuard(Release{"2.0.0", sequence, Behaviour::kServes});
    if (!Wait(kPatience, [this] { return !machine_.guard_runs(); })) breaches.push_back("the last update does not end");
    NoteEnd();
    const std::string slot = "2.0.0-" + std::to_string(sequence);
    if (machine_.guard_said() != std::string()) breaches.push_back("a good release was not kept: " + Said());
    if (!machine_.serves() || machine_.slot() != slot) breaches.push_back("not what was kept runs: " + machine_.slot());
    if (machine_.slots() > 2) breaches.push_back("more than two slots are kept");
    PowerCut();
    if (!Wait(minutes(2), [this] { return machine_.serves(); }) || machine_.slot() != slot) {
      breaches.push_back("after a power cut not what was kept runs: " + machine_.slot());
    }
    UpdateOutcome outcome;
    outcome.breaches = machine_.breaches();
    outcome.breaches.insert(outcome.breaches.end(), breaches.begin(), breaches.end());
    counts_.steps = world_.steps();
    outcome.counts = counts_;
    outcome.trace_hash = world_.trace_hash();
    return outcome;
  }
  [[nodiscard]] std::string Said() const { return machine_.guard_said().value_or("killed"); }

  world::Dice dice_;
  world::World world_;
  UpdateMachine machine_;
  UpdateCounts counts_;
  bool noted_ = false;  ///< How the last one ended is counted.
};

}  // namespace

void UpdateCounts::Add(const UpdateCounts& other) {
  steps += other.steps;
  updates += other.updates;
  kept += other.kept;
  refused += other.refused;
  power_cuts += other.power_cuts;
  guards_killed += other.guards_killed;
  agents_killed += other.agents_killed;
  disk_troubles += other.disk_troubles;
}

UpdateOutcome PlayUpdates(std::uint64_t seed, Tell tell) {
  UpdateStage stage(seed, seed % 2 == 0, std::move(tell));
  return stage.PlaySeed();
}

UpdateOutcome PlayCut(std::uint64_t seed, std::uint64_t step, Cut cut, Tell tell) {
  UpdateStage stage(seed, seed / kBehaviours % 2 == 0, std::move(tell));
  return stage.PlayCut(seed, step, cut);
}

}  // namespace assist::sim::update
