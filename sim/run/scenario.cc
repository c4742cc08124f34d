#include "sim/run/scenario.h"

#include <algorithm>

#include "sim/checker/checkers.h"
#include "sim/run/stage.h"
#include "sim/sqlite_vfs/sqlite_vfs.h"

namespace assist::sim::run {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const SystemTime kStart = FromUnixMillis(1'700'000'000'000);
/// Longer than any back-off of the programs, and than the silence after which the server asks: what has not ended then
/// never will.
constexpr minutes kPatience{30};
// Bounds. An agent's journal is compacted at 4 KiB of what no longer counts; live entries here are small.
constexpr std::uint64_t kJournalBytes = 32 * 1024;
constexpr std::uint64_t kStateFiles = 200;
constexpr std::uint64_t kLogBytes = 4 << 20;

}  // namespace

Stage::Stage(const Plan& plan, std::function<void(const std::string&)> tell)
    : plan_(plan),
      world_(plan.seed, {.in_order = plan.in_order}),
      dice_(plan.seed, "crashes"),
      director_(world_.Spawn("director")),
      recorder_(world_),
      operator_link_(world_, {}, "network"),
      operator_(std::make_unique<Operator>(world_, operator_link_, recorder_)) {
  world_.TellTo(std::move(tell));
  ServerNode::Options options;
  options.switches = plan.switches;
  options.before_effect = [this] { MaybeEndServer(); };
  server_ = std::make_unique<ServerNode>(world_, std::move(options), recorder_, kStart + plan.server_skew);
  server_->ServeOn(operator_link_);
}

Stage::~Stage() {
  // In the order of dependence; what they leave behind must not find the network gone.
  for (Agent& agent : agents_) agent.node.reset();
  server_.reset();
  operator_.reset();
  world_.Kill(director_, {});
}

Outcome Stage::Play() {
  if (!SetUp()) {
    Outcome outcome;
    outcome.breaches.push_back("the machines could not be registered");
    return outcome;
  }
  Disturb();
  Heal();
  return Judge();
}

std::size_t Stage::AddAgent(std::string machine, std::string instance, SystemTime wall) {
  const std::size_t index = agents_.size();
  Agent agent;
  agent.link = std::make_unique<link::Link>(world_, link::Options{}, "network of " + machine);
  AgentNode::Options options;
  options.switches = plan_.switches;
  options.machine = std::move(machine);
  options.instance_id = std::move(instance);
  options.tight = plan_.tight;
  agent.node = std::make_unique<AgentNode>(world_, std::move(options), *agent.link, recorder_, wall);
  server_->ServeOn(*agent.link);
  agents_.push_back(std::move(agent));
  return index;
}

bool Stage::AgentsIdle() const {
  return std::all_of(agents_.begin(), agents_.end(),
                     [](const Agent& agent) { return agent.retired || agent.node->idle(); });
}

/// A server, registered machines, agents that are linked: nothing fails yet.
bool Stage::SetUp() {
  if (plan_.tight) recorder_.Add(checker::AgentsRemember{AgentNode::kTightMemory});
  StartServer();
  operator_->Register(plan_.links.size());
  const auto registered = [this] { return operator_->instances().size() == plan_.links.size(); };
  if (!StepUntil(world_.now() + seconds(60), registered)) return false;
  for (std::size_t i = 0; i < plan_.links.size(); ++i) {
    StartAgent(AddAgent(Operator::MachineName(i), operator_->instances()[i], kStart + plan_.skew[i]));
  }
  return StepUntil(world_.now() + seconds(60), [this] { return AgentsIdle(); });
}

void Stage::Disturb() {
  faulty_ = true;
  operator_link_.SetOptions(plan_.operator_link);
  for (std::size_t i = 0; i < agents_.size(); ++i) agents_[i].link->SetOptions(plan_.links[i]);
  server_->files().OnOperation(
      [this](auto operation, auto) { return Trouble(operation, plan_.store_trouble_once_in, server_full_); });
  for (Agent& agent : agents_) WatchFiles(agent);
  operator_->Go(plan_.calls);
  counts_.machines = agents_.size();
  for (const Operator::Call& call : plan_.calls) counts_.tasks += call.machines.size();
  first_step_ = world_.steps();
  const SteadyTime end = world_.now() + plan_.faults_end;
  // Copies fall due before the faults that need them.
  std::multimap<std::uint64_t, std::size_t> copies;
  for (std::size_t i = 0; i < plan_.faults.size(); ++i) {
    const FaultAt& fault = plan_.faults[i];
    const bool copied =
        fault.what == Fault::kServerRestore || fault.what == Fault::kAgentRestore || fault.what == Fault::kClone;
    if (copied) copies.emplace(fault.step - std::min(fault.step, fault.back), i);
  }
  std::size_t next = 0;
  while (world_.now() < end || next < plan_.faults.size()) {
    const std::uint64_t step = world_.steps() - first_step_;
    while (!copies.empty() && copies.begin()->first <= step) {
      CopyFor(copies.begin()->second);
      copies.erase(copies.begin());
    }
    if (next < plan_.faults.size() && step >= plan_.faults[next].step) {
      Do(next++);
      continue;
    }
    if (step % 64 == 0) Measure();
    if (operator_->satisfied() && AgentsIdle() && next == plan_.faults.size()) break;
    if (world_.now() > end + seconds(60) || !world_.Step()) break;
  }
}

/// Nothing fails any more, and everything is given time.
void Stage::Heal() {
  faulty_ = false;
  server_full_ = false;
  world_.Say(nullptr, "faults cease");
  operator_link_.SetOptions({});
  server_->files().OnOperation({});
  server_->files().SetSlow(microseconds(0));
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    Agent& agent = agents_[i];
    agent.link->SetOptions({});
    agent.link->Heal();
    agent.node->files().OnOperation({});
    agent.node->files().SetSlow(microseconds(0));
    if (i < plan_.links.size()) continue;
    world_.Say(nullptr, "the clone is switched off");
    agent.node->PowerCut(dice_);
    agent.retired = true;
  }
  // What the server waits for by its wall clock comes later when that was set back.
  microseconds patience = kPatience;
  for (const FaultAt& fault : plan_.faults) {
    if (fault.what == Fault::kServerClock) patience += std::max(-fault.by, seconds(0));
  }
  const auto over = [this] { return operator_->all_ended() && AgentsIdle(); };
  StepUntil(world_.now() + patience, over);
  counts_.steps = world_.steps() - first_step_;
  // Late copies may still be under way.
  SteadyTime last = std::max(world_.now() + seconds(10), operator_link_.last_copy() + seconds(1));
  for (const Agent& agent : agents_) last = std::max(last, agent.link->last_copy() + seconds(1));
  world_.RunUntil(last);
  // What could not be removed when a disk failed is removed by the next start.
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    if (agents_[i].retired) continue;
    agents_[i].node->Kill();
    StartAgent(i);
  }
  // A store of before, or a late copy, may show as open what the operator has seen ended.
  operator_->WatchAgain();
  StepUntil(world_.now() + patience, over);
  operator_->LookAgain();
  StepUntil(world_.now() + kPatience, [this] { return !operator_->looking(); });
  Measure();
}

void Stage::Measure() {
  server_->Measure();
  for (Agent& agent : agents_) agent.node->Measure();
}

Outcome Stage::Judge() {
  recorder_.Add(checker::Measured{"records of agents", server_->measures().records, plan_.links.size()});
  recorder_.Add(checker::Measured{"bytes of the store's log", server_->measures().log_bytes, kLogBytes});
  for (const Agent& agent : agents_) {
    const AgentMeasures& measures = agent.node->measures();
    const std::string of = " of " + agent.node->name();
    recorder_.Add(checker::Measured{"tasks" + of, measures.tasks, agent.node->max_tasks()});
    recorder_.Add(checker::Measured{"bytes of the journal" + of, measures.journal_bytes, kJournalBytes});
    recorder_.Add(checker::Measured{"files" + of, measures.state_files, kStateFiles});
    if (agent.retired) continue;
    recorder_.Add(checker::Measured{"task folders left" + of, agent.node->task_folders(), 0});
  }
  Outcome outcome;
  const checker::History history = recorder_.History();
  outcome.breaches = checker::CheckAll(history);
  for (const Agent& agent : agents_) {
    if (!agent.retired && !agent.node->idle()) outcome.breaches.push_back(agent.node->name() + " still holds tasks");
  }
  std::map<checker::Nonce, bool> unknown;
  for (const auto* shown : checker::All<checker::Shown>(history)) unknown[shown->task] = shown->outcome == "Unknown";
  for (const auto& [task, is] : unknown) counts_.unknown += is ? 1 : 0;
  for (const auto* noted : checker::All<checker::LossNoted>(history)) {
    counts_.older_stores_noted += noted->event == "store.older_than_agent" ? 1 : 0;
  }
  counts_.duplicates_shown = checker::All<checker::DuplicateShown>(history).empty() ? 0 : 1;
  counts_.starts = recorder_.starts();
  outcome.counts = counts_;
  outcome.trace_hash = world_.trace_hash();
  return outcome;
}

template <class Condition>
bool Stage::StepUntil(SteadyTime end, Condition condition) {
  while (!condition()) {
    if (world_.now() >= end || !world_.Step()) return false;
  }
  return true;
}

Outcome Play(const Plan& plan, std::function<void(const std::string&)> tell) {
  sqlite_vfs::SqliteVfs::SeedSqlite(plan.seed);
  Stage stage(plan, std::move(tell));
  return stage.Play();
}

}  // namespace assist::sim::run
