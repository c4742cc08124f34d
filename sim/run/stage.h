// The nodes of one run, and the one who breaks and mends them. Owned by Play(); one thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/run/agent_node.h"
#include "sim/run/operator.h"
#include "sim/run/recorder.h"
#include "sim/run/scenario.h"
#include "sim/run/server_node.h"
#include "sim/world/world.h"

namespace assist::sim::run {

class Stage {
 public:
  /// `plan` outlives this.
  Stage(const Plan& plan, std::function<void(const std::string&)> tell);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  Outcome Play();

 private:
  struct Agent {
    std::unique_ptr<link::Link> link;
    std::unique_ptr<AgentNode> node;
    bool full = false;     ///< Its disk.
    int room = 0;          ///< Then, for so many writes.
    bool retired = false;  ///< A clone that was switched off for good.
  };
  /// Files to be put back, or to start a clone with.
  struct Copy {
    files::FilePtr files;
    SteadyTime made{};
  };

  bool SetUp();
  void Disturb();
  void Heal();
  Outcome Judge();

  // faults.cc
  /// Copies are made before it is known what for: by the number of the fault.
  void CopyFor(std::size_t fault);
  void Do(std::size_t fault);
  void Crash(const FaultAt& fault);
  void RestoreServer(const FaultAt& fault, const Copy& copy);
  void RestoreAgent(const FaultAt& fault, const Copy& copy);
  void StartClone(const FaultAt& fault, const Copy& copy);
  void SetClock(const FaultAt& fault);
  void Last(const FaultAt& fault);
  void MaybeEndServer();
  files::Trouble Trouble(files::Operation operation, std::uint64_t once_in, bool full);
  void WatchFiles(Agent& agent);
  [[nodiscard]] static bool HasRoom(Agent& agent, files::Operation operation, std::string_view path);

  template <class Condition>
  bool StepUntil(SteadyTime end, Condition condition);
  void StartServer();
  void StartAgent(std::size_t index);
  void StartServerLater();
  void StartAgentLater(std::size_t index);
  [[nodiscard]] std::chrono::milliseconds Pause();
  void After(std::chrono::microseconds delay, UniqueFunction<void()> work);
  std::size_t AddAgent(std::string machine, std::string instance, SystemTime wall);
  [[nodiscard]] bool AgentsIdle() const;
  void Measure();

  const Plan& plan_;
  world::World world_;
  world::Dice dice_;
  std::shared_ptr<world::Process> director_;
  Recorder recorder_;
  link::Link operator_link_;
  std::unique_ptr<Operator> operator_;
  std::unique_ptr<ServerNode> server_;
  std::vector<Agent> agents_;  ///< Clones behind the others.
  std::map<std::size_t, Copy> copies_;
  bool faulty_ = false;
  bool server_full_ = false;
  int effect_crashes_ = 0;
  std::uint64_t first_step_ = 0;
  Counts counts_;
};

}  // namespace assist::sim::run
