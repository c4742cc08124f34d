#include "sim/update/update_machine.h"

#include <cstdlib>

#include "agent/update/pointer.h"
#include "agent/update/store.h"
#include "agent/update/trial_watch.h"
#include "protocol/package/refusal.h"

namespace assist::sim::update {
namespace {

using production::AgentSeen;
using production::Outcome;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kInstalled = "1.0.0";
constexpr const char* kHistory = "update/history.json";
constexpr std::string_view kEnd = "#end";
constexpr std::size_t kPadding = 3000;  // so that a part of a file can be lost

std::string ProgramText(const Release& release) {
  return release.version + " " + std::to_string(static_cast<int>(release.behaviour)) + " " +
         std::string(kPadding, 'x') + std::string(kEnd);
}

}  // namespace

/// As flock(): it goes with the process.
class UpdateMachine::Hold final : public production::GuardLock::Hold {
 public:
  Hold(UpdateMachine& machine, std::shared_ptr<world::Process> process)
      : machine_(machine), process_(std::move(process)) {}
  ~Hold() override {
    if (machine_.lock_holder_.lock() == process_) machine_.lock_holder_.reset();
  }

 private:
  UpdateMachine& machine_;
  std::shared_ptr<world::Process> process_;
};

class UpdateMachine::Lock final : public production::GuardLock {
 public:
  Lock(UpdateMachine& machine, std::shared_ptr<world::Process> process)
      : machine_(machine), process_(std::move(process)) {}
  Result<std::unique_ptr<production::GuardLock::Hold>> TryTake() override {
    if (taken()) return Fail(Errc::kConflict, "taken");
    machine_.lock_holder_ = process_;
    return std::unique_ptr<production::GuardLock::Hold>(std::make_unique<UpdateMachine::Hold>(machine_, process_));
  }
  [[nodiscard]] bool taken() const override {
    const auto holder = machine_.lock_holder_.lock();
    return holder != nullptr && holder->alive();
  }

 private:
  UpdateMachine& machine_;
  std::shared_ptr<world::Process> process_;
};

class UpdateMachine::Control final : public production::AgentControl {
 public:
  Control(UpdateMachine& machine, Clock& clock) : machine_(machine), clock_(clock) {}
  asio::awaitable<AgentSeen> Look() override {
    co_await clock_.SleepFor(milliseconds(1));
    AgentSeen seen;
    if (!machine_.agent_runs() || !machine_.agent_->locked) co_return seen;
    const Program& agent = *machine_.agent_;
    seen.running = true;
    seen.noted = agent.noted;
    if (!seen.noted) co_return seen;
    seen.slot = agent.slot;
    seen.version = agent.slot.empty() ? kInstalled : production::VersionOfSlot(agent.slot);
    seen.run = agent.run;
    seen.connected = agent.connected;
    seen.beat = agent.beat;
    co_return seen;
  }
  asio::awaitable<Status> AskRestart() override {
    co_await clock_.SleepFor(milliseconds(1));
    if (!machine_.agent_runs() || !machine_.agent_->noted) co_return Fail(Errc::kNotFound, "nobody hears it");
    const std::optional<Release> release = machine_.ReleaseOf(machine_.agent_->slot);
    if (release && release->behaviour == Behaviour::kFreezes && machine_.agent_->connected) co_return Status();
    machine_.world_.After(milliseconds(machine_.dice_.Between(1, 2000)), machine_.agent_->process->main(),
                          [&machine = machine_] { machine.EndAgent(true); });
    co_return Status();
  }
  asio::awaitable<Status> Kill(std::string slot) override {
    co_await clock_.SleepFor(milliseconds(1));
    if (machine_.agent_runs() && machine_.agent_->slot == slot && machine_.agent_->decided) machine_.EndAgent(false);
    co_return Status();
  }
  asio::awaitable<Status> Start() override {
    co_await clock_.SleepFor(milliseconds(1));
    machine_.StartAgent();
    co_return Status();
  }

 private:
  UpdateMachine& machine_;
  Clock& clock_;
};

class UpdateMachine::Check final : public production::SelfCheck {
 public:
  Check(UpdateMachine& machine, Clock& clock) : machine_(machine), clock_(clock) {}
  asio::awaitable<Outcome<std::string>> Run(std::string slot) override {
    co_await clock_.SleepFor(milliseconds(100));
    if (slot.empty()) co_return std::string(kInstalled);
    const std::optional<Release> release = machine_.ReleaseOf(slot);
    if (!release) co_return production::Refuse(package::Refusal::kVerifyFailed, "it does not run");
    if (release->behaviour == Behaviour::kUnfit) {
      co_return production::Refuse(package::Refusal::kVerifyFailed, "it says so");
    }
    co_return release->version;
  }

 private:
  UpdateMachine& machine_;
  Clock& clock_;
};

class UpdateMachine::Source final : public production::ReleaseSource {
 public:
  Source(Release release, disk::SimDisk& disk) : release_(std::move(release)), disk_(disk) {}
  asio::awaitable<Outcome<production::ReleaseFacts>> Open() override {
    co_return production::ReleaseFacts{release_.version, release_.sequence, "the scenario"};
  }
  asio::awaitable<Outcome<std::vector<std::string>>> Unpack(std::string folder) override {
    const std::vector<std::string> files{"assist-agent", "assist-supervisor"};
    for (const std::string& file : files) {
      const std::string path = folder + "/" + file;
      const std::string text = ProgramText(release_);
      // In two writes, so that a cut falls between them.
      for (const std::string& piece : {text.substr(0, kPadding / 2), text.substr(kPadding / 2)}) {
        std::string bytes = piece;
        const Status written = co_await disk_.Append(path, std::move(bytes), false);
        if (!written) co_return production::Refuse(package::Refusal::kNoSpace, written.error().detail);
      }
    }
    co_return files;
  }
  asio::awaitable<Status> Proven() override {
    std::string text = std::to_string(release_.sequence);
    co_return co_await production::ReplaceFile(disk_, kHistory, std::move(text));
  }

 private:
  const Release release_;
  disk::SimDisk& disk_;
};

UpdateMachine::UpdateMachine(world::World& world, bool supervised)
    : world_(world),
      supervised_(supervised),
      dice_(world.NewDice("machine")),
      machine_(world, "machine", FromUnixMillis(1'780'000'000'000)),
      system_(world.Spawn("system")) {}

UpdateMachine::~UpdateMachine() {
  KillGuard();
  KillAgent();
  world_.Kill(system_, {});
}

std::unique_ptr<UpdateMachine::Program> UpdateMachine::NewProgram(const std::string& name) {
  auto program = std::make_unique<Program>();
  program->process = world_.Spawn(name);
  program->clock = std::make_unique<world::SimClock>(machine_, program->process);
  program->disk = std::make_unique<disk::SimDisk>(disk::Options{}, files_, program->process);
  program->lock = std::make_unique<Lock>(*this, program->process);
  program->scope = std::make_unique<Scope>(
      program->process->main()->executor(),
      [this](std::string_view who, std::string_view what) { Breach(std::string(who) + ": " + std::string(what)); });
  return program;
}

void UpdateMachine::End(std::unique_ptr<Program>& program) {
  if (program == nullptr) return;
  std::unique_ptr<Program> ends = std::move(program);
  world_.Kill(ends->process, [&ends] { ends->scope.reset(); });
}

void UpdateMachine::Breach(std::string what) {
  world_.Say(nullptr, "BREACH: " + what);
  breaches_.push_back(std::move(what));
}

std::optional<Release> UpdateMachine::ReleaseOf(const std::string& slot) const {
  Release release;
  for (const char* name : {"assist-agent", "assist-supervisor"}) {
    const files::FilePtr file = files_.Find(production::SlotFolder(slot) + "/" + name);
    if (file == nullptr) return std::nullopt;
    const std::string& text = file->bytes();
    const std::size_t space = text.find(' ');
    if (space == std::string::npos || space + 1 >= text.size() || !text.ends_with(kEnd)) return std::nullopt;
    release.version = text.substr(0, space);
    const int behaviour = text[space + 1] - '0';
    if (behaviour < 0 || behaviour >= kBehaviours) return std::nullopt;
    release.behaviour = static_cast<Behaviour>(behaviour);
    if (text != ProgramText(release)) return std::nullopt;
  }
  return release;
}

std::string UpdateMachine::pointer_text() const {
  const files::FilePtr file = files_.Find("update/pointer.json");
  return file == nullptr ? std::string() : file->bytes();
}

std::size_t UpdateMachine::slots() const {
  const files::FilePtr folder = files_.Find(production::kSlots);
  return folder == nullptr ? 0 : folder->entries().size();
}

bool UpdateMachine::serves() const {
  if (!agent_runs() || !agent_->connected) return false;
  if (agent_->slot.empty()) return true;
  const std::optional<Release> release = ReleaseOf(agent_->slot);
  return release && release->behaviour == Behaviour::kServes;
}

/// What is promised of each start.
void UpdateMachine::CheckLaunch(const std::string& slot, bool trial) {
  ++launches_;
  if (slot.empty()) return;
  const std::optional<Release> release = ReleaseOf(slot);
  if (!release) return Breach("a slot runs that is not whole: " + slot);
  if (!trial && release->behaviour != Behaviour::kServes) Breach("a broken version runs and is not on trial: " + slot);
  const files::FilePtr history = files_.Find(kHistory);
  const std::int64_t highest = history == nullptr ? 0 : std::atoll(history->bytes().c_str());
  const std::int64_t sequence = std::atoll(slot.substr(slot.rfind('-') + 1).c_str());
  if (!trial && highest < sequence) Breach("a good version runs whose sequence is not remembered: " + slot);
}

void UpdateMachine::StartAgent() {
  if (agent_runs()) return;
  agent_ = NewProgram("agent");
  agent_->scope->Spawn("agent", Agent(*agent_));
}

asio::awaitable<void> UpdateMachine::Agent(Program& me) {
  production::LaunchOptions options;
  options.installed_version = kInstalled;
  options.boot_id = machine_.boot_id();
  options.now = machine_.Wall();
  const bool guarded = guard_runs();
  const production::Launch launch = co_await production::DecideLaunch(std::move(options), *me.disk, *me.lock);
  for (const std::string& note : launch.notes) world_.Say(me.process.get(), note);
  me.slot = launch.slot;
  me.decided = true;
  me.run = std::to_string(++runs_);
  world_.Say(me.process.get(), "runs " + (me.slot.empty() ? std::string("the installed program") : me.slot));
  CheckLaunch(me.slot, launch.trial);
  if (launch.trial && !guarded && !guard_runs()) Breach("on trial without a guard: " + me.slot);
  const std::optional<Release> release = me.slot.empty() ? std::nullopt : ReleaseOf(me.slot);
  const Behaviour behaviour = release ? release->behaviour : Behaviour::kServes;
  co_await me.clock->SleepFor(milliseconds(dice_.Between(1, 300)));
  if (behaviour == Behaviour::kHangs) co_await me.clock->SleepFor(std::chrono::hours(1000));
  if (behaviour != Behaviour::kExits) {
    me.locked = true;
    if (behaviour == Behaviour::kDeaf) co_await me.clock->SleepFor(std::chrono::hours(1000));
    co_await me.clock->SleepFor(milliseconds(dice_.Between(1, 300)));
    me.noted = true;
    co_await me.clock->SleepFor(milliseconds(dice_.Between(1, 3000)));
    me.connected = behaviour != Behaviour::kNeverConnects;
    if (!me.slot.empty()) {
      auto connected = [&me, since = machine_.Wall()]() -> std::optional<SystemTime> {
        return me.connected ? std::optional(since) : std::nullopt;
      };
      me.scope->Spawn("starts", production::ForgetStartsWhenProven(std::move(connected), *me.disk, *me.clock));
    }
    if (launch.trial) me.scope->Spawn("beat", Beat(me, behaviour == Behaviour::kFreezes));
    if (behaviour == Behaviour::kFreezes) co_await me.clock->SleepFor(std::chrono::hours(1000));
    if (behaviour == Behaviour::kCrashes) {
      co_await me.clock->SleepFor(seconds(dice_.Between(1, 4)));
    } else {
      if (!launch.trial) co_return;  // it goes on; what else it does is not played
      const bool alone = co_await production::WatchTrial(me.slot, *me.disk, *me.lock, *me.clock);
      if (!alone) co_return;
      world_.Say(me.process.get(), "the guard is gone: starts anew");
      world_.After(milliseconds(1), system_->main(), [this, run = me.run] {
        if (agent_runs() && agent_->run == run) EndAgent(true);
      });
      co_return;
    }
  }
  world_.After(milliseconds(1), system_->main(), [this, run = me.run] {
    if (agent_runs() && agent_->run == run) EndAgent(false);
  });
}

/// What freezes does so some seconds after it has connected.
asio::awaitable<void> UpdateMachine::Beat(Program& me, bool freezes) {
  for (int i = 0; !freezes || i < 4; ++i) {
    co_await me.clock->SleepFor(seconds(1));
    ++me.beat;
  }
}

/// From another process, or from the system.
void UpdateMachine::EndAgent(bool starts_anew) {
  world_.After(milliseconds(1), system_->main(), [this, starts_anew, run = agent_ == nullptr ? "" : agent_->run] {
    if (agent_ == nullptr || agent_->run != run) return;
    End(agent_);
    if (starts_anew) return StartAgent();
    if (supervised_) world_.After(seconds(5), system_->main(), [this] { StartAgent(); });
  });
}

void UpdateMachine::KillAgent() {
  End(agent_);
  if (supervised_ && system_->alive()) world_.After(seconds(5), system_->main(), [this] { StartAgent(); });
}

void UpdateMachine::KillGuard() { End(guard_); }

void UpdateMachine::StartGuard(std::optional<Release> release) {
  if (guard_runs()) return;
  guard_said_.reset();
  guard_ = NewProgram("guard");
  guard_->scope->Spawn("guard", Guard(*guard_, std::move(release)));
}

asio::awaitable<void> UpdateMachine::Guard(Program& me, std::optional<Release> release) {
  production::TransactionOptions options;
  options.installed_version = kInstalled;
  options.boot_id = machine_.boot_id();
  options.look_every = milliseconds(1000);
  me.control = std::make_unique<Control>(*this, *me.clock);
  me.check = std::make_unique<Check>(*this, *me.clock);
  me.transaction = std::make_unique<production::Transaction>(
      options, *me.disk, *me.clock, *me.control, *me.check,
      [this, process = me.process.get()](const std::string& line) { world_.Say(process, line); });
  auto hold = me.lock->TryTake();
  while (!hold) {
    co_await me.clock->SleepFor(milliseconds(200));
    hold = me.lock->TryTake();
  }
  std::optional<Outcome<void>> done;
  if (release) {
    me.source = std::make_unique<Source>(*release, *me.disk);
    done.emplace(co_await me.transaction->Apply(*me.source));
  } else {
    done.emplace(co_await me.transaction->Rollback());
  }
  guard_said_ = *done ? std::string() : std::string(package::Name(done->error().word));
  world_.Say(me.process.get(), *done ? "done" : *guard_said_ + ": " + done->error().text);
  hold->reset();
  // Its process ends.
  world_.After(milliseconds(1), system_->main(), [this, process = me.process] {
    if (guard_ != nullptr && guard_->process == process) End(guard_);
  });
}

void UpdateMachine::PowerCut(world::Dice& dice) {
  End(guard_);
  End(agent_);
  lock_holder_.reset();
  files_.PowerCut(dice);
  machine_.Boot();
  world_.After(seconds(1), system_->main(), [this] { StartAgent(); });
}

}  // namespace assist::sim::update
