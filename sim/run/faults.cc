// What goes wrong on the stage, and how it comes back.
#include <algorithm>

#include "sim/run/stage.h"

namespace assist::sim::run {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {
constexpr int kReservedWrites = 12;
}  // namespace

void Stage::After(microseconds delay, UniqueFunction<void()> work) {
  world_.After(delay, director_->main(), std::move(work));
}

/// Soon, or after so long that the others have given up waiting.
milliseconds Stage::Pause() {
  return dice_.OnceIn(4) ? milliseconds(dice_.Between(1000, 15'000)) : milliseconds(dice_.Between(1, 500));
}

void Stage::StartServer() {
  if (server_->up()) return;
  server_->Start([this] { After(milliseconds(dice_.Between(1, 3000)), [this] { StartServer(); }); });
}

void Stage::StartAgent(std::size_t index) {
  if (agents_[index].retired || agents_[index].node->up()) return;
  agents_[index].node->Start(
      [this, index] { After(milliseconds(dice_.Between(1, 3000)), [this, index] { StartAgent(index); }); });
}

void Stage::StartServerLater() {
  After(Pause(), [this] { StartServer(); });
}

void Stage::StartAgentLater(std::size_t index) {
  After(Pause(), [this, index] { StartAgent(index); });
}

void Stage::CopyFor(std::size_t fault) {
  const FaultAt& what = plan_.faults[fault];
  files::FileSystem& files =
      what.what == Fault::kServerRestore ? server_->files() : agents_[what.machine].node->files();
  copies_[fault] = {files.Copy(), world_.now()};
}

void Stage::Do(std::size_t fault) {
  const FaultAt& what = plan_.faults[fault];
  const std::uint64_t before = counts_.faults[static_cast<int>(what.what)]++;
  switch (what.what) {
    case Fault::kServerProcess:
    case Fault::kServerPower:
    case Fault::kAgentProcess:
    case Fault::kAgentPower:
    case Fault::kSupervisor:
      counts_.faults[static_cast<int>(what.what)] = before;
      return Crash(what);
    case Fault::kServerRestore:
      return RestoreServer(what, copies_[fault]);
    case Fault::kAgentRestore:
      return RestoreAgent(what, copies_[fault]);
    case Fault::kClone:
      return StartClone(what, copies_[fault]);
    case Fault::kServerClock:
    case Fault::kAgentClock:
      return SetClock(what);
    case Fault::kHalfOpen:
      world_.Say(nullptr, "the channel of " + agents_[what.machine].node->name() + " falls silent");
      return agents_[what.machine].link->Silence();
    case Fault::kRelease:
      world_.Say(nullptr, agents_[what.machine].node->name() + " is deregistered");
      return operator_->Release(what.machine);
    default:
      return Last(what);
  }
}

void Stage::Crash(const FaultAt& fault) {
  const bool server = fault.what == Fault::kServerProcess || fault.what == Fault::kServerPower;
  const bool alone = fault.what == Fault::kSupervisor;
  AgentNode& agent = *agents_[fault.machine].node;
  // What is down already is left alone: it comes back by itself.
  if (!alone && !(server ? server_->up() : agent.up())) return;
  world_.Say(nullptr, "crash: " + std::string(Name(fault.what)) + (server ? "" : ": " + agent.name()));
  switch (fault.what) {
    case Fault::kServerProcess:
      server_->Kill();
      break;
    case Fault::kServerPower:
      server_->PowerCut(dice_);
      break;
    case Fault::kAgentProcess:
      agent.Kill();
      break;
    case Fault::kAgentPower:
      agent.PowerCut(dice_);
      break;
    default:
      if (!agent.KillSupervisor(dice_)) return;
      break;
  }
  ++counts_.faults[static_cast<int>(fault.what)];
  if (alone) return;
  server ? StartServerLater() : StartAgentLater(fault.machine);
}

void Stage::RestoreServer(const FaultAt&, const Copy& copy) {
  world_.Say(nullptr, "the server's files are those of before");
  const bool was_up = server_->up();
  server_->Restore(copy.files, copy.made);
  if (was_up) StartServerLater();
}

void Stage::RestoreAgent(const FaultAt& fault, const Copy& copy) {
  AgentNode& agent = *agents_[fault.machine].node;
  world_.Say(nullptr, agent.name() + " is restored from a copy");
  const bool was_up = agent.up();
  agent.Restore(copy.files, dice_);
  recorder_.Add(checker::AgentRestored{agent.name(), copy.made});
  if (was_up) StartAgentLater(fault.machine);
}

void Stage::StartClone(const FaultAt& fault, const Copy& copy) {
  AgentNode& original = *agents_[fault.machine].node;
  const std::string name = "clone" + std::to_string(agents_.size()) + "of" + original.name();
  world_.Say(nullptr, name + " comes up");
  const std::size_t index = AddAgent(name, original.instance(), original.machine().Wall());
  agents_[index].link->SetOptions(plan_.links[fault.machine]);
  agents_[index].node->files().Restore(copy.files);
  WatchFiles(agents_[index]);
  recorder_.Add(checker::CloneStarted{agents_[fault.machine].node->name(), name});
  StartAgent(index);
}

void Stage::SetClock(const FaultAt& fault) {
  const bool server = fault.what == Fault::kServerClock;
  world::Machine& machine = server ? server_->machine() : agents_[fault.machine].node->machine();
  world_.Say(nullptr, "the clock of " + machine.name() + " is set by " + std::to_string(fault.by.count()) + " s");
  machine.StepWall(fault.by);
  if (server) recorder_.Add(checker::ServerClockSet{fault.by});
}

/// Begins, and ends by itself.
void Stage::Last(const FaultAt& fault) {
  const std::size_t index = fault.machine;
  world_.Say(nullptr, std::string(Name(fault.what)) + " for " + std::to_string(fault.length.count() / 1000) + " ms");
  switch (fault.what) {
    case Fault::kPartition:
      agents_[index].link->Cut();
      return After(fault.length, [this, index] { agents_[index].link->Heal(); });
    case Fault::kServerFull:
      server_full_ = true;
      return After(fault.length, [this] { server_full_ = false; });
    case Fault::kAgentFull:
      agents_[index].full = true;
      agents_[index].room = 0;
      return After(fault.length, [this, index] { agents_[index].full = false; });
    case Fault::kServerSlow:
      server_->files().SetSlow(milliseconds(dice_.Between(100, 4000)));
      return After(fault.length, [this] { server_->files().SetSlow(microseconds(0)); });
    case Fault::kAgentSlow:
      agents_[index].node->files().SetSlow(milliseconds(dice_.Between(100, 4000)));
      return After(fault.length, [this, index] { agents_[index].node->files().SetSlow(microseconds(0)); });
    default:
      ASSIST_CHECK(false && "not a fault that lasts");
  }
}

/// In the middle of a transaction, before a write or a sync.
void Stage::MaybeEndServer() {
  if (!faulty_ || effect_crashes_ >= plan_.max_effect_crashes || !server_->up()) return;
  if (!dice_.OnceIn(plan_.effect_crash_once_in)) return;
  ++effect_crashes_;
  ++counts_.effect_crashes;
  world_.Say(nullptr, "crash: the server, in the middle of its store's work");
  server_->DoomNow(dice_.OnceIn(2), dice_);
}

files::Trouble Stage::Trouble(files::Operation operation, std::uint64_t once_in, bool full) {
  const bool takes_room = operation == files::Operation::kWrite || operation == files::Operation::kChange;
  if (faulty_ && full && takes_room) {
    ++counts_.disk_troubles;
    return files::Trouble::kFull;
  }
  if (!faulty_ || !dice_.OnceIn(once_in)) return files::Trouble::kNone;
  ++counts_.disk_troubles;
  return takes_room && dice_.OnceIn(2) ? files::Trouble::kFull : files::Trouble::kIo;
}

/// On a full disk: what the reserve held is free for some writes once it is removed.
bool Stage::HasRoom(Agent& agent, files::Operation operation, std::string_view path) {
  if (path == "journal/reserve") {
    const files::FilePtr reserve = agent.node->files().Find(path);
    const bool removed = operation == files::Operation::kChange && reserve != nullptr && !reserve->bytes().empty();
    if (removed) agent.room = kReservedWrites;
    return removed;
  }
  const bool takes_room = operation == files::Operation::kWrite || operation == files::Operation::kChange;
  if (agent.room == 0 || !takes_room) return false;
  --agent.room;
  return true;
}

void Stage::WatchFiles(Agent& agent) {
  const std::size_t index = static_cast<std::size_t>(&agent - agents_.data());
  agent.node->files().OnOperation([this, index](auto operation, std::string_view path) {
    Agent& at = agents_[index];
    const files::Trouble trouble =
        Trouble(operation, plan_.agent_trouble_once_in, at.full && !HasRoom(at, operation, path));
    if (trouble != files::Trouble::kNone) {
      const bool output = operation == files::Operation::kWrite && path.starts_with("tasks/");
      recorder_.Add(checker::AgentDiskTrouble{at.node->name(), output});
    }
    return trouble;
  });
}

}  // namespace assist::sim::run
