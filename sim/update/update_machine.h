// One machine whose agent is updated: the launcher, the guard and what a version on trial watches are production code
// (agent/update) on simulated files; the versions themselves are played, good ones and broken ones. Owned by the
// scenario.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/update/launcher.h"
#include "agent/update/ports.h"
#include "agent/update/transaction.h"
#include "common/async/scope.h"
#include "sim/disk/sim_disk.h"
#include "sim/files/file_system.h"
#include "sim/world/machine.h"
#include "sim/world/sim_clock.h"
#include "sim/world/world.h"

namespace assist::sim::update {

namespace asio = boost::asio;
namespace production = agent::update;

/// How a version behaves. All but kUnfit pass the self-check.
enum class Behaviour : std::uint8_t { kServes, kExits, kHangs, kDeaf, kNeverConnects, kCrashes, kUnfit, kFreezes };
inline constexpr int kBehaviours = 8;

struct Release {
  std::string version;
  std::int64_t sequence = 0;
  Behaviour behaviour = Behaviour::kServes;
};

class UpdateMachine {
 public:
  /// `supervised`: a service manager starts again what ends.
  UpdateMachine(world::World& world, bool supervised);
  ~UpdateMachine();
  UpdateMachine(const UpdateMachine&) = delete;
  UpdateMachine& operator=(const UpdateMachine&) = delete;

  /// The service manager's, or the operator's, start of the installed program. Nothing when one runs.
  void StartAgent();
  /// `assist-agent release apply`, or `rollback` when empty. Not while one runs.
  void StartGuard(std::optional<Release> release);
  void KillAgent();
  void KillGuard();
  /// And the boot after it, in which the agent starts.
  void PowerCut(world::Dice& dice);

  [[nodiscard]] bool guard_runs() const noexcept { return guard_ != nullptr && guard_->process->alive(); }
  /// Of the last guard that came to its end: "" or the word of its refusal; none: it was killed.
  [[nodiscard]] const std::optional<std::string>& guard_said() const noexcept { return guard_said_; }
  /// A version runs that does what it should.
  [[nodiscard]] bool serves() const;
  [[nodiscard]] bool agent_runs() const noexcept { return agent_ != nullptr && agent_->process->alive(); }
  /// Slot of what runs.
  [[nodiscard]] std::string slot() const { return agent_runs() ? agent_->slot : std::string(); }
  [[nodiscard]] std::size_t slots() const;
  [[nodiscard]] std::string pointer_text() const;
  [[nodiscard]] files::FileSystem& files() noexcept { return files_; }
  [[nodiscard]] world::Machine& machine() noexcept { return machine_; }
  [[nodiscard]] const std::vector<std::string>& breaches() const noexcept { return breaches_; }
  [[nodiscard]] std::uint64_t launches() const noexcept { return launches_; }

 private:
  class Lock;
  class Hold;
  class Control;
  class Check;
  class Source;

  /// One process. Destroyed by World::Kill(): the scope first, then what its coroutines use.
  struct Program {
    std::shared_ptr<world::Process> process;
    std::unique_ptr<world::SimClock> clock;
    std::unique_ptr<disk::SimDisk> disk;
    std::unique_ptr<production::GuardLock> lock;
    std::unique_ptr<Control> control;
    std::unique_ptr<Check> check;
    std::unique_ptr<Source> source;
    std::unique_ptr<production::Transaction> transaction;
    std::unique_ptr<Scope> scope;
    // Of an agent.
    std::string slot;
    bool decided = false;
    bool locked = false;
    bool noted = false;
    bool connected = false;
    std::int64_t beat = 0;
    std::string run;
  };

  [[nodiscard]] std::unique_ptr<Program> NewProgram(const std::string& name);
  void End(std::unique_ptr<Program>& program);
  /// The agent's process ends by itself, or becomes the installed program again.
  void EndAgent(bool starts_anew);
  asio::awaitable<void> Agent(Program& me);
  static asio::awaitable<void> Beat(Program& me, bool freezes);
  asio::awaitable<void> Guard(Program& me, std::optional<Release> release);
  /// What the programs in this slot do; none when they are not whole.
  [[nodiscard]] std::optional<Release> ReleaseOf(const std::string& slot) const;
  void CheckLaunch(const std::string& slot, bool trial);
  void Breach(std::string what);

  world::World& world_;
  const bool supervised_;
  world::Dice dice_;
  world::Machine machine_;
  files::FileSystem files_;
  std::shared_ptr<world::Process> system_;  ///< What the machine itself does; never ends.
  std::unique_ptr<Program> agent_;
  std::unique_ptr<Program> guard_;
  std::weak_ptr<world::Process> lock_holder_;
  std::optional<std::string> guard_said_;
  std::vector<std::string> breaches_;
  std::uint64_t launches_ = 0;
  std::uint64_t runs_ = 0;
};

}  // namespace assist::sim::update
