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
    script += "echo " + name + " line " + std::to_string(i) + " " + std::string(dice.Below(200), 'x') + "\n";
  }
  if (dice.OnceIn(4)) script += "sleep " + std::to_string(dice.Between(1, 3)) + "\n";
  script += "exit " + std::to_string(dice.OnceIn(2) ? 0 : dice.Between(1, 255)) + "\n";
  return script;
}

std::vector<Operator::Task> MakeTasks(std::uint64_t seed, std::uint64_t count) {
  world::Dice dice(seed, "tasks");
  std::vector<Operator::Task> tasks;
  for (std::uint64_t i = 0; i < count; ++i) {
    Operator::Task task;
    task.after = i == 0 ? microseconds(0) : microseconds(dice.Between(0, 3'000'000));
    task.script = MakeScript("s" + std::to_string(seed) + "-" + std::to_string(i), dice);
    tasks.push_back(std::move(task));
  }
  return tasks;
}

}  // namespace

std::string_view Name(Crash crash) noexcept {
  switch (crash) {
    case Crash::kServerProcess:
      return "the server's process";
    case Crash::kServerPower:
      return "the server's power";
    case Crash::kAgentProcess:
      return "the agent's process";
    case Crash::kAgentPower:
      return "the agent's power";
    case Crash::kSupervisor:
      return "a supervisor";
  }
  return "nothing";
}

Plan MakeQuietPlan(std::uint64_t seed) {
  Plan plan;
  plan.seed = seed;
  plan.tasks = MakeTasks(seed, 1);
  return plan;
}

Plan MakePlan(std::uint64_t seed) {
  world::Dice dice(seed, "plan");
  Plan plan;
  plan.seed = seed;
  plan.in_order = dice.OnceIn(2);
  plan.tasks = MakeTasks(seed, dice.OnceIn(3) ? static_cast<std::uint64_t>(dice.Between(2, 4)) : 1);
  plan.faults_end = seconds(dice.Between(2, 15));
  plan.server_skew = seconds(dice.OnceIn(2) ? 0 : dice.Between(-3000, 3000));
  if (dice.OnceIn(2)) {
    plan.link.max_delay = microseconds(dice.Between(100, 50'000));
    plan.link.long_delay_once_in = dice.Below(20);
    plan.link.lose_request_once_in = dice.Below(12);
    plan.link.lose_answer_once_in = dice.Below(12);
    plan.link.duplicate_once_in = dice.Below(8);
    plan.link.break_channel_once_in = dice.Below(6);
  }
  // Most of what matters happens in the first thousand steps.
  const auto crashes = dice.Below(5);
  std::uint64_t step = 0;
  for (std::uint64_t i = 0; i < crashes; ++i) {
    step += dice.Below(dice.OnceIn(3) ? 1500 : 300);
    plan.crashes.push_back({step, static_cast<Crash>(dice.Below(kCrashKinds))});
  }
  if (dice.OnceIn(3)) plan.effect_crash_once_in = static_cast<std::uint64_t>(dice.Between(5, 60));
  if (dice.OnceIn(5)) plan.store_trouble_once_in = static_cast<std::uint64_t>(dice.Between(10, 60));
  if (dice.OnceIn(5)) plan.agent_trouble_once_in = static_cast<std::uint64_t>(dice.Between(10, 60));
  return plan;
}

}  // namespace assist::sim::run
