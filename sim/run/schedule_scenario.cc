#include "sim/run/schedule_scenario.h"

#include <algorithm>

#include "sim/checker/checkers.h"
#include "sim/run/agent_node.h"
#include "sim/run/schedule_giver.h"
#include "sim/world/dice.h"

namespace assist::sim::run {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const SystemTime kStart = FromUnixMillis(1'780'000'000'000);
constexpr minutes kPatience{20};

class ScheduleStage {
 public:
  ScheduleStage(std::uint64_t seed, const Switches& switches, std::function<void(const std::string&)> tell)
      : dice_(seed, "schedules"),
        rot_dice_(seed, "rot"),
        world_(seed, {.in_order = dice_.OnceIn(2)}),
        director_(world_.Spawn("director")),
        recorder_(world_),
        link_(world_, {}, "network"),
        giver_(std::make_unique<ScheduleGiver>(world_, link_, recorder_)) {
    world_.TellTo(std::move(tell));
    AgentNode::Options options;
    options.switches = switches;
    options.instance_id = "mi-sim";
    agent_ = std::make_unique<AgentNode>(world_, std::move(options), link_, recorder_, kStart);
  }
  ~ScheduleStage() {
    agent_.reset();
    giver_.reset();
    world_.Kill(director_, {});
  }

  ScheduleOutcome Play() {
    StartAgent();
    const std::int64_t schedules = dice_.Between(1, 3);
    for (std::int64_t i = 0; i < schedules; ++i) GiveOne(i);
    Disturb();
    Heal();
    ScheduleOutcome outcome;
    const checker::History history = recorder_.History();
    outcome.breaches = checker::CheckOccurrences(history);
    if (!giver_->all_over()) outcome.breaches.push_back("a schedule was stopped and did not end");
    if (!agent_->idle()) outcome.breaches.push_back("the agent still holds runs or schedules");
    counts_.runs = checker::All<checker::RunStarted>(history).size();
    for (const auto* told : checker::All<checker::OccurrenceTold>(history)) {
      counts_.missed += told->missed ? 1 : 0;
      counts_.unknown += told->unknown ? 1 : 0;
    }
    counts_.steps = world_.steps();
    outcome.counts = counts_;
    outcome.trace_hash = world_.trace_hash();
    return outcome;
  }

 private:
  void GiveOne(std::int64_t i) {
    const std::string id = "t-schedule" + std::to_string(i);
    wire::SchedulePart terms;
    if (dice_.OnceIn(2)) terms.missed = wire::MissedPolicy::kRunOnce;
    if (dice_.OnceIn(2)) terms.overlap = wire::OverlapPolicy::kQueue;
    if (dice_.OnceIn(3)) terms.splay = seconds(dice_.Between(1, 10));
    std::string script = "# task " + id + "\n";
    if (dice_.OnceIn(2)) script += "sleep " + std::to_string(dice_.Between(1, 9)) + "\n";
    script += "echo x\n";
    giver_->Give(id, seconds(dice_.Between(1, 20)), kStart + seconds(dice_.Between(0, 5)), terms, script);
  }

  void Disturb() {
    link::Options link;
    link.max_delay = microseconds(dice_.Between(100, 50'000));
    if (dice_.OnceIn(2)) {
      link.long_delay_once_in = dice_.Below(20);
      link.lose_request_once_in = dice_.Below(8);
      link.lose_answer_once_in = dice_.Below(8);
      link.duplicate_once_in = dice_.Below(8);
      link.break_channel_once_in = dice_.Below(6);
    }
    link_.SetOptions(link);
    rots_ = rot_dice_.OnceIn(4);
    if (dice_.OnceIn(3) && !rots_) {
      const auto once_in = static_cast<std::uint64_t>(dice_.Between(10, 60));
      agent_->files().OnOperation([this, once_in](files::Operation, std::string_view) {
        if (!dice_.OnceIn(once_in)) return files::Trouble::kNone;
        ++counts_.disk_troubles;
        recorder_.Add(checker::AgentDiskTrouble{"agent"});
        return dice_.OnceIn(2) ? files::Trouble::kFull : files::Trouble::kIo;
      });
    }
    const SteadyTime end = world_.now() + seconds(dice_.Between(20, 200));
    while (world_.now() < end) {
      const std::uint64_t until = world_.steps() + dice_.Below(1500);
      while (world_.steps() < until && world_.now() < end) {
        if (!world_.Step()) return;
      }
      giver_->Wake();
      switch (dice_.Below(6)) {
        case 0:
          StepClock();
          break;
        case 1:
          if (agent_->KillSupervisor(dice_)) ++counts_.crashes;
          break;
        case 2:
        case 3:
          EndAgent();
          break;
        default:
          break;
      }
    }
  }

  void StepClock() {
    const std::int64_t by = dice_.OnceIn(2) ? 3600 : dice_.Between(1, 200);
    // After damage only the clock tells up to when occurrences may have run.
    const bool back = dice_.OnceIn(2) && !rots_;
    world_.Say(nullptr, std::string("the clock is set ") + (back ? "back" : "forward") + " by " + std::to_string(by));
    agent_->machine().StepWall(seconds(back ? -by : by));
    ++counts_.clock_steps;
  }

  void EndAgent() {
    if (!agent_->up()) return;
    ++counts_.crashes;
    const bool power = dice_.OnceIn(3);
    world_.Say(nullptr, power ? "crash: the agent's power" : "crash: the agent's process");
    power ? agent_->PowerCut(dice_) : agent_->Kill();
    if (rots_ && !power && rot_dice_.OnceIn(3) && agent_->RotJournal(rot_dice_)) {
      world_.Say(nullptr, "a bit of the journal flips");
      ++counts_.rotten_bits;
    }
    After(milliseconds(dice_.OnceIn(3) ? dice_.Between(1000, 90'000) : dice_.Between(1, 500)));
  }

  void Heal() {
    world_.Say(nullptr, "faults cease");
    link_.SetOptions({});
    agent_->files().OnOperation({});
    // Long enough for a clock that was set back, since nothing runs until it has come there again.
    world_.RunUntil(world_.now() + minutes(2));
    giver_->StopAll();
    const SteadyTime end = world_.now() + kPatience;
    while (!(giver_->all_over() && agent_->idle()) && world_.now() < end) {
      world_.RunUntil(world_.now() + seconds(1));
      giver_->Wake();
    }
  }

  void StartAgent() {
    agent_->Start([this] { After(milliseconds(dice_.Between(1, 3000))); });
  }
  void After(microseconds delay) {
    world_.After(delay, director_->main(), [this] {
      if (!agent_->up()) StartAgent();
    });
  }

  world::Dice dice_;
  world::Dice rot_dice_;
  world::World world_;
  std::shared_ptr<world::Process> director_;
  Recorder recorder_;
  link::Link link_;
  std::unique_ptr<ScheduleGiver> giver_;
  std::unique_ptr<AgentNode> agent_;
  ScheduleCounts counts_;
  bool rots_ = false;  ///< Bits of the journal flip, and the disk never fails: what it took is there, but for those.
};

}  // namespace

ScheduleOutcome PlaySchedules(std::uint64_t seed, const Switches& switches,
                              std::function<void(const std::string&)> tell) {
  ScheduleStage stage(seed, switches, std::move(tell));
  return stage.Play();
}

}  // namespace assist::sim::run
