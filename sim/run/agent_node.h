// An agent's machine: task engine, journal and supervisor steps (production code) on simulated files and processes.
// Lives through the crashes of the agent's process, of single supervisors and of its power. Owned by the scenario.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sim/files/file_system.h"
#include "sim/link/link.h"
#include "sim/process/supervisors.h"
#include "sim/run/recorder.h"
#include "sim/run/switches.h"
#include "sim/world/machine.h"
#include "sim/world/world.h"

namespace assist::sim::run {

/// At their highest in the life of a node, over all its incarnations.
struct AgentMeasures {
  std::uint64_t tasks = 0;          ///< Accepted and not forgotten.
  std::uint64_t journal_bytes = 0;  ///< Of all files of the journal.
  std::uint64_t state_files = 0;    ///< Below the state folder.
};

class AgentNode {
 public:
  struct Options {
    Switches switches;
    std::string machine = "agent";  ///< Its name in the world.
    std::string instance_id;        ///< As registered.
    bool tight = false;             ///< Room for few tasks, and few ids remembered.
  };
  AgentNode(world::World& world, Options options, link::Link& link, Recorder& recorder, SystemTime wall);
  ~AgentNode();
  AgentNode(const AgentNode&) = delete;
  AgentNode& operator=(const AgentNode&) = delete;

  /// Starts the process; `ended` is called when it ended itself (it is dead then).
  void Start(std::function<void()> ended);
  void Kill();
  void PowerCut(world::Dice& dice);
  /// The machine comes from a backup: its power goes, and then its files are these.
  void Restore(const files::FilePtr& copy, world::Dice& dice);
  /// One bit of the journal that was on the disk for certain is another one; the process is not up. False: it could not
  /// be. (What the journal says twice survives one damaged place in a file; a damaged last record cannot be told from
  /// one that never reached the disk.)
  bool RotJournal(world::Dice& dice);
  bool KillSupervisor(world::Dice& dice) { return supervisors_.KillOne(dice); }
  /// Started, and not dead.
  [[nodiscard]] bool up() const noexcept { return process_ != nullptr && process_->alive(); }
  [[nodiscard]] files::FileSystem& files() noexcept { return files_; }
  [[nodiscard]] world::Machine& machine() noexcept { return machine_; }
  [[nodiscard]] link::Link& link() noexcept { return link_; }
  [[nodiscard]] const std::string& name() const noexcept { return options_.machine; }
  [[nodiscard]] const std::string& instance() const noexcept { return options_.instance_id; }
  [[nodiscard]] std::size_t supervisors() const noexcept { return supervisors_.living(); }
  /// Nothing is left to do here: no task that is not forgotten.
  [[nodiscard]] bool idle() const;
  /// Looks at sizes.
  void Measure();
  [[nodiscard]] const AgentMeasures& measures() const noexcept { return measures_; }
  [[nodiscard]] std::uint64_t max_tasks() const noexcept;
  /// That stand now.
  [[nodiscard]] std::uint64_t task_folders() const;

  /// Ids that an agent with little room remembers.
  static constexpr std::size_t kTightMemory = 2;

  class Program;

 private:
  const Options options_;
  link::Link& link_;
  Recorder& recorder_;
  world::Machine machine_;
  files::FileSystem files_;
  Watcher watcher_;
  process::Supervisors supervisors_;
  std::shared_ptr<world::Process> process_;
  std::unique_ptr<Program> program_;
  bool cold_start_ = true;
  std::string rotten_;  ///< A file of the journal.
  AgentMeasures measures_;
};

}  // namespace assist::sim::run
