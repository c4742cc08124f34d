#include "sim/process/supervisor.h"

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "agent/supervisor/spool.h"

namespace assist::sim::process {
namespace {

using agent::supervisor::kExitSlot;
using agent::supervisor::kHeadBytes;
using agent::supervisor::kMaxFramePayload;
using agent::supervisor::kOutputSlot;
using files::FilePtr;
using files::Operation;
using files::Trouble;
using std::chrono::microseconds;

std::string OutputFrames(std::string_view bytes) {
  std::string frames;
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, kMaxFramePayload);
    frames += agent::supervisor::EncodeOutputHeader(piece);
    frames += piece;
    bytes.remove_prefix(piece.size());
  }
  return frames;
}

}  // namespace

Supervisor::Supervisor(Site& site, std::string folder, Callbacks callbacks)
    : site_(site),
      folder_(std::move(folder)),
      callbacks_(std::move(callbacks)),
      process_(site.machine.world().Spawn("supervisor")),
      dice_(site.machine.world().seed(), "supervisor" + std::to_string(process_->id())) {
  process_->OnDoomed([this] { callbacks_.ended(); });
  world().After(microseconds(dice_.Between(200, 3000)), process_->main(), [this] { Begin(); });
}

std::string Supervisor::SpoolPath() const { return folder_ + "/" + std::string(agent::supervisor::kSpoolFile); }

void Supervisor::Begin() {
  if (!callbacks_.take_lock()) {
    world().Say(process_.get(), "the lock is held");
    return process_->Doom();
  }
  world().After(microseconds(dice_.Between(0, 500)), process_->main(), [this] { ReadSpec(); });
}

/// Under the lock, as in the real program.
void Supervisor::ReadSpec() {
  const FilePtr file = site_.files.Find(folder_ + "/" + std::string(agent::supervisor::kSpecFile));
  auto spec = file == nullptr ? Result<agent::supervisor::Spec>(Fail(Errc::kNotFound, "no spec"))
                              : agent::supervisor::DecodeSpec(file->bytes());
  if (!spec) {
    world().Say(process_.get(), "no spec in " + folder_);
    return process_->Doom();
  }
  spec_ = std::move(*spec);
  listens_ = true;
  agent::supervisor::Limits limits;
  limits.timeout = spec_.timeout;
  limits.timeout_ends_tree = spec_.on_timeout == agent::supervisor::TerminationMode::kTree;
  limits.cap_bytes = spec_.cap_bytes;
  limits.tail_bytes = spec_.tail_bytes;
  limits.boot_id = spec_.boot_id;
  state_.emplace(std::move(limits));
  // What the real program finds in the spool decides whether the script may start.
  const FilePtr spool = site_.files.Find(SpoolPath());
  const auto head = agent::supervisor::DecodeHead(
      spool == nullptr ? std::string_view{} : std::string_view(spool->bytes()).substr(0, kHeadBytes));
  Told locked;
  locked.event.type = Event::Type::kLocked;
  locked.event.already_started = head.start.has_value() || head.damaged;
  answers_.push_back(std::move(locked));
  PumpSoon();
}

void Supervisor::Stop(bool tree) {
  Told told;
  told.event.type = Event::Type::kStop;
  told.event.tree = tree;
  told_.push_back(std::move(told));
  PumpSoon();
}

void Supervisor::LoseSupervisor() { site_.watcher.LostSupervisor(folder_); }

void Supervisor::PowerCut() {
  if (script_runs_) site_.watcher.Killed(folder_);
  script_runs_ = false;
}

void Supervisor::Tell(Event::Type type, std::string bytes, std::int32_t code) {
  Told told;
  told.event.type = type;
  told.event.code = code;
  told.bytes = std::move(bytes);
  answers_.push_back(std::move(told));
}

void Supervisor::TellLater(Event::Type type, std::string bytes, std::int32_t code) {
  Told told;
  told.event.type = type;
  told.event.code = code;
  told.bytes = std::move(bytes);
  told_.push_back(std::move(told));
  PumpSoon();
}

void Supervisor::PumpSoon() {
  if (pumping_ || !state_) return;
  pumping_ = true;
  world().After(microseconds(dice_.Between(5, 200)), process_->main(), [this] {
    pumping_ = false;
    Pump();
  });
}

/// One action, or one event, at a time. Bytes of actions are valid until the next event is told.
void Supervisor::Pump() {
  if (next_action_ < actions_.size()) {
    Carry(actions_[next_action_++]);
  } else if (auto& from = answers_.empty() ? told_ : answers_; !from.empty()) {
    Told told = std::move(from.front());
    from.pop_front();
    current_ = std::move(told);
    if (current_.event.type == Event::Type::kOutput && current_.bytes.empty()) current_.bytes = TakeFromPipe();
    if (current_.event.type == Event::Type::kOutput && current_.bytes.empty()) return PumpSoon();
    current_.event.wall = site_.machine.Wall();
    current_.event.steady = site_.machine.Steady();
    current_.event.bytes = current_.bytes;
    next_action_ = 0;
    agent::supervisor::Step(*state_, current_.event, actions_);
  } else {
    return;
  }
  if (process_->alive()) PumpSoon();
}

void Supervisor::Carry(const Action& action) {
  switch (action.type) {
    case Action::Type::kWriteHead:
      return WriteHead(action);
    case Action::Type::kStartScript:
      return StartScript();
    case Action::Type::kAppend:
      return Append(action);
    case Action::Type::kArmTimer: {
      const std::uint64_t number = ++timer_;
      world().At(site_.machine.ToWorld(action.when), process_->main(), [this, number] {
        if (number == timer_) TellLater(Event::Type::kTimer);
      });
      return;
    }
    case Action::Type::kKillTree:
      return KillScript(true);
    case Action::Type::kKillScript:
      return KillScript(false);
    case Action::Type::kAskScript:  // of clients only: no task here runs in a container
      return;
    case Action::Type::kDrain:
      return Drain();
    case Action::Type::kMeasure:  // scripts here use nothing that has a budget
      return Tell(Event::Type::kMeasured);
    case Action::Type::kWriteExit:
      return WriteExit(action);
    case Action::Type::kNotify:
      callbacks_.notify(spec_.ticket);
      return;
    case Action::Type::kLeave:
      world().Say(process_.get(), "leaves " + folder_);
      process_->Doom();
      return;
  }
}

/// What is in the pipe, then kDrained, before anything else that came from outside; the answer to each kAppend comes
/// before the next piece.
void Supervisor::Drain() {
  std::deque<Told> drained;
  while (!pipe_.empty()) {
    Told told;
    told.event.type = Event::Type::kOutput;
    told.bytes = pipe_.substr(0, kMaxFramePayload);
    pipe_.erase(0, kMaxFramePayload);
    drained.push_back(std::move(told));
  }
  drained.emplace_back();
  drained.back().event.type = Event::Type::kDrained;
  told_.insert(told_.begin(), std::make_move_iterator(drained.begin()), std::make_move_iterator(drained.end()));
}

void Supervisor::WriteHead(const Action& action) {
  const Trouble trouble = site_.files.Ask(Operation::kWrite, SpoolPath());
  const FilePtr spool = site_.files.Create(SpoolPath(), false);
  if (spool == nullptr || trouble != Trouble::kNone) return Tell(Event::Type::kHeadFailed);
  site_.files.Write(spool, 0, agent::supervisor::EncodeHead(action.mark));
  position_ = kHeadBytes;
  Tell(Event::Type::kHeadWritten);
}

void Supervisor::StartScript() {
  for (const auto& arguments : spec_.attempts) {
    for (const auto& argument : arguments) {
      if (!argument.starts_with(site_.root)) continue;
      const FilePtr file = site_.files.Find(std::string_view(argument).substr(site_.root.size()));
      if (file == nullptr || file->folder()) continue;
      auto script = ParseScript(file->bytes(), site_.machine.name());
      if (!script) continue;
      script_ = std::move(*script);
      script_text_ = file->bytes();
      script_process_ = world().Spawn("script");
      script_process_->OnDoomed([] {});
      script_runs_ = true;
      site_.watcher.Started(folder_, script_text_);
      world().Say(script_process_.get(), "starts for " + folder_);
      world().After(microseconds(dice_.Between(0, 2000)), script_process_->main(), [this] { RunScript(0); });
      return Tell(Event::Type::kStarted);
    }
  }
  Tell(Event::Type::kStartFailed, "no program", ENOENT);
}

void Supervisor::RunScript(std::size_t index) {
  if (index == script_.commands.size()) {
    script_runs_ = false;
    site_.watcher.Exited(folder_, script_.exit_code);
    world().Say(script_process_.get(), "exits with " + std::to_string(script_.exit_code));
    if (process_->alive()) {
      world().After(microseconds(dice_.Between(0, 500)), process_->main(),
                    [this] { TellLater(Event::Type::kExited, {}, script_.exit_code); });
    }
    return;
  }
  const Command& command = script_.commands[index];
  microseconds pause(dice_.Between(0, 300));
  if (command.kind == Command::Kind::kWrite) {
    site_.watcher.Wrote(folder_, command.bytes);
    pipe_ += command.bytes;
    if (!reading_ && process_->alive()) ReadSoon();
  } else {
    pause += command.time;
  }
  world().After(pause, script_process_->main(), [this, index] { RunScript(index + 1); });
}

/// The pipe can be read: it is when this comes to its turn, so that nothing overtakes what lay in it.
void Supervisor::ReadPipe() {
  reading_ = false;
  TellLater(Event::Type::kOutput);
}

std::string Supervisor::TakeFromPipe() {
  if (pipe_.empty()) return {};
  const std::size_t size = std::min<std::size_t>({pipe_.size(), kMaxFramePayload, 1 + dice_.Below(2 * pipe_.size())});
  std::string bytes = pipe_.substr(0, size);
  pipe_.erase(0, size);
  if (!pipe_.empty() && !reading_) ReadSoon();
  return bytes;
}

void Supervisor::ReadSoon() {
  reading_ = true;
  world().After(microseconds(dice_.Between(0, 500)), process_->main(), [this] { ReadPipe(); });
}

void Supervisor::Append(const Action& action) {
  const Trouble trouble = site_.files.Ask(Operation::kWrite, SpoolPath());
  const FilePtr spool = site_.files.Find(SpoolPath());
  std::string frames;
  if (action.gap > 0) frames += agent::supervisor::EncodeGap(action.gap);
  frames += OutputFrames(action.bytes);
  frames += OutputFrames(action.more);
  if (spool == nullptr || trouble != Trouble::kNone) {
    // A part stood there, and was cut off again.
    if (spool != nullptr) {
      site_.files.Write(spool, position_, frames.substr(0, dice_.Below(frames.size())));
      site_.files.Truncate(spool, position_);
    }
    return Tell(Event::Type::kAppendFailed);
  }
  if (action.first_output != SystemTime{}) {
    site_.files.Write(spool, kOutputSlot, agent::supervisor::EncodeFirstOutput(action.first_output));
  }
  site_.files.Write(spool, position_, frames);
  position_ += frames.size();
  Tell(Event::Type::kAppended);
}

void Supervisor::WriteExit(const Action& action) {
  // In place, in a block that exists: a full disk does not matter.
  const bool bad = site_.files.Ask(Operation::kWrite, SpoolPath()) == Trouble::kIo;
  const FilePtr spool = site_.files.Find(SpoolPath());
  if (spool == nullptr || bad) return Tell(Event::Type::kExitFailed);
  site_.files.Write(spool, kExitSlot, agent::supervisor::EncodeExit(action.exit));
  Tell(Event::Type::kExitWritten);
}

void Supervisor::KillScript(bool tree) {
  if (script_runs_) {
    script_runs_ = false;
    site_.watcher.Killed(folder_);
    world().Kill(script_process_, {});
    world().After(microseconds(dice_.Between(0, 500)), process_->main(),
                  [this] { TellLater(Event::Type::kSignalled, {}, 9); });
    if (tree) Tell(Event::Type::kKilled, {}, 1);
    return;
  }
  if (tree) Tell(Event::Type::kKilled, {}, 0);
}

}  // namespace assist::sim::process
