// One supervisor process of a simulated machine: the production step function and spool codec, with the machine's files
// below it and a simulated script beside it. What the real program does with system calls is done here by events, one
// an action, so that a crash falls between any two. Owned by Supervisors.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/supervisor/spec.h"
#include "agent/supervisor/step.h"
#include "sim/files/file_system.h"
#include "sim/process/script.h"
#include "sim/process/script_watcher.h"
#include "sim/world/machine.h"
#include "sim/world/world.h"

namespace assist::sim::process {

/// What a supervisor needs of its machine; outlives it.
struct Site {
  world::Machine& machine;
  files::FileSystem& files;
  ScriptWatcher& watcher;
  std::string root;  ///< Absolute path of the agent's state root, with a slash behind: put before relative paths.
};

class Supervisor {
 public:
  struct Callbacks {
    std::function<bool()> take_lock;                   ///< False: somebody else holds it.
    std::function<void(std::uint64_t ticket)> notify;  ///< The spool changed, or this ends.
    std::function<void()> ended;                       ///< This has left; destroy it later.
  };
  Supervisor(Site& site, std::string folder, Callbacks callbacks);
  ~Supervisor() = default;
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  [[nodiscard]] const std::shared_ptr<world::Process>& process() const noexcept { return process_; }
  [[nodiscard]] const std::shared_ptr<world::Process>& script_process() const noexcept { return script_process_; }
  [[nodiscard]] bool listens() const noexcept { return listens_; }
  [[nodiscard]] bool script_runs() const noexcept { return script_runs_; }
  [[nodiscard]] std::uint64_t ticket() const noexcept { return spec_.ticket; }
  void Stop(bool tree);
  /// Before this process is killed, alone or with the machine: tells the watcher.
  void LoseSupervisor();
  void PowerCut();

 private:
  using Event = agent::supervisor::Event;
  using Action = agent::supervisor::Action;
  /// An event with its own bytes.
  struct Told {
    Event event;
    std::string bytes;
  };

  void Begin();
  void ReadSpec();
  void Tell(Event::Type type, std::string bytes = {}, std::int32_t code = 0);
  void TellLater(Event::Type type, std::string bytes = {}, std::int32_t code = 0);
  void Pump();
  void PumpSoon();
  void Carry(const Action& action);
  void Drain();
  void WriteHead(const Action& action);
  void StartScript();
  void Append(const Action& action);
  void WriteExit(const Action& action);
  void KillScript(bool tree);
  void ReadPipe();
  void ReadSoon();
  [[nodiscard]] std::string TakeFromPipe();
  void RunScript(std::size_t index);
  [[nodiscard]] std::string SpoolPath() const;
  [[nodiscard]] world::World& world() const noexcept { return site_.machine.world(); }

  Site& site_;
  const std::string folder_;
  Callbacks callbacks_;
  std::shared_ptr<world::Process> process_;
  world::Dice dice_;
  bool listens_ = false;
  agent::supervisor::Spec spec_;
  std::optional<agent::supervisor::State> state_;
  std::deque<Told> answers_;  // to actions: told before anything else
  std::deque<Told> told_;
  std::vector<Action> actions_;
  std::size_t next_action_ = 0;
  Told current_;
  bool pumping_ = false;
  std::uint64_t timer_ = 0;     // the number of the timer that is armed
  std::uint64_t position_ = 0;  // in the spool, where the next frame goes

  Script script_;
  std::string script_text_;
  std::shared_ptr<world::Process> script_process_;
  bool script_runs_ = false;
  std::string pipe_;
  bool reading_ = false;
};

}  // namespace assist::sim::process
