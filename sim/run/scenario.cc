#include "sim/run/scenario.h"

#include "sim/checker/checkers.h"
#include "sim/run/agent_node.h"
#include "sim/run/server_node.h"
#include "sim/sqlite_vfs/sqlite_vfs.h"

namespace assist::sim::run {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const SystemTime kStart = FromUnixMillis(1'700'000'000'000);
/// Longer than any back-off of the programs: what has not ended then never will.
constexpr minutes kPatience{20};

/// The nodes, and the one who breaks and mends them.
class Stage {
 public:
  Stage(const Plan& plan, std::function<void(const std::string&)> tell)
      : plan_(plan),
        world_(plan.seed, {.in_order = plan.in_order}),
        dice_(plan.seed, "crashes"),
        director_(world_.Spawn("director")),
        recorder_(world_),
        link_(world_, {}, "network"),
        operator_(std::make_unique<Operator>(world_, link_, recorder_)) {
    world_.TellTo(std::move(tell));
    ServerNode::Options options;
    options.switches = plan.switches;
    options.before_effect = [this] { MaybeEndServer(); };
    server_ = std::make_unique<ServerNode>(world_, std::move(options), link_, recorder_, kStart + plan.server_skew);
  }
  ~Stage() {
    // In the order of dependence; what they leave behind must not find the network gone.
    agent_.reset();
    server_.reset();
    operator_.reset();
    world_.Kill(director_, {});
  }

  Outcome Play() {
    if (!SetUp()) {
      Outcome outcome;
      outcome.breaches.push_back("the machine could not be registered");
      return outcome;
    }
    Disturb();
    Heal();
    return Judge();
  }

 private:
  /// A server, a registered machine, an agent that is linked: nothing fails yet.
  bool SetUp() {
    StartServer();
    operator_->Register();
    if (!StepUntil(world_.now() + seconds(60), [this] { return !operator_->instance().empty(); })) return false;
    AgentNode::Options options;
    options.switches = plan_.switches;
    options.instance_id = operator_->instance();
    agent_ = std::make_unique<AgentNode>(world_, std::move(options), link_, recorder_, kStart);
    StartAgent();
    return StepUntil(world_.now() + seconds(60), [this] { return agent_->idle(); });
  }

  void Disturb() {
    faulty_ = true;
    link_.SetOptions(plan_.link);
    server_->files().OnOperation(
        [this](auto operation, auto) { return Trouble(operation, plan_.store_trouble_once_in); });
    agent_->files().OnOperation([this](auto operation, std::string_view path) {
      const files::Trouble trouble = Trouble(operation, plan_.agent_trouble_once_in);
      if (trouble != files::Trouble::kNone) {
        recorder_.Add(checker::AgentDiskTrouble{operation == files::Operation::kWrite && path.starts_with("tasks/")});
      }
      return trouble;
    });
    operator_->Go(plan_.tasks);
    counts_.tasks = plan_.tasks.size();
    const std::uint64_t first_step = world_.steps();
    const SteadyTime end = world_.now() + plan_.faults_end;
    auto crash = plan_.crashes.begin();
    while (world_.now() < end || crash != plan_.crashes.end()) {
      if (crash != plan_.crashes.end() && world_.steps() - first_step >= crash->step) {
        Do((crash++)->what);
        continue;
      }
      if (operator_->satisfied() && agent_->idle()) break;
      if (!world_.Step()) break;
    }
    first_step_ = first_step;
  }

  /// Nothing fails any more, and everything is given time.
  void Heal() {
    faulty_ = false;
    world_.Say(nullptr, "faults cease");
    link_.SetOptions({});
    server_->files().OnOperation({});
    agent_->files().OnOperation({});
    StepUntil(world_.now() + kPatience, [this] { return operator_->all_ended() && agent_->idle(); });
    counts_.steps = world_.steps() - first_step_;
    // Late copies may still be under way.
    world_.RunUntil(world_.now() + seconds(10));
    operator_->LookAgain();
    StepUntil(world_.now() + kPatience, [this] { return !operator_->looking(); });
  }

  Outcome Judge() {
    Outcome outcome;
    const checker::History history = recorder_.History();
    outcome.breaches = checker::CheckAll(history);
    if (!agent_->idle()) outcome.breaches.push_back("the agent still holds tasks");
    std::map<checker::Nonce, bool> unknown;
    for (const auto* shown : checker::All<checker::Shown>(history)) unknown[shown->task] = shown->outcome == "Unknown";
    for (const auto& [task, is] : unknown) counts_.unknown += is ? 1 : 0;
    counts_.starts = recorder_.starts();
    outcome.counts = counts_;
    outcome.trace_hash = world_.trace_hash();
    return outcome;
  }

  template <class Condition>
  bool StepUntil(SteadyTime end, Condition condition) {
    while (!condition()) {
      if (world_.now() >= end || !world_.Step()) return false;
    }
    return true;
  }

  void StartServer() {
    server_->Start([this] { After(milliseconds(dice_.Between(1, 3000)), [this] { StartServer(); }); });
  }
  void StartAgent() {
    agent_->Start([this] { After(milliseconds(dice_.Between(1, 3000)), [this] { StartAgent(); }); });
  }
  void After(microseconds delay, UniqueFunction<void()> work) {
    world_.After(delay, director_->main(), std::move(work));
  }

  void Do(Crash crash) {
    const bool server = crash == Crash::kServerProcess || crash == Crash::kServerPower;
    const bool alone = crash == Crash::kSupervisor;
    // What is down already is left alone: it comes back by itself.
    if (!alone && !(server ? server_->up() : agent_->up())) return;
    world_.Say(nullptr, "crash: " + std::string(Name(crash)));
    switch (crash) {
      case Crash::kServerProcess:
        server_->Kill();
        break;
      case Crash::kServerPower:
        server_->PowerCut(dice_);
        break;
      case Crash::kAgentProcess:
        agent_->Kill();
        break;
      case Crash::kAgentPower:
        agent_->PowerCut(dice_);
        break;
      case Crash::kSupervisor:
        if (!agent_->KillSupervisor(dice_)) return;
        break;
    }
    ++counts_.crashes[static_cast<int>(crash)];
    if (alone) return;
    // Soon, or after so long that the others have given up waiting.
    const auto delay =
        dice_.OnceIn(4) ? milliseconds(dice_.Between(1000, 15'000)) : milliseconds(dice_.Between(1, 500));
    if (server) {
      After(delay, [this] { StartServer(); });
    } else {
      After(delay, [this] { StartAgent(); });
    }
  }

  /// In the middle of a transaction, before a write or a sync.
  void MaybeEndServer() {
    if (!faulty_ || effect_crashes_ >= plan_.max_effect_crashes || !server_->up()) return;
    if (!dice_.OnceIn(plan_.effect_crash_once_in)) return;
    ++effect_crashes_;
    ++counts_.effect_crashes;
    world_.Say(nullptr, "crash: the server, in the middle of its store's work");
    server_->DoomNow(dice_.OnceIn(2), dice_);
  }

  files::Trouble Trouble(files::Operation operation, std::uint64_t once_in) {
    if (!faulty_ || !dice_.OnceIn(once_in)) return files::Trouble::kNone;
    ++counts_.disk_troubles;
    const bool full = operation == files::Operation::kWrite || operation == files::Operation::kChange;
    return full && dice_.OnceIn(2) ? files::Trouble::kFull : files::Trouble::kIo;
  }

  const Plan& plan_;
  world::World world_;
  world::Dice dice_;
  std::shared_ptr<world::Process> director_;
  Recorder recorder_;
  link::Link link_;
  std::unique_ptr<Operator> operator_;
  std::unique_ptr<ServerNode> server_;
  std::unique_ptr<AgentNode> agent_;
  bool faulty_ = false;
  int effect_crashes_ = 0;
  std::uint64_t first_step_ = 0;
  Counts counts_;
};

}  // namespace

Outcome Play(const Plan& plan, std::function<void(const std::string&)> tell) {
  sqlite_vfs::SqliteVfs::SeedSqlite(plan.seed);
  Stage stage(plan, std::move(tell));
  return stage.Play();
}

}  // namespace assist::sim::run
